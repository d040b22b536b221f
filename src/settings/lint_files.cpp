#include "settings/lint_files.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "codec/ascii.h"
#include "codec/nearest.h"
#include "settings/own_config.h"

namespace touchsts::settings {
namespace {

using Weight = Finding::Weight;

// What we read, or AWS's programs do, and people get wrong.
constexpr std::array<std::string_view, 31> kKeys = {"aws_access_key_id",
                                                    "aws_secret_access_key",
                                                    "aws_session_token",
                                                    "aws_account_id",
                                                    "ca_bundle",
                                                    "credential_process",
                                                    "credential_source",
                                                    "duration_seconds",
                                                    "endpoint_url",
                                                    "external_id",
                                                    "login_session",
                                                    "max_attempts",
                                                    "mfa_serial",
                                                    "output",
                                                    "region",
                                                    "retry_mode",
                                                    "role_arn",
                                                    "role_session_name",
                                                    "services",
                                                    "source_profile",
                                                    "sso_account_id",
                                                    "sso_region",
                                                    "sso_registration_scopes",
                                                    "sso_role_name",
                                                    "sso_session",
                                                    "sso_start_url",
                                                    "sts_regional_endpoints",
                                                    "transitive_tag_keys",
                                                    "use_dualstack_endpoint",
                                                    "use_fips_endpoint",
                                                    "web_identity_token_file"};
constexpr std::array<std::string_view, 6> kNeverQuoted = {
    "aws_access_key_id", "aws_secret_access_key", "aws_session_token", "mfa_serial", "region", "role_arn"};
constexpr std::array<std::string_view, 3> kBareSections = {"default", "plugins", "preview"};

// Names that other programs have for keys of AWS's files.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kOtherNames = {
    {{"aws_access_key", "aws_access_key_id"},
     {"access_key", "aws_access_key_id"},
     {"access_key_id", "aws_access_key_id"},
     {"aws_secret_key", "aws_secret_access_key"},
     {"secret_key", "aws_secret_access_key"},
     {"secret_access_key", "aws_secret_access_key"}}};

std::string_view nearest_key(const std::string& key) {
  const auto* const other = std::ranges::find(kOtherNames, key, &std::pair<std::string_view, std::string_view>::first);
  return other != kOtherNames.end() ? other->second : codec::nearest(key, kKeys, key.size() < 8 ? 1 : 2);
}

class FileLinter {
 public:
  FileLinter(const aws::SharedFile& file, aws::SharedFileKind kind, std::string_view only)
      : file_(file), kind_(kind), only_(only) {}

  std::vector<Finding> run() {
    if (only_.empty() && file_.text.reveal_text().starts_with(codec::kByteOrderMark)) {
      add(Weight::warning,
          1,
          "the file begins with a byte order mark",
          "save it without: AWS's own program cannot read it");
    }
    for (const auto& section : file_.sections) {
      if (!only_.empty() && !is_of(section, only_)) {
        continue;
      }
      check_header(section);
      check_lines(section);
    }
    return std::move(findings_);
  }

 private:
  // Also a section that does not count, but was meant for the profile.
  [[nodiscard]] bool is_of(const codec::IniSection& section, std::string_view profile) const {
    const auto name = aws::section_name(section.header, kind_);
    if (name) {
      return name->kind == aws::SectionKind::profile && name->name == profile;
    }
    const auto blank = std::min(section.header.find_first_of(" \t"), section.header.size());
    return section.header == profile || codec::stripped(std::string_view(section.header).substr(blank)) == profile;
  }

  void add(Weight weight, int line, std::string text, std::string hint) {
    findings_.push_back({weight, formatted("{} line {}", file_.path, line), std::move(text), std::move(hint)});
  }

  void check_header(const codec::IniSection& section) {
    const auto name = aws::section_name(section.header, kind_);
    const std::string header = printable(section.header);
    if (!name) {
      if (!std::ranges::contains(kBareSections, section.header)) {
        add(Weight::warning,
            section.line,
            formatted("[{}] does not count", header),
            kind_ == aws::SharedFileKind::config
                ? meant(section.header)
                : "in this file a section is called as its profile, without 'profile' in front");
      }
      return;
    }
    const auto [first, fresh] = seen_.emplace(std::pair(name->kind, name->name), section.line);
    if (!fresh) {
      add(Weight::warning,
          section.line,
          formatted("[{}] stands there again, after line {}", header, first->second),
          "make one section of them: AWS's programs do not agree on what counts");
    }
  }

  // What a header of a config file that does not count was meant to be.
  static std::string meant(std::string_view header) {
    const auto blank = header.find_first_of(" \t");
    const bool prefixed = blank != std::string_view::npos && codec::same_word(header.substr(0, blank), "profile");
    const std::string_view name = prefixed ? codec::stripped(header.substr(blank)) : header;
    const auto written = aws::section_header(name, aws::SharedFileKind::config);
    return written ? formatted("write [{}]", Untrusted{*written}) : "it is not a valid name of a profile";
  }

  void check_lines(const codec::IniSection& section) {
    bool id = false;
    bool secret = false;
    std::map<std::string, int> lines;
    int number = section.line;
    for (const auto& line : codec::body_lines(section.body)) {
      ++number;
      if (line.kind != codec::IniLine::Kind::property) {
        continue;
      }
      const std::string key = codec::lower(line.name);
      check_name(number, key);
      if (const auto [first, fresh] = lines.emplace(key, number); !fresh && codec::is_name(key)) {
        add(Weight::warning,
            number,
            formatted("{} stands there again, after line {}", Untrusted{key}, first->second),
            "take one of them out: AWS's own program cannot read such a file");
      }
      check_quotes(number, key, line.content);
      id = id || key == "aws_access_key_id";
      secret = secret || key == "aws_secret_access_key";
    }
    if (id != secret) {
      add(Weight::error,
          section.line,
          formatted("[{}] has {} alone", Untrusted{section.header}, id ? "aws_access_key_id" : "aws_secret_access_key"),
          formatted("add {}", id ? "aws_secret_access_key" : "aws_access_key_id"));
    }
  }

  void check_name(int number, const std::string& key) {
    if (!codec::is_name(key)) {
      // The line is not shown: with ':' instead of '=' it may hold a secret.
      const bool shell = key.starts_with("export ");
      add(Weight::warning,
          number,
          "what stands before '=' is not a key, so the line does not count",
          shell ? "variables of a shell belong into the environment; in this file write NAME = VALUE" : "");
      return;
    }
    if (profile_key_type(key)) {
      return;
    }
    const std::string_view near = nearest_key(key);
    if (!near.empty() && near != key) {
      add(Weight::warning, number, formatted("unknown key {}", Untrusted{key}), formatted("did you mean {}?", near));
    }
  }

  void check_quotes(int number, const std::string& key, std::string_view content) {
    const std::string_view value = codec::stripped(content.substr(content.find('=') + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front() &&
        std::ranges::contains(kNeverQuoted, key)) {
      add(Weight::error, number, formatted("the quotes belong to the value of {}", key), "leave them out");
    }
  }

  const aws::SharedFile& file_;
  aws::SharedFileKind kind_;
  std::string_view only_;
  std::map<std::pair<aws::SectionKind, std::string>, int> seen_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> lint_files(const Surroundings& around, std::string_view only) {
  std::vector<Finding> findings;
  if (only.empty() && !around.config_mode.there && !around.credentials_mode.there && around.faults.empty()) {
    findings.push_back({Weight::warning,
                        around.paths.config,
                        formatted("neither it nor {} is there", Untrusted{around.paths.credentials}),
                        "make a profile: aws configure"});
  }
  for (const auto& file : around.profiles.files()) {
    const bool credentials = file.path == around.paths.credentials;
    std::ranges::move(
        FileLinter(file, credentials ? aws::SharedFileKind::credentials : aws::SharedFileKind::config, only).run(),
        std::back_inserter(findings));
  }
  return findings;
}

std::optional<Finding> skipped_section(const Surroundings& around, std::string_view name) {
  auto findings = name.empty() ? std::vector<Finding>() : lint_files(around, name);
  const auto found =
      std::ranges::find_if(findings, [](const Finding& finding) { return finding.text.ends_with("] does not count"); });
  return found != findings.end() ? std::optional(std::move(*found)) : std::nullopt;
}

}  // namespace touchsts::settings
