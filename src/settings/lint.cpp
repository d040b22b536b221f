#include "settings/lint.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "aws/arn.h"
#include "aws/endpoint.h"
#include "aws/sts.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "codec/shell_words.h"
#include "settings/lint_files.h"
#include "settings/lint_values.h"
#include "settings/network.h"
#include "settings/plan_profile.h"
#include "settings/profile_chain.h"
#include "settings/source_order.h"

namespace touchsts::settings {
namespace {

class Linter {
 public:
  explicit Linter(const Surroundings& around) : around_(around) {}

  std::vector<Finding> run(const std::string& only) {
    for (const auto& fault : around_.faults) {
      add(Finding::Weight::error, fault.path, fault.error.text, fault.error.hint);
    }
    check_readers(around_.paths.credentials, around_.credentials_mode);
    check_writers(around_.paths.credentials, around_.credentials_mode, "it holds keys");
    check_writers(around_.paths.config, around_.config_mode, "commands in it are not run");
    std::ranges::move(lint_files(around_, only), std::back_inserter(findings_));
    if (only.empty()) {
      check_own_file();
    }
    if (around_.faults.empty()) {  // else profiles lack what stands in the file that is at fault
      check_profiles(only);
    }
    return std::move(findings_);
  }

 private:
  // Each once, and without the profile's name when that is where it is.
  void add(Finding::Weight weight, std::string where, std::string text, std::string hint) {
    const std::string again = where + ": ";
    if (text.starts_with(again)) {
      text.erase(0, again.size());
    }
    if (text.starts_with(where + " ")) {
      text.replace(0, where.size(), "it");
    }
    const auto same = [&](const Finding& finding) { return finding.where == where && finding.text == text; };
    if (std::ranges::none_of(findings_, same)) {
      findings_.push_back({weight, std::move(where), std::move(text), std::move(hint)});
    }
  }

  void check_profiles(const std::string& only) {
    const auto shared = around_.profiles.names();
    std::set<std::string> names(shared.begin(), shared.end());
    for (const auto& [name, profile] : around_.own.profiles) {
      names.insert(name);
    }
    if (!only.empty() && !names.contains(only)) {
      add(Finding::Weight::error, only, "there is no such profile", "touchsts config show lists them");
    }
    for (const auto& name : names) {
      if (only.empty() || only == name) {
        check_profile(ProfileView(around_, name, nullptr));
      }
    }
    for (auto& [weight, where, text, hint] : lint_values(around_, only)) {
      add(weight, std::move(where), std::move(text), std::move(hint));
    }
  }

  void check_own_file() {
    for (const auto& origin : around_.own.allowed_endpoints) {
      if (origin.scheme == "http" && !codec::is_loopback(origin.host)) {
        add(Finding::Weight::error,
            around_.paths.own,
            formatted("allowed_endpoints: {} would get codes in the clear, so it is never used",
                      Untrusted{codec::to_text(origin)}),
            "plain http is only for this machine itself; use https");
      }
    }
    const std::string& key = around_.own.key_file;
    const auto found = key.empty() ? Result<std::optional<io::FileContent>>(std::nullopt)
                                   : around_.files->read_regular(key_path(), kSharedFileLimit);
    if (!key.empty() && (!found || !*found)) {
      add(Finding::Weight::error,
          around_.paths.own,
          formatted("key_file {}: {}", Untrusted{key_path()}, found ? "there is no such file" : found.error().text),
          "make one: (umask 077; head -c 32 /dev/urandom > FILE)");
    }
  }

  [[nodiscard]] std::string key_path() const { return path_in(around_, around_.own.key_file, around_.paths.own); }

  void check_readers(const std::string& path, const FileMode& mode) {
    if (mode.there && (mode.mode & 077) != 0) {
      add(Finding::Weight::warning,
          path,
          formatted("its mode is {:04o}: it can be read by others", mode.mode),
          "chmod 600 " + printable(path));
    }
  }

  void check_writers(const std::string& path, const FileMode& mode, std::string_view matters) {
    if (const auto distrust = mode.there ? around_.files->distrust(path) : std::nullopt) {
      add(Finding::Weight::warning, path, formatted("{}: {}", distrust->why, matters), distrust->remedy);
    }
  }

  void check_profile(const ProfileView& profile) {
    const std::string where = "profile " + profile.name();
    const bool role = profile.has("role_arn");
    if (role || profile.has("aws_access_key_id") || profile.has("saml_endpoint")) {
      check_plan(profile, where);
    } else if (profile.has("source_profile") && !is_included(profile.name())) {
      // One that awsmfa writes for itself has just that.
      add(Finding::Weight::warning,
          where,
          "it has source_profile but no role_arn, so it is for awsmfa alone",
          "give it a role_arn, or remove source_profile");
    } else if (profile.has("mfa_serial")) {
      add(Finding::Weight::warning, where, "it has mfa_serial but neither role_arn nor access keys", "");
    } else {
      check_other_source(profile, where);
    }
    check_sources(profile, where);
    check_region(profile, where);
    check_duration(profile, where);
    check_partition(profile, where);
    check_process(profile, where);
  }

  // Of a profile that other programs may well get credentials by.
  void check_other_source(const ProfileView& profile, const std::string& where) {
    const bool has_one =
        profile.has("credential_process") ||
        std::ranges::any_of(sources(), [&](const SourceKey& source) { return profile.has(source.key); });
    if (!has_one) {
      return;
    }
    const auto prepared = prepare(around_, request_for(profile));
    if (!prepared && prepared.error().text.starts_with(where + ":")) {
      add(Finding::Weight::warning, where, prepared.error().text, prepared.error().hint);
    }
  }

  // Some profiles only lend their keys to others (aws-vault).
  [[nodiscard]] bool is_included(const std::string& name) const {
    return std::ranges::any_of(around_.profiles.names(), [&](const auto& other) {
      const aws::Profile* const profile = around_.profiles.find(other);
      return profile->text("include_profile") == name || profile->text("parent_profile") == name;
    });
  }

  // SDKs know AWS's files alone.
  void check_sources(const ProfileView& profile, const std::string& where) {
    const aws::Profile* const shared = around_.profiles.find(profile.name());
    if (shared == nullptr) {
      return;
    }
    const SourceKey* const first = first_source(*shared, around_.paths.credentials);
    const bool process = !shared->text("credential_process").empty();
    const aws::Value* const keys = shared->find("aws_access_key_id");
    const bool keys_in_config = keys != nullptr && !keys->text.empty() && keys->place.file != around_.paths.credentials;
    const auto disagree = [&](std::string text) {
      add(Finding::Weight::warning, where, std::move(text), "keep one of them");
    };
    if (keys_in_config && first->key.starts_with("sso_")) {
      disagree(formatted(
          "it has {} and access keys: the AWS CLI and boto3 take {}, other SDKs the keys", first->key, first->what));
    }
    if (shared->has("role_arn") && shared->has("web_identity_token_file") && shared->has("source_profile")) {
      disagree("it has web_identity_token_file and source_profile: AWS's SDKs do not agree which the role comes by");
    }
    if (process && keys_in_config && first->key == "aws_access_key_id") {
      disagree(
          "it has access keys and credential_process: the AWS CLI and boto3 run the process, other SDKs take the keys");
    } else if (first != nullptr && process) {
      add(Finding::Weight::warning,
          where,
          formatted("it has {} and credential_process: AWS's SDKs use {}, and most of them never run the process",
                    first->key,
                    first->key == "role_arn" ? "the role" : first->what),
          "move credential_process to a profile of its own");
    }
  }

  static bool has_odd_region(const ProfileView& profile) {
    const std::string_view region = profile.text("region");
    return !region.empty() && region != "aws-global" && !aws::is_region(region) && !profile.has("endpoint_url");
  }

  // A region that is none is told once: the rest is checked as if it were another.
  static ProfileRequest request_for(const ProfileView& profile) {
    ProfileRequest request{
        .profile = profile.name(), .named = true, .flags = {}, .endpoint_url = {}, .least_life = {}, .question = {}};
    if (has_odd_region(profile)) {
      request.flags.values["region"] = {.text = "us-east-1", .secret = {}, .sub = {}, .place = {}};
    }
    return request;
  }

  // An error of a source profile is that profile's, whoever uses it.
  [[nodiscard]] std::string place_of(const Error& error, const ProfileView& profile) const {
    std::string name(profile.text("source_profile"));
    for (std::size_t hops = 0; hops < kDeepestChain && !name.empty(); ++hops) {
      const std::string place = "profile " + name;
      if (error.text.starts_with(place + ":") || error.text.starts_with(place + " has ")) {
        return place;
      }
      name = ProfileView(around_, name, nullptr).text("source_profile");
    }
    return "profile " + profile.name();
  }

  // Half a pair of keys in a file of AWS's is told with its line (lint_files).
  [[nodiscard]] bool has_half_a_pair(const std::string& place) const {
    const ProfileView profile(around_, place.substr(std::string_view("profile ").size()), nullptr);
    const aws::Value* const id = profile.find("aws_access_key_id");
    const aws::Value* const secret = profile.find("aws_secret_access_key");
    return id != nullptr && id->place.file != around_.paths.own && (secret == nullptr || secret->secret.empty());
  }

  void check_region(const ProfileView& profile, const std::string& where) {
    const std::string_view region = profile.text("region");
    if (has_odd_region(profile)) {
      add(Finding::Weight::error,
          where,
          formatted("'{}' is not a region of AWS", Untrusted{region}),
          "name one like us-east-1, eu-central-1 or cn-north-1");
    }
  }

  void check_plan(const ProfileView& profile, const std::string& where) {
    const auto prepared = prepare(around_, request_for(profile));
    if (!prepared) {
      const std::string place = place_of(prepared.error(), profile);
      if (!has_half_a_pair(place)) {
        add(Finding::Weight::error, place, prepared.error().text, prepared.error().hint);
      }
    } else {
      check_mfa(profile, where);
      check_use(choose_attempts(around_, profile), where);
      check_use(check_sts_mode(around_, profile), where);
    }
    const ProfileView source(around_, std::string(profile.text("source_profile")), nullptr);
    if (profile.has("role_arn") && !profile.has("mfa_serial") && !source.has("role_arn") && source.has("mfa_serial")) {
      add(Finding::Weight::warning,
          where,
          formatted("mfa_serial of its source profile {} is not inherited: the role is assumed without MFA",
                    Untrusted{source.name()}),
          "repeat mfa_serial here if the role demands MFA");
    }
  }

  // What stops only those who use it. What a variable says is not the profile's fault.
  template <class T>
  void check_use(const Result<T>& setting, const std::string& where) {
    if (!setting) {
      add(Finding::Weight::error,
          setting.error().text.starts_with("AWS_") ? "environment" : where,
          setting.error().text,
          setting.error().hint);
    }
  }

  void check_duration(const ProfileView& profile, const std::string& where) {
    for (const std::string_view key : {"duration_seconds", "session_duration"}) {
      const auto duration = parse_seconds(key, profile.text(key));
      if (!duration) {
        add(Finding::Weight::error, where, duration.error().text, "");
      } else if (*duration && **duration >= aws::kShortestDuration && **duration < 2 * aws::kShortestDuration) {
        add(Finding::Weight::warning,
            where,
            formatted("{} {} is short: SDKs ask again when less than 15 minutes are left, so every call asks again",
                      key,
                      (*duration)->count()),
            "3600 or more serves better");
      }
    }
  }

  // Of what is not refused.
  void check_mfa(const ProfileView& profile, const std::string& where) {
    const std::string_view serial = profile.text("mfa_serial");
    const std::string odd = serial.empty() ? "" : aws::oddity_of_mfa_serial(serial);
    if (!odd.empty()) {
      add(Finding::Weight::warning,
          where,
          formatted("mfa_serial '{}': {}", Untrusted{serial}, odd),
          "AWS's look like arn:aws:iam::123456789012:mfa/NAME or GAHT12345678");
    }
    const auto device = aws::parse_arn(serial);
    const auto role = aws::parse_arn(profile.text("role_arn"));
    const std::string partition =
        role ? role->partition : std::string(aws::partition_of_region(profile.text("region")));
    if (device && (role || profile.has("region")) && device->partition != partition) {
      add(Finding::Weight::warning,
          where,
          formatted("mfa_serial is of partition {}, but the {} of {}",
                    Untrusted{device->partition},
                    role ? "role" : "region",
                    Untrusted{partition}),
          "the MFA device of a user is in the partition of the user's keys");
    }
  }

  void check_partition(const ProfileView& profile, const std::string& where) {
    const auto arn = aws::parse_arn(profile.text("role_arn"));
    if (!arn) {
      return;
    }
    if (!aws::is_partition(arn->partition)) {
      add(Finding::Weight::error,
          where,
          formatted("role_arn names the unknown partition {}", Untrusted{arn->partition}),
          "");
    } else if (profile.has("region") && !has_odd_region(profile) &&
               aws::partition_of_region(profile.text("region")) != arn->partition) {
      add(Finding::Weight::error,
          where,
          formatted("role_arn is of partition {}, but region {} belongs to {}",
                    Untrusted{arn->partition},
                    Untrusted{profile.text("region")},
                    aws::partition_of_region(profile.text("region"))),
          "the STS of one partition knows no role of another: change the region");
    }
  }

  // A credential_process line has to work without a shell and with one.
  void check_process(const ProfileView& profile, const std::string& where) {
    const std::string_view line = profile.text("credential_process");
    if (!line.contains("touchsts")) {
      return;
    }
    const auto command = codec::shell_words(line);  // one with an open quote: lint_values
    if (command && !command->front().starts_with('/')) {
      add(Finding::Weight::warning,
          where,
          "credential_process does not start with an absolute path: some SDKs do not find it",
          "");
    }
    if (line.find_first_of("~$|&;<>*`'") != std::string_view::npos) {
      add(Finding::Weight::warning,
          where,
          "credential_process has characters that only a shell understands: some SDKs use none",
          "");
    }
    const auto recursive =
        command ? std::ranges::find(*command, "--profile") : std::vector<std::string>::const_iterator();
    // With a role or keys of its own in config.toml it is as it should be.
    const bool has_own = profile.has("role_arn") || profile.has("aws_access_key_id") || profile.has("saml_endpoint");
    if (command && !has_own && recursive != command->end() && recursive + 1 != command->end() &&
        *(recursive + 1) == profile.name()) {
      add(Finding::Weight::warning,
          where,
          "credential_process asks touchsts for this very profile",
          "give the role and keys to another profile and name that one");
    }
  }

  const Surroundings& around_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> lint(const Surroundings& around, const std::string& only) { return Linter(around).run(only); }

}  // namespace touchsts::settings
