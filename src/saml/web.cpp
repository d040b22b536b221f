#include "saml/web.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "codec/ascii.h"

namespace touchsts::saml {
namespace {

Result<> check_https(const codec::Location& to) {
  if (to.origin.scheme != "https") {
    return fail(Fault::configuration, "{} is not https: nothing is sent there", Untrusted{to_text(to.origin)});
  }
  return {};
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string_view header(const io::HttpReply& reply, std::string_view name) {
  const auto found =
      std::ranges::find(reply.headers, name, [](const auto& entry) { return std::string_view(entry.first); });
  return found != reply.headers.end() ? found->second.reveal_text() : std::string_view();
}

bool is_page(std::string_view content_type) {
  const std::string type = codec::lower(content_type);
  return type.empty() || type.starts_with("text/html") || type.starts_with("application/xhtml+xml");
}

}  // namespace

std::string trust_hint(const codec::Origin& origin) {
  return origin.scheme == "https"
             ? formatted("if you trust it, add saml_origins = [\"{}\"] to the profile", Untrusted{to_text(origin)})
             : std::string();
}

Result<io::HttpReply> Web::exchange(const Request& request) {
  io::HttpRequest message{.method = request.body != nullptr ? "POST" : "GET",
                          .path = request.to.target,
                          .headers = {{"Host", codec::authority(request.to.origin)},
                                      {"Accept", std::string(request.wanted)},
                                      {"User-Agent", "touchsts"}},
                          .body = request.body != nullptr ? request.body->reveal_text() : "",
                          .largest_reply = kLargestDownload};
  if (request.body != nullptr) {
    message.headers.emplace_back("Content-Type", std::string(request.type));
  }
  const Secret cookies = cookies_.header(request.to, parts_.clock.now());
  if (!cookies.empty()) {
    message.headers.emplace_back("Cookie", std::string(cookies.reveal_text()));
  }
  const io::Network network = TRY(route_(request.to.origin));
  auto reply = parts_.http.open(request.to.origin, network, deadline_)->send(message, deadline_);
  if (!reply) {
    return std::unexpected(std::move(reply.error().error));
  }
  // Not the query: tokens travel there.
  const std::string_view path = std::string_view(request.to.target).substr(0, request.to.target.find('?'));
  parts_.log.debug("{} {}{}: HTTP status {}",
                   message.method,
                   to_text(request.to.origin),
                   Untrusted{sent_.shown(path)},
                   reply->status);
  for (const auto& [name, value] : reply->headers) {
    if (name == "set-cookie") {
      cookies_.take_in(value.reveal_text(), request.to, parts_.clock.now());
    }
  }
  return *std::move(reply);
}

Result<Page> Web::fetch(Request request, Holds holds) {
  TRY(check_https(request.to));
  for (int hop = 0; hop <= kMostHops; ++hop) {
    auto reply = TRY(exchange(request));
    const std::string_view location = header(reply, "location");
    if (is_redirect(reply.status) && !location.empty()) {
      auto next = TRY(within("a redirect", sent_.checked(codec::resolve(request.to, location), location)));
      if (next.origin.scheme != "https") {
        return fail(Fault::configuration,
                    "{} redirects to {}, which is not https: nothing is sent there",
                    Untrusted{to_text(request.to.origin)},
                    Untrusted{to_text(next.origin)});
      }
      const bool again = reply.status == 307 || reply.status == 308;
      if (again && request.body != nullptr && holds == Holds::secrets && !may_receive(request.to, next)) {
        return hinted(fail(Fault::configuration,
                           "{} wants what you typed sent on to {}",
                           Untrusted{to_text(request.to.origin)},
                           Untrusted{to_text(next.origin)}),
                      trust_hint(next.origin));
      }
      request.body = again ? request.body : nullptr;
      request.to = std::move(next);
      continue;
    }
    return read_page(std::move(request.to), std::move(reply));
  }
  return fail(Fault::malformed, "the identity provider redirects more than {} times", kMostHops);
}

std::unexpected<Error> Web::refused(const codec::Location& at, int status) {
  return fail(Fault::denied, "{} answers with HTTP status {}", Untrusted{to_text(at.origin)}, status);
}

Result<Page> Web::read_page(codec::Location at, io::HttpReply reply) {
  const std::string type(header(reply, "content-type"));
  const bool is_error = reply.status >= 400;
  if (!is_page(type)) {
    return is_error ? refused(at, reply.status)
                    : fail(Fault::malformed,
                           "{} sends no page but {}",
                           Untrusted{to_text(at.origin)},
                           Untrusted{sent_.shown(type)});
  }
  const auto charset = codec::charset_of_page(type, reply.body.reveal_text());
  const std::string refresh(header(reply, "refresh"));
  const Secret text = codec::to_utf8(std::move(reply.body), charset);
  auto html = within(Untrusted{to_text(at.origin)}, parts_.html.read(text, deadline_));
  if (!html) {
    return is_error ? refused(at, reply.status) : std::unexpected(std::move(html).error());
  }
  auto of_header = parse_refresh(refresh);
  auto of_page = of_header ? std::nullopt : parse_refresh(html->refresh);
  return Page{.at = std::move(at),
              .html = *std::move(html),
              .status = reply.status,
              .refresh = of_header ? std::move(of_header) : std::move(of_page),
              .charset = charset};
}

bool Web::may_receive(const codec::Location& page_at, const codec::Location& to) const {
  return to.origin == page_at.origin || std::ranges::contains(trusted_, to.origin);
}

Result<> Web::check_receiver(const codec::Location& page_at, const codec::Location& to) const {
  if (may_receive(page_at, to)) {
    return {};
  }
  return hinted(fail(Fault::configuration,
                     "the form of {} would send what you typed to {}",
                     Untrusted{to_text(page_at.origin)},
                     Untrusted{to_text(to.origin)}),
                trust_hint(to.origin));
}

Result<Page> Web::get(const codec::Location& to) { return fetch({.to = to, .body = nullptr}, Holds::nothing_of_ours); }

Result<Page> Web::post(const codec::Location& page_at, const codec::Location& to, const Secret& form, Holds holds) {
  if (holds == Holds::secrets) {
    TRY(check_receiver(page_at, to));
  }
  return fetch({.to = to, .body = &form}, holds);
}

Result<io::HttpReply> Web::post_json(const codec::Location& to, const Secret& json) {
  TRY(check_https(to));
  return exchange({.to = to, .body = &json, .type = "application/json", .wanted = "application/json"});
}

}  // namespace touchsts::saml
