#include "card/otpauth.h"

#include <string_view>

#include "codec/ascii.h"
#include "codec/base32.h"
#include "codec/ini.h"
#include "codec/number.h"
#include "codec/percent.h"

namespace touchsts::card {
namespace {

constexpr std::size_t kLongestUri = 4096;
constexpr std::size_t kLongestSecret = 512;

std::unexpected<Error> wrong(std::string_view what) {
  return hinted(fail(Fault::usage, "that is no otpauth URI of an account: {}", what),
                "it looks like otpauth://totp/ISSUER:NAME?secret=BASE32");
}

Result<std::string> decoded(std::string_view text) {
  const auto plain = codec::percent_decode(text);
  if (!plain) {
    return wrong("a broken escape");
  }
  return std::string(plain->reveal_text());
}

Result<unsigned> number(std::string_view text, unsigned least, unsigned most) {
  const auto value = codec::parse_number<unsigned>(text);
  if (!value || *value < least || *value > most) {
    return wrong("its digits or its period");
  }
  return *value;
}

Result<OathHash> hash_of(std::string_view text) {
  if (text == "SHA1" || text == "sha1") {
    return OathHash::sha1;
  }
  if (text == "SHA256" || text == "sha256") {
    return OathHash::sha256;
  }
  if (text == "SHA512" || text == "sha512") {
    return OathHash::sha512;
  }
  return wrong("its algorithm");
}

Result<> read_parameter(std::string_view key, std::string_view value, OtpauthUri& uri) {
  constexpr unsigned kLeastDigits = 6;
  constexpr unsigned kMostDigits = 8;
  constexpr unsigned kLongestPeriod = 86'400;
  if (key == "secret") {
    auto secret = codec::base32_decode(value);
    if (!secret || secret->size() > kLongestSecret) {
      return wrong("its secret is not base 32");
    }
    uri.secret = *std::move(secret);
  } else if (key == "issuer") {
    uri.issuer = TRY(decoded(value));
  } else if (key == "algorithm") {
    uri.hash = TRY(hash_of(value));
  } else if (key == "digits") {
    uri.digits = static_cast<std::uint8_t>(TRY(number(value, kLeastDigits, kMostDigits)));
  } else if (key == "period") {
    uri.period = Seconds(TRY(number(value, 1, kLongestPeriod)));
  }
  return {};  // others are for other programs
}

Result<> read_label(std::string_view label, OtpauthUri& uri) {
  const std::string text = TRY(decoded(label));
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) {
    uri.name = text;
  } else {
    uri.issuer = text.substr(0, colon);
    uri.name = text.substr(text.find_first_not_of(' ', colon + 1) == std::string::npos
                               ? colon + 1
                               : text.find_first_not_of(' ', colon + 1));
  }
  if (uri.name.empty()) {
    return wrong("it names no account");
  }
  return {};
}

}  // namespace

Result<OtpauthUri> parse_otpauth(const Secret& text) {
  const std::string_view lines = text.reveal_text();
  std::string_view rest = codec::trimmed(lines.substr(0, lines.find_first_of("\r\n")));
  OtpauthUri uri;
  if (rest.size() > kLongestUri) {
    return wrong("it is too long");
  }
  if (rest.starts_with("otpauth://totp/")) {
    uri.type = OathType::totp;
  } else if (rest.starts_with("otpauth://hotp/")) {
    uri.type = OathType::hotp;
  } else {
    return wrong("its beginning");
  }
  rest.remove_prefix(std::string_view("otpauth://totp/").size());
  const std::size_t query = std::min(rest.find('?'), rest.size());
  TRY(read_label(rest.substr(0, query), uri));
  rest.remove_prefix(std::min(query + 1, rest.size()));
  while (!rest.empty()) {
    const std::string_view parameter = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(parameter.size() + 1, rest.size()));
    const std::size_t equals = parameter.find('=');
    if (equals != std::string_view::npos) {
      TRY(read_parameter(parameter.substr(0, equals), parameter.substr(equals + 1), uri));
    }
  }
  if (uri.secret.empty()) {
    return wrong("it has no secret");
  }
  return uri;
}

}  // namespace touchsts::card
