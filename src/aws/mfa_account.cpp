#include "aws/mfa_account.h"

#include <algorithm>
#include <array>

#include "aws/arn.h"
#include "codec/ascii.h"

namespace touchsts::aws {
namespace {

constexpr std::array<std::string_view, 2> kIssuers = {"Amazon Web Services", "AWS"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_number(std::string_view text) { return std::ranges::all_of(text, is_digit); }

// An account alias has 3 to 63 lower-case letters, digits and hyphens, and is no account number (IAM,
// CreateAccountAlias).
bool is_alias(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; };
  return text.size() >= 3 && text.size() <= 63 && std::ranges::all_of(text, fits) && text.front() != '-' &&
         text.back() != '-' && !is_number(text);
}

// What stands behind one of AWS's issuers; else nothing.
std::string_view without_issuer(std::string_view label) {
  const auto colon = label.find(':');
  if (colon == std::string_view::npos || !std::ranges::any_of(kIssuers, [&](std::string_view it) {
        return codec::same_word(it, label.substr(0, colon));
      })) {
    return {};
  }
  return codec::trimmed(label.substr(colon + 1));
}

std::string_view last_part(std::string_view resource) { return resource.substr(resource.rfind('/') + 1); }

}  // namespace

NameFit fit_of_account_name(std::string_view serial, std::string_view label) {
  const std::string_view issued = without_issuer(label);
  const std::string_view text = issued.empty() ? label : issued;
  if (text == serial) {
    return NameFit::sure;
  }
  const auto arn = parse_arn(serial);
  if (!arn) {
    return NameFit::none;
  }
  const std::string_view name = last_part(arn->resource);
  if (label == "aws/iam/" + arn->account + ":" + std::string(name)) {
    return NameFit::sure;
  }
  if (!text.starts_with(name)) {
    return NameFit::none;
  }
  const std::string_view rest = text.substr(name.size());
  if (rest.empty()) {
    return issued.empty() ? NameFit::none : NameFit::alias;
  }
  if (rest.front() != '@') {
    return NameFit::none;
  }
  const std::string_view where = rest.substr(1);
  if (where == arn->account) {
    return NameFit::sure;
  }
  // Behind AWS's issuer it may also be the user, whose name has other characters, too.
  if (!issued.empty()) {
    return where.contains('@') || is_number(where) ? NameFit::none : NameFit::alias;
  }
  return is_alias(where) ? NameFit::likely : NameFit::none;
}

std::vector<std::string> names_of_mfa_device(std::string_view serial) {
  std::vector<std::string> names{std::string(serial)};
  if (const auto arn = parse_arn(serial)) {
    const std::string name(last_part(arn->resource));
    names.push_back("Amazon Web Services:" + name + "@" + arn->account);
    names.push_back("aws/iam/" + arn->account + ":" + name);
    names.push_back("AWS:" + names.front());
  }
  return names;
}

}  // namespace touchsts::aws
