#include "settings/unread_lines.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/untrusted.h"
#include "codec/ascii.h"
#include "codec/ini.h"
#include "codec/nearest.h"

namespace touchsts::settings {
namespace {

// Keys that decide which identity is asked for, of which service, and with what proof.
constexpr std::array<std::string_view, 22> kKeys = {"aws_access_key_id",  "aws_secret_access_key",
                                                    "aws_session_token",  "ca_bundle",
                                                    "credential_process", "credential_source",
                                                    "duration_seconds",   "endpoint_url",
                                                    "external_id",        "mfa_process",
                                                    "mfa_serial",         "policy",
                                                    "policy_arns",        "region",
                                                    "role_arn",           "role_session_name",
                                                    "saml_endpoint",      "source_identity",
                                                    "source_profile",     "tags",
                                                    "use_fips_endpoint",  "web_identity_token_file"};

// The key that `name`, which is none, looks like; "" when it is something else. A letter of another script may stand
// for one of ours.
std::string_view looks_like(std::string_view name) {
  std::string plain;
  bool ascii = true;
  for (const char& c : name) {
    plain += codec::is_name({&c, 1}) ? std::string(1, c) : "";
    ascii = ascii && c >= ' ' && c < 0x7f;
  }
  return codec::nearest(codec::lower(plain), kKeys, ascii ? 0 : 1);
}

Result<> check_section(const codec::IniSection& section, std::string_view file) {
  int number = section.line;
  for (const auto& line : codec::body_lines(section.body)) {
    ++number;
    if (line.kind != codec::IniLine::Kind::property || codec::is_name(line.name)) {
      continue;
    }
    if (const std::string_view key = looks_like(line.name); !key.empty()) {
      return hinted(
          fail(Fault::configuration,
               "{} line {}: the name before '=' looks like {}, but has other characters in it, so the line would "
               "not count",
               Untrusted{file},
               number,
               key),
          "type the name anew, or take the line out");
    }
  }
  return {};
}

bool is_of_profile(const codec::IniSection& section, aws::SharedFileKind kind, std::string_view profile) {
  if (!section.header.contains(profile) && !section.header.contains('\\')) {
    return false;  // most of many
  }
  const auto name = aws::section_name(section.header, kind);
  return name && name->kind == aws::SectionKind::profile && name->name == profile;
}

}  // namespace

Result<> check_names(const Surroundings& around, std::string_view profile) {
  for (const auto& file : around.profiles.files()) {
    const auto kind =
        file.path == around.paths.credentials ? aws::SharedFileKind::credentials : aws::SharedFileKind::config;
    for (const auto& section : file.sections) {
      if (!section.skips_lines || !is_of_profile(section, kind, profile)) {
        continue;
      }
      TRY(check_section(section, file.path));
    }
  }
  return {};
}

}  // namespace touchsts::settings
