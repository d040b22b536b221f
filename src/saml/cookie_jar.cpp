#include "saml/cookie_jar.h"

#include <algorithm>
#include <utility>

#include "codec/ascii.h"
#include "codec/number.h"
#include "codec/timestamp.h"

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

}  // namespace

void CookieJar::take_in(std::string_view set_cookie, const codec::Location& from, Time now) {
  std::string_view rest = set_cookie;
  const std::string_view pair = next_part(rest);
  const auto [name, value] = split(pair);
  if (!pair.contains('=') || name.empty() || name.size() + value.size() > kLargestCookie || has_control(pair)) {
    return;
  }
  Cookie cookie{.host = from.origin.host,
                .path = default_path(from),
                .name = std::string(name),
                .value = Secret(value),
                .secure = false,
                .until = std::nullopt};
  bool aged = false;
  while (!rest.empty()) {
    const auto [key, text] = split(next_part(rest));
    if (codec::same_word(key, "secure")) {
      cookie.secure = true;
    } else if (codec::same_word(key, "path")) {
      cookie.path = text.starts_with('/') ? std::string(text) : default_path(from);
    } else if (codec::same_word(key, "max-age")) {
      if (const auto age = codec::parse_number<std::int64_t>(text)) {
        cookie.until = now + Seconds(std::clamp<std::int64_t>(*age, 0, kFurthest));
        aged = true;
      }
    } else if (codec::same_word(key, "expires") && !aged) {
      if (const auto until = codec::parse_cookie_date(text)) {
        cookie.until = *until;
      }
    }
  }
  if (cookie.secure && from.origin.scheme != "https") {
    return;
  }
  const auto same = [&cookie](const Cookie& other) {
    return other.host == cookie.host && other.path == cookie.path && other.name == cookie.name;
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
    const bool fits = cookie.host == to.origin.host && path_matches(cookie.path, path_of(to)) &&
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
