#include "aws/service_error.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "codec/ascii.h"
#include "codec/json_events.h"
#include "codec/xml.h"

namespace touchsts::aws {
namespace {

constexpr Advice kCommon[] = {
    {"ExpiredToken", "", Fault::denied, "the source credentials have expired: get new ones"},
    {"SignatureDoesNotMatch", "Signature expired", Fault::denied, "set this machine's clock"},
    {"SignatureDoesNotMatch", "not yet current", Fault::denied, "set this machine's clock"},
    {"RequestExpired", "", Fault::denied, "set this machine's clock"},
    {"RequestTimeTooSkewed", "", Fault::denied, "set this machine's clock"},
    {"RequestInTheFuture", "", Fault::denied, "set this machine's clock"},
    {"SignatureDoesNotMatch", "", Fault::denied, "the secret access key does not belong to the access key id"},
    {"InvalidClientTokenId",
     "",
     Fault::denied,
     "the access key is unknown, inactive or deleted, or the region is not enabled for the account"},
    {"ValidationError", "", Fault::configuration, ""},
    {"Throttling", "", Fault::network, "too many requests: try again in a moment"},
    {"ThrottlingException", "", Fault::network, "too many requests: try again in a moment"},
};

bool is_throttling(std::string_view code) {
  constexpr std::string_view kCodes[] = {"Throttling",
                                         "ThrottlingException",
                                         "ThrottledException",
                                         "RequestThrottled",
                                         "RequestThrottledException",
                                         "RequestLimitExceeded",
                                         "TooManyRequestsException",
                                         "SlowDown",
                                         "PriorRequestNotComplete",
                                         "BandwidthLimitExceeded",
                                         "LimitExceededException"};
  return std::ranges::contains(kCodes, code);
}

const Advice* find(const ServiceError& error, std::span<const Advice> table) {
  const auto found = std::ranges::find_if(table, [&error](const Advice& advice) {
    return advice.code == error.code && error.message.contains(advice.message);
  });
  return found != table.end() ? &*found : nullptr;
}

// As AWS's newer services write errors, and gateways in front of the older ones.
class JsonError : public codec::JsonEvents {
 public:
  explicit JsonError(ServiceError& error) : error_(error) {}

  bool object(std::string_view) override { return true; }
  bool number(std::string_view, std::int64_t) override { return true; }
  bool text(std::string_view path, std::string_view value) override {
    std::string key = codec::lower(path);
    key.erase(0, key.starts_with("error.") ? std::string_view("error.").size() : 0);
    if (key == "code" || key == "__type") {
      error_.code = value.substr(value.rfind('#') + 1);  // "com.amazonaws.sts#ExpiredToken"
    } else if (key == "message") {
      error_.message = value;
    }
    return true;
  }

 private:
  ServiceError& error_;
};

}  // namespace

ServiceError parse_service_error(int status, Secret body) {
  ServiceError error{.status = status, .code = {}, .message = {}};
  if (codec::trimmed_lines(body.reveal_text()).starts_with('{')) {
    JsonError json(error);
    return codec::read_json(body.reveal_text(), json) ? error
                                                      : ServiceError{.status = status, .code = {}, .message = {}};
  }
  if (const auto xml = codec::Xml::parse(std::move(body))) {
    // As AWS's query services write it; as moto does; as S3 and what follows it (Ceph) do.
    for (const std::string path : {"Error/", "Errors/Error/", ""}) {
      if (const auto code = xml->text(path + "Code"); code && !code->empty()) {
        error.code = *code;
        error.message = xml->text(path + "Message").value_or("");
        break;
      }
    }
  }
  return error;
}

Remedy remedy_for(const ServiceError& error) {
  const bool skewed = error.code == "RequestExpired" || error.code == "RequestTimeTooSkewed" ||
                      error.code == "RequestInTheFuture" || error.message.contains("Signature expired") ||
                      error.message.contains("not yet current");
  if (skewed) {
    return Remedy::correct_clock;
  }
  const bool transient = error.status == 500 || error.status == 502 || error.status == 503 || error.status == 504 ||
                         error.status == 429 || error.code == "IDPCommunicationError" || is_throttling(error.code);
  return transient ? Remedy::try_again : Remedy::give_up;
}

Error advise(const ServiceError& error, std::string_view service, std::span<const Advice> own) {
  const std::string what = error.code.empty() ? formatted("{} answered with HTTP status {}", service, error.status)
                                              : formatted("{}: {}", service, Untrusted{error.code});
  const std::string said = error.message.empty() ? what : formatted("{}: {}", what, Untrusted{error.message});
  const Advice* advice = find(error, own);
  advice = advice != nullptr ? advice : find(error, kCommon);
  if (advice != nullptr) {
    return {advice->fault, said, std::string(advice->hint)};
  }
  if (error.status >= 500) {
    return {Fault::network, said, "the service has a problem of its own: try again"};
  }
  if (error.status >= 400) {
    return {Fault::denied, said, ""};
  }
  return {Fault::malformed,
          said,
          formatted("something between this machine and {} answers in its place: check proxy and endpoint", service)};
}

}  // namespace touchsts::aws
