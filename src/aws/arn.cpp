#include "aws/arn.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "base/untrusted.h"

namespace touchsts::aws {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

bool all_words_or(std::string_view text, std::string_view signs) {
  return std::ranges::all_of(text, [signs](char c) { return is_word(c) || signs.contains(c); });
}

Result<> check_iam_arn(std::string_view what, std::string_view text, std::string_view resource) {
  const auto arn = parse_arn(text);
  if (text.size() < 20 || text.size() > 2048 || !arn || arn->service != "iam" || !arn->region.empty() ||
      !arn->resource.starts_with(resource) || arn->resource.size() == resource.size()) {
    return hinted(fail(Fault::configuration, "{} '{}' is not the ARN of one", what, Untrusted{text}),
                  formatted("it looks like arn:aws:iam::123456789012:{}NAME", resource));
  }
  return {};
}

}  // namespace

std::optional<Arn> parse_arn(std::string_view text) {
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; })) {
    return std::nullopt;
  }
  std::array<std::string_view, 6> parts;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) {
      return std::nullopt;
    }
    parts[i] = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  parts[5] = text;
  if (parts[0] != "arn" || parts[1].empty() || parts[2].empty() || parts[5].empty()) {
    return std::nullopt;
  }
  return Arn{std::string(parts[1]),
             std::string(parts[2]),
             std::string(parts[3]),
             std::string(parts[4]),
             std::string(parts[5])};
}

Result<> check_role_arn(std::string_view arn) { return check_iam_arn("role_arn", arn, "role/"); }

Result<> check_policy_arn(std::string_view arn) { return check_iam_arn("policy ARN", arn, "policy/"); }

Result<> check_mfa_serial(std::string_view serial) {
  if (serial.starts_with("arn:")) {
    const auto arn = parse_arn(serial);
    const bool device = arn && arn->service == "iam" && arn->region.empty() && arn->account.size() == 12 &&
                        std::ranges::all_of(arn->account, is_digit) && arn->resource.starts_with("mfa/") &&
                        arn->resource.size() > 4;
    if (!device || serial.size() > 256) {
      return hinted(fail(Fault::configuration, "mfa_serial '{}' is not the ARN of a TOTP device", Untrusted{serial}),
                    serial.contains(":u2f/")
                        ? "STS takes no passkeys or security keys; register an authenticator app device"
                        : "it looks like arn:aws:iam::123456789012:mfa/NAME");
    }
    return {};
  }
  if (serial.size() < 9 || serial.size() > 256 || !all_words_or(serial, "+=/:,.@-")) {
    return hinted(
        fail(Fault::configuration, "mfa_serial '{}' is neither an ARN nor a serial number", Untrusted{serial}),
        "a virtual device looks like arn:aws:iam::123456789012:mfa/NAME");
  }
  return {};
}

Result<> check_name_form(std::string_view serial) {
  const bool fits = serial.size() <= 256 && std::ranges::all_of(serial, [](char c) { return c > 0x20 && c < 0x7F; });
  return fits ? Result<>()
              : fail(Fault::configuration,
                     "mfa_serial '{}' is not 1 to 256 printable characters without blanks",
                     Untrusted{serial});
}

std::string oddity_of_mfa_serial(std::string_view serial) {
  if (const auto arn = parse_arn(serial)) {
    return check_mfa_serial(serial) ? "" : "it is not the ARN of an MFA device as AWS has them";
  }
  // What is printed on hardware devices, like GAHT12345678.
  const auto printed = [](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c); };
  const bool hardware = serial.size() >= 9 && serial.size() <= 20 && std::ranges::all_of(serial, printed) &&
                        std::ranges::count_if(serial, is_digit) >= 4;
  return hardware ? "" : "it is neither an ARN nor looks like the serial number of a hardware device";
}

Result<> check_session_name(std::string_view what, std::string_view name) {
  if (name.size() < 2 || name.size() > 64 || !all_words_or(name, "+=,.@-")) {
    return fail(Fault::configuration, "{} '{}' is not 2 to 64 letters, digits or _+=,.@-", what, Untrusted{name});
  }
  return {};
}

Result<> check_external_id(std::string_view id) {
  if (id.size() < 2 || id.size() > 1224 || !all_words_or(id, "+=,.@:/-")) {
    return fail(Fault::configuration, "external_id '{}' is not 2 to 1224 letters, digits or _+=,.@:/-", Untrusted{id});
  }
  return {};
}

Result<> check_token_code(std::string_view code) {
  if (code.size() != 6 || !std::ranges::all_of(code, is_digit)) {
    const bool otp = code.size() == 44 &&
                     std::ranges::all_of(code, [](char c) { return std::string_view("cbdefghijklnrtuv").contains(c); });
    if (otp) {
      return hinted(
          fail(Fault::usage, "that is a Yubico OTP (the key typed it); AWS wants the six digits of your MFA device"),
          "take the code from the key's OATH application or from your authenticator app");
    }
    return fail(Fault::usage, "an MFA code is six digits");
  }
  return {};
}

Result<> check_region(std::string_view region) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; };
  if (region.size() < 2 || region.size() > 32 || !std::ranges::all_of(region, fits) || region.front() == '-' ||
      region.back() == '-') {
    return fail(Fault::configuration, "'{}' is not a region", Untrusted{region});
  }
  return {};
}

}  // namespace touchsts::aws
