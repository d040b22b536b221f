#include "saml/browser.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "codec/base64.h"
#include "codec/json_events.h"
#include "codec/json_text.h"
#include "codec/percent.h"
#include "saml/aws_sign_in.h"

namespace touchsts::saml {
namespace {

constexpr std::size_t kLongestMessage = std::size_t{1} << 20U;  // bytes
constexpr int kMostMessages = 100'000;
constexpr std::string_view kField = "SAMLResponse";

constexpr std::string_view kDonePage =
    "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Logged in - touchsts</title><style>"
    "body{font:1.2rem/1.6 system-ui,sans-serif;display:grid;place-items:center;min-height:90vh;margin:0;"
    "color-scheme:light dark}main{max-width:32rem;padding:2rem;text-align:center}h1{font-size:1.8rem}"
    "</style></head><body><main><h1>&#10003; You are logged in</h1><p>touchsts has what it needs from your identity "
    "provider. You can close this window; it also closes by itself.</p></main></body></html>";

// What is read of one message.
class Message : public codec::JsonEvents {
 public:
  std::string method, error, request, url, verb, target;
  std::int64_t id = 0;
  Secret form;

  bool object(std::string_view) override { return true; }
  bool number(std::string_view path, std::int64_t value) override {
    id = path == "id" ? value : id;
    return true;
  }
  bool text(std::string_view path, std::string_view value) override {
    if (path == "params.request.postData") {
      form = Secret(value);
    } else if (std::string* const place = place_of(path)) {
      *place = value;
    }
    return true;
  }

 private:
  std::string* place_of(std::string_view path) {
    return path == "method"                                         ? &method
           : path == "error.message"                                ? &error
           : path == "params.requestId"                             ? &request
           : path == "params.request.url"                           ? &url
           : path == "params.request.method"                        ? &verb
           : path == "params.targetId" || path == "result.targetId" ? &target
                                                                    : nullptr;
  }
};

std::string quoted(std::string_view text) {
  SecretWriter out;
  codec::append_json_text(out, text);
  const Secret made = out.take();
  return std::string(made.reveal_text());
}

class Session {
 public:
  Session(io::LocalStream& browser, const std::optional<codec::Location>& destination, Deadline deadline)
      : browser_(browser), destination_(destination), deadline_(deadline) {}

  Result<Secret> assertion(std::string_view url) {
    std::string patterns;
    for (const std::string_view host : kSignInHosts) {
      patterns += formatted(R"({}{{"urlPattern":"https://*{}/saml*"}})", patterns.empty() ? "" : ",", host);
    }
    if (destination_) {
      const std::string path = destination_->target.substr(0, destination_->target.find('?'));
      patterns = formatted(R"({{"urlPattern":{}}})", quoted(codec::to_text(destination_->origin) + path + "*"));
    }
    TRY(send("Fetch.enable", formatted(R"({{"patterns":[{}]}})", patterns)));
    TRY(send("Target.setDiscoverTargets", R"({"discover":true})"));
    const int opened = TRY(send("Target.createTarget", formatted(R"({{"url":{},"newWindow":true}})", quoted(url))));
    std::string window;
    for (int messages = 0; messages < kMostMessages; ++messages) {
      const Message message = TRY(receive());
      if (!message.error.empty() && message.id <= opened) {  // that a closed page cannot continue does not matter
        return fail(Fault::malformed, "the browser says: {}", Untrusted{message.error});
      }
      if (message.id == opened) {
        window = message.target;
      } else if (message.method == "Target.targetDestroyed" && message.target == window) {
        return fail(Fault::no_human, "the browser's window was closed before the log-in was done");
      } else if (message.method == "Fetch.requestPaused") {
        if (auto taken = TRY(take(message))) {
          return *std::move(taken);
        }
      }
    }
    return fail(Fault::malformed, "the browser sends messages without end");
  }

 private:
  static std::unexpected<Error> too_early(const Error& error) {
    return error.fault == Fault::device ? fail(Fault::device, "the browser has ended before the log-in was done")
                                        : std::unexpected(error);
  }

  Result<int> send(std::string_view method, std::string_view parameters) {
    const std::string text = formatted(R"({{"id":{},"method":"{}","params":{}}})", ++last_, method, parameters);
    const auto sent = browser_.write(std::as_bytes(std::span(text.c_str(), text.size() + 1)), deadline_);
    return sent ? Result<int>(last_) : too_early(sent.error());
  }

  Result<Message> receive() {
    auto bytes = browser_.read_until(std::byte{0}, kLongestMessage, deadline_);
    if (!bytes) {
      return too_early(bytes.error());
    }
    const auto read = *std::move(bytes);
    if (!read) {
      return fail(Fault::no_human, "timed out waiting for the log-in in the browser");
    }
    Message message;
    if (!codec::read_json(read->reveal_text(), message)) {
      return fail(Fault::malformed, "the browser does not speak the DevTools protocol");
    }
    return message;
  }

  [[nodiscard]] bool is_receiver(const codec::Location& location) const {
    return destination_ ? location == *destination_ : takes_assertions(location);
  }

  // The assertion; nothing when the request is another one, which goes on.
  Result<std::optional<Secret>> take(const Message& message) {
    const auto location = codec::parse_location(message.url);
    auto response = location && is_receiver(*location) && message.verb == "POST"
                        ? response_of(message.form.reveal_text())
                        : std::nullopt;
    if (!response) {
      TRY(send("Fetch.continueRequest", formatted(R"({{"requestId":{}}})", quoted(message.request))));
      return std::nullopt;
    }
    const Secret page = codec::base64_encode(std::as_bytes(std::span(kDonePage)));
    // It does not matter if this fails: the window was closed then, and the assertion is here all the same.
    (void)send("Fetch.fulfillRequest",
               formatted(R"({{"requestId":{},"responseCode":200,"responseHeaders":[{{"name":"Content-Type","value":)"
                         R"("text/html; charset=utf-8"}},{{"name":"Cache-Control","value":"no-store"}}],"body":"{}"}})",
                         quoted(message.request),
                         page.reveal_text()));
    return response;
  }

  io::LocalStream& browser_;
  const std::optional<codec::Location>& destination_;
  Deadline deadline_;
  int last_ = 0;
};

}  // namespace

std::optional<Secret> response_of(std::string_view form) {
  while (!form.empty()) {
    const std::string_view field = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(form.size(), field.size() + 1));
    if (field.starts_with(kField) && field.substr(kField.size()).starts_with('=')) {
      // Base 64 has no blanks: what '+' stands for does not matter.
      auto value = codec::percent_decode(field.substr(kField.size() + 1));
      return value && !value->empty() ? std::move(value) : std::nullopt;
    }
  }
  return std::nullopt;
}

Result<Secret> by_browser(io::LocalStream& browser,
                          std::string_view url,
                          const std::optional<codec::Location>& destination,
                          Deadline deadline) {
  return Session(browser, destination, deadline).assertion(url);
}

}  // namespace touchsts::saml
