#include "codec/url.h"

#include <algorithm>
#include <arpa/inet.h>
#include <utility>

#include "base/untrusted.h"
#include "codec/ascii.h"
#include "codec/number.h"
#include "codec/percent.h"

namespace touchsts::codec {
namespace {

constexpr std::size_t kLongestUrl = 2048;
constexpr std::size_t kLongestHost = 253;  // RFC 1035, section 2.3.4, as text

std::uint16_t usual_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

bool host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool good_name(std::string_view host) {
  return !host.empty() && host.size() <= kLongestHost && host.front() != '.' && host.front() != '-' &&
         !host.contains("..") && std::ranges::all_of(host, host_character);
}

Result<std::uint16_t> parse_port(std::string_view text) {
  const auto port = parse_number<std::uint16_t>(text);
  if (!port || *port == 0) {
    return fail(Fault::configuration, "the URL's port is not a number from 1 to 65535");
  }
  return *port;
}

// What does not fit may be a password whose '@' was forgotten, so it is not repeated.
// Splits "host", "host:port", "[v6]" or "[v6]:port".
Result<Origin> parse_authority(std::string_view scheme, std::string_view text) {
  Origin origin{std::string(scheme), {}, usual_port(scheme)};
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    const std::string_view after = close == std::string_view::npos ? "" : text.substr(close + 1);
    if (close == std::string_view::npos || (!after.empty() && !after.starts_with(':'))) {
      return fail(Fault::configuration, "the URL has no proper host");
    }
    origin.host = lower(text.substr(1, close - 1));
    in6_addr address{};
    if (inet_pton(AF_INET6, origin.host.c_str(), &address) != 1) {
      return fail(Fault::configuration, "the URL has no proper IPv6 address");
    }
    port = after.empty() ? "" : after.substr(1);
    if (!after.empty() && port.empty()) {
      return fail(Fault::configuration, "the URL has an empty port");
    }
  } else {
    const auto colon = text.find(':');
    origin.host = lower(text.substr(0, colon));
    if (!good_name(origin.host)) {
      return fail(Fault::configuration, "the URL has no proper host name");
    }
    if (colon != std::string_view::npos) {
      port = text.substr(colon + 1);
      if (port.empty()) {
        return fail(Fault::configuration, "the URL has an empty port");
      }
    }
  }
  if (!port.empty()) {
    origin.port = TRY(parse_port(port));
  }
  return origin;
}

// The password of the URL whose text behind "://" begins `rest`; empty when it has none. A password whose '/', '?' or
// '#' was not percent-encoded is found as well, unless it looks like a port.
std::string_view password_in(std::string_view rest) {
  const std::string_view word = rest.substr(0, std::min(rest.find_first_of(" \t\r\n\""), rest.find("://")));
  const std::string_view authority = word.substr(0, word.find_first_of("/?#"));
  const auto colon = authority.find(':');
  if (colon == std::string_view::npos) {
    return {};
  }
  auto at = authority.rfind('@');
  if (at == std::string_view::npos) {
    constexpr std::string_view kDigits = "0123456789";
    const bool host =
        authority.starts_with('[') || authority.substr(colon + 1).find_first_not_of(kDigits) == std::string_view::npos;
    at = host ? std::string_view::npos : word.rfind('@');
  }
  return at == std::string_view::npos || at < colon ? std::string_view() : word.substr(colon + 1, at - colon - 1);
}

}  // namespace

std::string authority(const Origin& origin) {
  std::string text = origin.host.contains(':') ? "[" + origin.host + "]" : origin.host;
  if (origin.port != usual_port(origin.scheme)) {
    text += ":" + std::to_string(origin.port);
  }
  return text;
}

std::string to_text(const Origin& origin) { return origin.scheme + "://" + authority(origin); }

Result<Url> parse_url(std::string_view text, UserPart user_part) {
  if (text.size() > kLongestUrl) {
    return fail(Fault::configuration, "the URL is longer than {} characters", kLongestUrl);
  }
  const auto plain = [](char c) { return c > 0x20 && c < 0x7F && c != '\\' && c != '"' && c != '<' && c != '>'; };
  if (!std::ranges::all_of(text, plain)) {
    return fail(Fault::configuration, "the URL has characters that no URL has");
  }
  const auto colon = text.find("://");
  const std::string scheme = lower(text.substr(0, colon == std::string_view::npos ? 0 : colon));
  if (scheme != "http" && scheme != "https") {
    return fail(Fault::configuration, "the URL must start with http:// or https://");
  }
  std::string_view rest = text.substr(colon + 3);
  if (rest.contains('?') || rest.contains('#')) {
    return fail(Fault::configuration, "the URL may not have a query or fragment");
  }
  if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
    if (slash + 1 != rest.size()) {
      return fail(Fault::configuration, "the URL may not have a path");
    }
    rest = rest.substr(0, slash);
  }
  Url url;
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    if (user_part == UserPart::refused) {
      return fail(Fault::configuration, "the URL may not hold a user name");
    }
    const std::string_view user = rest.substr(0, at);
    const auto separator = user.find(':');
    auto name = percent_decode(user.substr(0, separator));
    auto password = percent_decode(separator == std::string_view::npos ? "" : user.substr(separator + 1));
    const auto broken = [](const std::optional<Secret>& part) {
      return !part || std::ranges::any_of(part->reveal_text(), [](char c) { return c < 0x20 || c == 0x7F; });
    };
    if (broken(name) || broken(password)) {
      return fail(Fault::configuration, "the URL's user name or password is not properly percent-encoded");
    }
    url.user = *std::move(name);
    url.password = *std::move(password);
    rest = rest.substr(at + 1);
  }
  url.origin = TRY(parse_authority(scheme, rest));
  return url;
}

std::string without_passwords(std::string_view text) {
  constexpr std::string_view kBegin = "://";
  std::string shown;
  for (auto begin = text.find(kBegin); begin != std::string_view::npos; begin = text.find(kBegin)) {
    const std::string_view password = password_in(text.substr(begin + kBegin.size()));
    const std::size_t before =
        password.empty() ? begin + kBegin.size() : static_cast<std::size_t>(password.data() - text.data());
    shown += text.substr(0, before);
    shown += password.empty() ? "" : "***";
    text.remove_prefix(before + password.size());
  }
  return shown += text;
}

std::string beginning_of_url(std::string_view text) {
  constexpr std::string_view kSigns = ":@";
  constexpr std::string_view kSchemeEnd = "://";
  std::size_t begin = 0;
  auto sign = text.find_first_of(kSigns);
  if (sign != std::string_view::npos && text.substr(sign).starts_with(kSchemeEnd)) {
    begin = sign + kSchemeEnd.size();
    sign = text.find_first_of(kSigns, begin);
  }
  if (sign == std::string_view::npos) {
    return std::string(text);
  }
  return std::string(text.substr(0, text[sign] == ':' ? sign + 1 : begin)) + "...";
}

bool is_ip_literal(std::string_view host) {
  in6_addr address{};
  const std::string text(host);
  // Anything whose last label is a number would be an IPv4 address to some resolvers ("127.1", "0x7f.1").
  const auto last = text.substr(text.rfind('.') == std::string::npos ? 0 : text.rfind('.') + 1);
  const bool number = !last.empty() && last.front() >= '0' && last.front() <= '9';
  return number || inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

bool is_loopback(std::string_view host) {
  in_addr address{};
  return host == "localhost" || host == "::1" ||
         (inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24) == 127);
}

}  // namespace touchsts::codec
