#include "cli/compat/process_creds_cache.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/format.h"
#include "cli/compat/session_json.h"
#include "codec/hex.h"
#include "codec/json.h"
#include "codec/json_events.h"
#include "codec/timestamp.h"
#include "crypto/hash.h"

namespace touchsts::cli::compat {
namespace {

constexpr std::size_t kLargestFile = std::size_t{256} * 1024;

// As Python's json writes a text: ASCII alone.
std::string python_json(std::string_view text) {
  return codec::Json(text).dump(-1, ' ', true, codec::Json::error_handler_t::replace);
}

class Reading : public codec::JsonEvents {
 public:
  aws::Credentials found;

  bool object(std::string_view) override { return true; }
  bool number(std::string_view, std::int64_t) override { return true; }
  bool text(std::string_view path, std::string_view value) override {
    if (path == "Credentials.AccessKeyId") {
      found.access_key_id = value;
    } else if (path == "Credentials.SecretAccessKey") {
      found.secret_access_key = Secret(value);
    } else if (path == "Credentials.SessionToken") {
      found.session_token = Secret(value);
    } else if (path == "Credentials.Expiration") {
      found.expires = codec::parse_rfc3339(value);
    }
    return true;
  }
};

}  // namespace

std::string cache_key(const issue::SamlRole& step) {
  const bool okta = step.provider == issue::SamlRole::Provider::okta;
  const std::string json =
      formatted(R"({{"provider_name": "{}", "saml_config": {{"role_arn": {}, "saml_authentication_type": "form", )"
                R"("saml_endpoint": {}, "saml_username": {}}}}})",
                okta ? "okta" : "adfs",
                python_json(step.role_arn),
                python_json(step.endpoint),
                python_json(step.username));
  return codec::hex(crypto::sha1(json));
}

Secret cached_answer(const aws::Credentials& credentials) {
  SecretWriter out;
  out.append(std::string_view("{\"Credentials\": "));
  out.append(session_json(credentials,
                          {{SessionPart::access_key_id, "AccessKeyId"},
                           {SessionPart::secret_access_key, "SecretAccessKey"},
                           {SessionPart::session_token, "SessionToken"},
                           {SessionPart::expiration, "Expiration"}})
                 .reveal());
  out.append(std::string_view("}"));
  return out.take();
}

std::optional<aws::Credentials> parse_cached_answer(std::string_view text) {
  Reading reading;
  if (!codec::read_json(text, reading)) {
    return std::nullopt;
  }
  return aws::is_whole_session(reading.found) ? std::optional(std::move(reading.found)) : std::nullopt;
}

// "" when the original would find something else by that name.
std::string ProcessCredsCache::path_of(const issue::Plan& plan, std::size_t count) const {
  const auto* const step = count == 1 ? std::get_if<issue::SamlRole>(&plan.steps.front()) : nullptr;
  const bool plain = step != nullptr && step->role_arn.starts_with("arn:") && step->policy.empty() &&
                     step->policy_arns.empty() && !step->duration;
  return plain && world_.facts.home_is_ours
             ? formatted("{}/.aws/cli/process-creds-cache/{}.json", world_.facts.home, cache_key(*step))
             : "";
}

std::optional<aws::Credentials> ProcessCredsCache::find(const issue::Plan& plan, std::size_t count, Time until) {
  const std::string path = path_of(plan, count);
  const auto file = path.empty() ? std::nullopt : world_.files.read(path, kLargestFile).value_or(std::nullopt);
  if (!file) {
    return std::nullopt;
  }
  auto session = world_.files.distrust(path) ? std::nullopt : parse_cached_answer(file->bytes.reveal_text());
  world_.log.debug("{}: {}", path, session ? "a session" : "no session of ours");
  return session && *session->expires >= until ? std::move(session) : std::nullopt;
}

void ProcessCredsCache::keep(const issue::Plan& plan, std::size_t count, const aws::Credentials& result) {
  const std::string path = writes_ == Writes::yes ? path_of(plan, count) : "";
  if (path.empty()) {
    return;
  }
  const Secret after = cached_answer(result);
  Result<bool> done = false;
  for (int tries = 0; tries < 3 && done && !*done; ++tries) {  // others may write it at the same time
    const auto there = world_.files.read(path, kLargestFile);
    done = !there   ? std::unexpected(there.error())
           : *there ? world_.files.replace(path, (**there).bytes, after)
                    : world_.files.create(path, after);
  }
  if (!done) {
    world_.log.warn("{}: {}", path, in_one_line(done.error()));
  }
}

}  // namespace touchsts::cli::compat
