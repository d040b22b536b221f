#include "saml/web.h"

#include <algorithm>
#include <utility>

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

// Servers that say so still send Latin-1; everything else is read as UTF-8.
Secret in_utf8(Secret body, std::string_view content_type) {
  const std::string type = codec::lower(content_type);
  if (!type.contains("iso-8859-1") && !type.contains("windows-1252")) {
    return body;
  }
  SecretWriter out;
  for (const char c : body.reveal_text()) {
    const auto byte = static_cast<unsigned char>(c);
    const char two[] = {static_cast<char>(0xC0U | byte >> 6U), static_cast<char>(0x80U | (byte & 0x3FU))};
    out.append(byte < 0x80 ? std::string_view(&c, 1) : std::string_view(two, 2));
  }
  return out.take();
}

}  // namespace

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
  parts_.log.debug(
      "{} {}{}: HTTP status {}", message.method, to_text(request.to.origin), Untrusted{path}, reply->status);
  for (const auto& [name, value] : reply->headers) {
    if (name == "set-cookie") {
      cookies_.take_in(value.reveal_text(), request.to, parts_.clock.now());
    }
  }
  return *std::move(reply);
}

Result<Page> Web::fetch(Request request, Holds holds) {
  for (int hop = 0; hop <= kMostHops; ++hop) {
    TRY(check_https(request.to));
    auto reply = TRY(exchange(request));
    const std::string_view location = header(reply, "location");
    if (is_redirect(reply.status) && !location.empty()) {
      auto next = TRY(within("a redirect", codec::resolve(request.to, location)));
      const bool again = reply.status == 307 || reply.status == 308;
      if (again && request.body != nullptr && holds == Holds::secrets && next.origin != request.to.origin) {
        return fail(Fault::denied,
                    "{} wants what you typed sent on to {}",
                    Untrusted{to_text(request.to.origin)},
                    Untrusted{to_text(next.origin)});
      }
      request.body = again ? request.body : nullptr;
      request.to = std::move(next);
      continue;
    }
    if (reply.status >= 400) {
      return fail(Fault::denied, "{} answers with HTTP status {}", Untrusted{to_text(request.to.origin)}, reply.status);
    }
    const std::string type(header(reply, "content-type"));
    if (!is_page(type)) {
      return fail(Fault::malformed, "{} sends no page but {}", Untrusted{to_text(request.to.origin)}, Untrusted{type});
    }
    const Secret text = in_utf8(std::move(reply.body), type);
    auto html = TRY(within(Untrusted{to_text(request.to.origin)}, parts_.html.read(text, deadline_)));
    return Page{std::move(request.to), std::move(html)};
  }
  return fail(Fault::malformed, "the identity provider redirects more than {} times", kMostHops);
}

Result<Page> Web::get(const codec::Location& to) { return fetch({.to = to, .body = nullptr}, Holds::nothing_of_ours); }

Result<Page> Web::post(const codec::Location& page_at, const codec::Location& to, const Secret& form, Holds holds) {
  if (holds == Holds::secrets && to.origin != page_at.origin) {
    return fail(Fault::denied,
                "the form of {} would send what you typed to {}",
                Untrusted{to_text(page_at.origin)},
                Untrusted{to_text(to.origin)});
  }
  return fetch({.to = to, .body = &form}, holds);
}

Result<io::HttpReply> Web::post_json(const codec::Location& to, const Secret& json) {
  TRY(check_https(to));
  return exchange({.to = to, .body = &json, .type = "application/json", .wanted = "application/json"});
}

}  // namespace touchsts::saml
