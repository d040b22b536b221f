#include "card/otpauth.h"

#include <algorithm>
#include <limits>

#include "base/utf8.h"
#include "codec/ascii.h"
#include "codec/base32.h"
#include "codec/number.h"
#include "codec/percent.h"

namespace touchsts::card {
namespace {

constexpr std::size_t kLongestUri = 4096;
constexpr std::size_t kLeastSecret = 2;  // bytes, as ykman has it
constexpr std::size_t kLongestSecret = 512;

std::unexpected<Error> wrong(std::string_view what) {
  return hinted(fail(Fault::usage, "that is no otpauth URI of an account: {}", what),
                "it looks like otpauth://totp/ISSUER:NAME?secret=BASE32");
}

// Percent-encoding (RFC 3986, 2.1).
Result<Secret> decoded(std::string_view text) {
  auto plain = codec::percent_decode(text);
  return plain ? Result<Secret>(*std::move(plain)) : wrong("a broken escape");
}

// The same in a query, where + is a blank (HTML's forms).
Result<Secret> decoded_value(std::string_view text) {
  SecretWriter blanks;
  while (!text.empty()) {
    const std::string_view plain = text.substr(0, text.find('+'));
    blanks.append(plain);
    blanks.append(plain.size() < text.size() ? " " : "");
    text.remove_prefix(std::min(plain.size() + 1, text.size()));
  }
  const Secret raw = blanks.take();
  return decoded(raw.reveal_text());
}

// Names end in files and on terminals of other programs, which cannot read a key's list when a name is not UTF-8.
Result<std::string> name_of(const Secret& text) {
  return is_utf8(text.reveal_text()) ? Result<std::string>(std::string(text.reveal_text()))
                                     : wrong("its name is not UTF-8");
}

Result<std::uint32_t> number(std::string_view text, std::string_view what, std::uint32_t least, std::uint32_t most) {
  const auto value = codec::parse_number<std::uint32_t>(codec::trimmed(text));
  return value && *value >= least && *value <= most ? Result<std::uint32_t>(*value) : wrong(what);
}

Result<> read_parameter(std::string_view key, const Secret& value, OtpauthUri& uri) {
  constexpr unsigned kLeastDigits = 6;
  constexpr unsigned kMostDigits = 8;
  constexpr unsigned kLongestPeriod = 86'400;
  const std::string_view text = value.reveal_text();
  if (key == "secret") {
    auto secret = parse_seed(text);
    if (!secret) {
      return wrong("its secret is not base 32");
    }
    uri.secret = *std::move(secret);
  } else if (key == "issuer") {
    uri.issuer = TRY(name_of(value));
  } else if (key == "algorithm") {
    const auto hash = parse_hash(text);
    if (!hash) {
      return wrong("its algorithm");
    }
    uri.hash = *hash;
  } else if (key == "digits") {
    uri.digits = static_cast<std::uint8_t>(TRY(number(text, "its digits", kLeastDigits, kMostDigits)));
  } else if (key == "period") {
    uri.period = Seconds(TRY(number(text, "its period", 1, kLongestPeriod)));
  } else if (key == "counter") {
    uri.counter = TRY(number(text, "its counter", 0, std::numeric_limits<std::uint32_t>::max()));
  }
  return {};  // others are for other programs
}

// A parameter counts where it comes first; an empty one does not.
Result<> read_query(std::string_view query, OtpauthUri& uri) {
  std::string seen = "&";
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    if (equals + 1 >= parameter.size()) {
      continue;
    }
    const std::string key(TRY(decoded_value(parameter.substr(0, equals))).reveal_text());
    const Secret value = TRY(decoded_value(parameter.substr(equals + 1)));
    if (seen.contains("&" + key + "&")) {
      continue;
    }
    seen += key + "&";
    TRY(read_parameter(key, value, uri));
  }
  return {};
}

Result<> read_label(std::string_view label, OtpauthUri& uri) {
  const Secret plain = TRY(decoded(label));
  const std::string text = TRY(name_of(plain));
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) {
    uri.name = text;
  } else {
    uri.issuer = text.substr(0, colon);
    uri.name = text.substr(std::min(text.find_first_not_of(' ', colon + 1), text.size()));
  }
  return uri.name.empty() ? wrong("it names no account") : Result<>();
}

// What stands before the first of `ends` in `rest`, which goes on behind it.
std::string_view cut(std::string_view& rest, std::string_view ends) {
  const std::string_view part = rest.substr(0, rest.find_first_of(ends));
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return part;
}

}  // namespace

std::optional<Secret> parse_seed(std::string_view text) {
  auto secret = codec::base32_decode(text);
  return secret && secret->size() >= kLeastSecret && secret->size() <= kLongestSecret ? std::move(secret)
                                                                                      : std::nullopt;
}

std::optional<OathHash> parse_hash(std::string_view text) {
  return codec::same_word(text, "SHA1")     ? std::optional(OathHash::sha1)
         : codec::same_word(text, "SHA256") ? std::optional(OathHash::sha256)
         : codec::same_word(text, "SHA512") ? std::optional(OathHash::sha512)
                                            : std::nullopt;
}

Result<OtpauthUri> parse_otpauth(const Secret& text) {
  constexpr std::string_view kScheme = "otpauth://";
  const std::string_view lines = text.reveal_text();
  std::string_view rest = codec::trimmed(lines.substr(0, lines.find_first_of("\r\n")));
  OtpauthUri uri;
  if (rest.size() > kLongestUri) {
    return wrong("it is too long");
  }
  if (!codec::same_word(rest.substr(0, kScheme.size()), kScheme)) {
    return wrong("its beginning");
  }
  rest.remove_prefix(kScheme.size());
  rest = rest.substr(0, rest.find('#'));
  std::string_view place = cut(rest, "?");
  const std::string_view type = cut(place, "/");
  if (!codec::same_word(type, "totp") && !codec::same_word(type, "hotp")) {
    return wrong("its beginning");
  }
  uri.type = codec::same_word(type, "totp") ? OathType::totp : OathType::hotp;
  TRY(read_label(place, uri));
  TRY(read_query(rest, uri));
  if (uri.secret.empty()) {
    return wrong("it has no secret");
  }
  if (uri.type == OathType::hotp) {
    uri.period = kUsualPeriod;
  } else {
    uri.counter = 0;
  }
  return uri;
}

}  // namespace touchsts::card
