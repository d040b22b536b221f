#include "saml/cookie_jar.h"

#include <algorithm>
#include <utility>

#include "codec/ascii.h"
#include "codec/number.h"
#include "codec/timestamp.h"
#include "saml/public_suffix.h"

namespace touchsts::saml {
namespace {

constexpr std::int64_t kFurthest = 400LL * 86'400;  // seconds

// Takes what is ahead of the next ';' off the front.
std::string_view next_part(std::string_view& rest) {
  const auto end = rest.find(';');
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
  return codec::trimmed(part);
}

std::pair<std::string_view, std::string_view> split(std::string_view part) {
  const auto equals = part.find('=');
  return equals == std::string_view::npos
             ? std::pair(part, std::string_view())
             : std::pair(codec::trimmed(part.substr(0, equals)), codec::trimmed(part.substr(equals + 1)));
}

std::string_view path_of(const codec::Location& location) {
  return std::string_view(location.target).substr(0, location.target.find('?'));
}

// 5.1.4: the folder of the page.
std::string default_path(const codec::Location& from) {
  const std::string_view path = path_of(from);
  const auto slash = path.rfind('/');
  return std::string(slash == 0 || slash == std::string_view::npos ? "/" : path.substr(0, slash));
}

bool path_matches(std::string_view cookie, std::string_view request) {
  return request.starts_with(cookie) &&
         (request.size() == cookie.size() || cookie.ends_with('/') || request[cookie.size()] == '/');
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text,
                             [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; });
}

bool is_address(std::string_view host) {
  return host.contains(':') || std::ranges::all_of(host, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

// 5.1.3
bool domain_matches(std::string_view host, std::string_view domain) {
  return host == domain ||
         (host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.' && !is_address(host));
}

// What the attributes say; of those that come twice the last one counts.
struct Attributes {
  std::string domain;  // in lower case, without a dot at its front
  std::string path;    // empty: not given, or not a path
  bool secure = false;
  std::optional<Time> until;
};

Attributes attributes_of(std::string_view rest, Time now) {
  Attributes found;
  bool aged = false;
  while (!rest.empty()) {
    const auto [key, text] = split(next_part(rest));
    if (codec::same_word(key, "secure")) {
      found.secure = true;
    } else if (codec::same_word(key, "domain")) {
      found.domain = codec::lower(text.starts_with('.') ? text.substr(1) : text);
    } else if (codec::same_word(key, "path")) {
      found.path = text.starts_with('/') ? text : "";
    } else if (codec::same_word(key, "max-age")) {
      if (const auto age = codec::parse_number<std::int64_t>(text)) {
        found.until = now + Seconds(std::clamp<std::int64_t>(*age, 0, kFurthest));
        aged = true;
      }
    } else if (codec::same_word(key, "expires") && !aged) {
      if (const auto until = codec::parse_cookie_date(text)) {
        found.until = *until;
      }
    }
  }
  return found;
}

// Whether the host may set a cookie for that domain; `domain` is left empty where the cookie is for the host alone
// (5.3, steps 5 and 6).
bool domain_is_allowed(std::string& domain, const std::string& host) {
  if (domain.empty()) {
    return true;
  }
  if (is_public_suffix(domain) || is_address(domain)) {
    const bool own = domain == host;
    domain.clear();
    return own;
  }
  return domain_matches(host, domain);
}

// What a name promises (rfc6265bis, 4.1.3).
bool keeps_its_promise(std::string_view name, const Attributes& attributes) {
  const auto begins = [name](std::string_view prefix) {
    return name.size() >= prefix.size() && codec::same_word(name.substr(0, prefix.size()), prefix);
  };
  if (begins("__Host-")) {
    return attributes.secure && attributes.domain.empty() && attributes.path == "/";
  }
  return !begins("__Secure-") || attributes.secure;
}

}  // namespace

void CookieJar::take_in(std::string_view set_cookie, const codec::Location& from, Time now) {
  std::string_view rest = set_cookie;
  const std::string_view pair = next_part(rest);
  const auto [name, value] = split(pair);
  if (!pair.contains('=') || name.empty() || name.size() + value.size() > kLargestCookie || has_control(pair)) {
    return;
  }
  Attributes attributes = attributes_of(rest, now);
  const bool over_tls = from.origin.scheme == "https";
  if ((attributes.secure && !over_tls) || !keeps_its_promise(name, attributes) ||
      !domain_is_allowed(attributes.domain, from.origin.host)) {
    return;
  }
  const bool host_only = attributes.domain.empty();
  Cookie cookie{.domain = host_only ? from.origin.host : attributes.domain,
                .host_only = host_only,
                .path = attributes.path.empty() ? default_path(from) : attributes.path,
                .name = std::string(name),
                .value = Secret(value),
                .secure = attributes.secure,
                .until = attributes.until};
  // What came over TLS alone is not hidden by what did not (rfc6265bis, 5.7).
  const auto hidden = [&cookie](const Cookie& other) {
    return other.secure && other.name == cookie.name && path_matches(other.path, cookie.path) &&
           (domain_matches(other.domain, cookie.domain) || domain_matches(cookie.domain, other.domain));
  };
  if (!over_tls && std::ranges::any_of(cookies_, hidden)) {
    return;
  }
  const auto same = [&cookie](const Cookie& other) {
    return other.domain == cookie.domain && other.host_only == cookie.host_only && other.path == cookie.path &&
           other.name == cookie.name;
  };
  const auto old = std::ranges::find_if(cookies_, same);
  const bool gone = cookie.until && *cookie.until <= now;
  if (old != cookies_.end()) {
    if (gone) {
      cookies_.erase(old);
    } else {
      *old = std::move(cookie);
    }
  } else if (!gone && cookies_.size() < kMostCookies) {
    cookies_.push_back(std::move(cookie));
  }
}

Secret CookieJar::header(const codec::Location& to, Time now) const {
  std::vector<const Cookie*> sent;
  for (const auto& cookie : cookies_) {
    const bool reaches =
        cookie.host_only ? cookie.domain == to.origin.host : domain_matches(to.origin.host, cookie.domain);
    const bool fits = reaches && path_matches(cookie.path, path_of(to)) &&
                      (!cookie.secure || to.origin.scheme == "https") && (!cookie.until || *cookie.until > now);
    if (fits) {
      sent.push_back(&cookie);
    }
  }
  // Those of the longer path first.
  std::ranges::stable_sort(sent, [](const Cookie* a, const Cookie* b) { return a->path.size() > b->path.size(); });
  SecretWriter out;
  for (const Cookie* const cookie : sent) {
    if (out.size() != 0) {
      out.append(std::string_view("; "));
    }
    out.append(std::string_view(cookie->name));
    out.append(std::string_view("="));
    out.append(cookie->value.reveal());
  }
  return out.take();
}

}  // namespace touchsts::saml
