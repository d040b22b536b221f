#include "cli/credentials_section.h"

#include <string_view>
#include <variant>

#include "base/untrusted.h"
#include "cli/shared_file.h"

namespace touchsts::cli {
namespace {

constexpr std::string_view kKeyId = "aws_access_key_id";
constexpr std::string_view kSecretKey = "aws_secret_access_key";
constexpr std::string_view kToken = "aws_session_token";
constexpr std::string_view kOldToken = "aws_security_token";

bool stands_there(const settings::Surroundings& around, const aws::Profile& profile, std::string_view key) {
  const aws::Value* const value = profile.find(key);
  return value != nullptr && value->place.file == around.paths.credentials &&
         !(value->text.empty() && value->secret.empty());
}

bool holds_long_term_keys(const settings::Surroundings& around, const aws::Profile& profile) {
  return stands_there(around, profile, kKeyId) && !stands_there(around, profile, kToken) &&
         !stands_there(around, profile, kOldToken);
}

}  // namespace

Result<> check_section(const settings::Surroundings& around, const issue::Plan& plan, const Section& section) {
  const auto& file = around.paths.credentials;
  const aws::Profile* const there = around.profiles.find(section.name);
  if (there == nullptr || there->in_credentials == 0) {
    return {};
  }
  if (there->in_credentials > 1) {
    return hinted(
        fail(Fault::configuration, "{}: there are two sections [{}]", Untrusted{file}, Untrusted{section.name}),
        "make one of them, so that it is clear which counts");
  }
  const auto* const keys = std::get_if<issue::LongTermKeys>(&plan.steps.front());
  const bool source = keys != nullptr && keys->profile == section.name;
  const bool elsewhere = keys != nullptr && keys->access_key_id == there->text(kKeyId) && !source;
  if (holds_long_term_keys(around, *there) && !elsewhere) {
    return hinted(fail(Fault::configuration,
                       "{}: section [{}] holds long-term keys, which would be lost",
                       Untrusted{file},
                       Untrusted{section.name}),
                  "write to another section, or move them: touchsts keys import");
  }
  return {};
}

Result<> write_section(const settings::Surroundings& around,
                       const Section& section,
                       const aws::Credentials& credentials,
                       io::World& world,
                       Deadline deadline) {
  codec::IniChange change;
  for (const auto& [key, value] : section.beside) {
    change.set.emplace_back(key, value);
  }
  change.gone.assign(section.gone.begin(), section.gone.end());
  change.set.emplace_back(kKeyId, credentials.access_key_id);
  change.set.emplace_back(kSecretKey, credentials.secret_access_key.reveal_text());
  for (const std::string_view key : {kToken, kOldToken}) {
    const bool wanted = !credentials.session_token.empty() && (key == kToken || section.old_token_too);
    if (wanted) {
      change.set.emplace_back(key, credentials.session_token.reveal_text());
    } else {
      change.gone.push_back(key);  // one that is left would belong to other keys
    }
  }
  const std::string expiry = credentials.expires && section.expiry ? section.expiry(*credentials.expires) : "";
  if (!expiry.empty()) {
    change.set.emplace_back(section.expiry_key, expiry);
  }
  return change_shared_file(world, around.paths.credentials, deadline, [&](std::string_view text) {
    return codec::with_properties(text, section.name, change);
  });
}

Result<bool> empty_section(const settings::Surroundings& around,
                           const std::string& name,
                           std::span<const std::string_view> keys,
                           codec::Emptied emptied,
                           io::World& world,
                           Deadline deadline) {
  const aws::Profile* const there = around.profiles.find(name);
  if (there == nullptr || there->in_credentials == 0) {
    return false;
  }
  if (holds_long_term_keys(around, *there)) {
    return fail(Fault::configuration,
                "{}: section [{}] holds long-term keys, which stay",
                Untrusted{around.paths.credentials},
                Untrusted{name});
  }
  TRY(change_shared_file(world, around.paths.credentials, deadline, [&](std::string_view text) {
    return codec::without_properties(text, name, keys, emptied);
  }));
  return true;
}

}  // namespace touchsts::cli
