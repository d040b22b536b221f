#include "aws/mfa_account.h"

#include <doctest/doctest.h>

namespace touchsts::aws {
namespace {

TEST_CASE("which names of accounts are those of an MFA device") {
  struct Case {
    std::string_view serial, label;
    NameFit fit;
  };
  constexpr std::string_view kAda = "arn:aws:iam::123456789012:mfa/ada";
  constexpr std::string_view kDeep = "arn:aws-cn:iam::123456789012:mfa/eu/west/ada";
  constexpr std::string_view kMail = "arn:aws:iam::123456789012:mfa/ada@example.org";
  constexpr std::string_view kRoot = "arn:aws:iam::123456789012:mfa/root-account-mfa-device";
  static constexpr Case kCases[] = {
      // By the QR code of AWS's console, and as applications keep it.
      {kAda, "Amazon Web Services:ada@123456789012", NameFit::sure},
      {kAda, "Amazon Web Services: ada@123456789012", NameFit::sure},
      {kAda, "amazon web services:ada@123456789012", NameFit::sure},
      {kAda, "AWS:ada@123456789012", NameFit::sure},
      {kAda, "ada@123456789012", NameFit::sure},
      {kAda, "Amazon Web Services:ada@acme-prod", NameFit::alias},
      {kAda, "Amazon Web Services:ada@Ada.Lovelace", NameFit::alias},
      {kAda, "Amazon Web Services:ada", NameFit::alias},
      {kAda, "ada@acme-prod", NameFit::likely},
      {kRoot, "Amazon Web Services:root-account-mfa-device@acme", NameFit::alias},
      {kDeep, "Amazon Web Services:ada@123456789012", NameFit::sure},
      {kMail, "Amazon Web Services:ada@example.org@123456789012", NameFit::sure},
      {kMail, "ada@example.org@acme", NameFit::likely},
      // By other programs.
      {kAda, kAda, NameFit::sure},
      {kAda, "AWS:arn:aws:iam::123456789012:mfa/ada", NameFit::sure},
      {kAda, "Amazon Web Services:arn:aws:iam::123456789012:mfa/ada", NameFit::sure},
      {kAda, "aws/iam/123456789012:ada", NameFit::sure},
      {"GAHT12345678", "GAHT12345678", NameFit::sure},
      // Of others.
      {kAda, "ada", NameFit::none},
      {kAda, "", NameFit::none},
      {kAda, "ada@", NameFit::none},
      {kAda, "adam@123456789012", NameFit::none},
      {kAda, "ada@210987654321", NameFit::none},
      {kAda, "Amazon Web Services:ada@210987654321", NameFit::none},
      {kAda, "Amazon Web Services:adam@123456789012", NameFit::none},
      {kAda, "Amazon Web Services:Ada@123456789012", NameFit::none},
      {kAda, "Amazon Web Services:ada@acme@prod", NameFit::none},
      {kAda, "Amazon Web Services:", NameFit::none},
      {kAda, "GitHub:ada@123456789012", NameFit::none},
      {kAda, "GitHub:ada@acme-prod", NameFit::none},
      {kAda, "Amazon:ada", NameFit::none},  // the shop
      {kAda, "ada@example.org", NameFit::none},
      {kAda, "ada@Acme", NameFit::none},
      {kAda, "ada@ab", NameFit::none},
      {kAda, "ada@-acme", NameFit::none},
      {kAda, "arn:aws:iam::123456789012:mfa/adam", NameFit::none},
      {kMail, "Amazon Web Services:ada@123456789012", NameFit::none},
      {"GAHT12345678", "GAHT12345678@123456789012", NameFit::none},
  };
  for (const auto& [serial, label, fit] : kCases) {
    CAPTURE(serial);
    CAPTURE(label);
    CHECK(fit_of_account_name(serial, label) == fit);
  }
}

TEST_CASE("what we call an account is the device's for sure") {
  for (const std::string_view serial : {"arn:aws:iam::123456789012:mfa/ada", "GAHT12345678"}) {
    for (const auto& name : names_of_mfa_device(serial)) {
      CAPTURE(name);
      CHECK(fit_of_account_name(serial, name) == NameFit::sure);
    }
  }
}

}  // namespace
}  // namespace touchsts::aws
