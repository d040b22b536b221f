#include "cli/credentials_section.h"

#include <algorithm>
#include <string_view>
#include <variant>

#include "aws/section_edit.h"
#include "base/untrusted.h"
#include "cli/shared_file.h"

namespace touchsts::cli {
namespace {

constexpr std::string_view kKeyId = "aws_access_key_id";
constexpr std::string_view kSecretKey = "aws_secret_access_key";
constexpr std::string_view kToken = "aws_session_token";
constexpr std::string_view kOldToken = "aws_security_token";

constexpr auto kFile = aws::SharedFileKind::credentials;

// Whether the long-term key `id` is kept somewhere beside the section `name`, as the keys that the plan begins with.
bool is_kept_elsewhere(const issue::Plan& plan, std::string_view id, std::string_view name) {
  const auto* const keys = std::get_if<issue::LongTermKeys>(&plan.steps.front());
  return keys != nullptr && !keys->profile.empty() && keys->profile != name && keys->access_key_id == id;
}

Result<> check_text(std::string_view text, const issue::Plan& plan, const Section& section) {
  TRY(aws::section_header(section.name, kFile));
  const auto sections = TRY(codec::parse_ini(text));
  const codec::IniSection* const there = TRY(aws::find_section(sections, section.name, kFile));
  if (there == nullptr || TRY(aws::held_keys(*there)) != aws::SectionKeys::long_term) {
    return {};
  }
  const auto properties = codec::properties_of(*there, aws::is_secret_key);
  const auto id = std::ranges::find(properties, kKeyId, &codec::IniProperty::key);
  if (id != properties.end() && is_kept_elsewhere(plan, id->value, section.name)) {
    return {};
  }
  return hinted(
      fail(Fault::configuration, "section [{}] holds long-term keys, which would be lost", Untrusted{there->header}),
      "write to another section, or move them: touchsts keys import");
}

}  // namespace

Result<> check_section(const settings::Surroundings& around, const issue::Plan& plan, const Section& section) {
  const auto& file = around.paths.credentials;
  const auto content = TRY(within(Untrusted{file}, around.files->read(file, settings::kSharedFileLimit)));
  TRY(within(Untrusted{file}, around.files->editable(file)));
  return within(Untrusted{file},
                check_text(content ? content->bytes.reveal_text() : std::string_view(), plan, section));
}

Result<> write_section(const settings::Surroundings& around,
                       const issue::Plan& plan,
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
  return change_shared_file(world, around.paths.credentials, deadline, [&](std::string_view text) -> Result<Secret> {
    TRY(check_text(text, plan, section));
    return aws::with_section(text, section.name, kFile, change);
  });
}

Result<bool> empty_section(const settings::Surroundings& around,
                           const std::string& name,
                           std::span<const std::string_view> keys,
                           codec::Emptied emptied,
                           io::World& world,
                           Deadline deadline) {
  bool there = false;
  TRY(change_shared_file(world, around.paths.credentials, deadline, [&](std::string_view text) -> Result<Secret> {
    const auto sections = TRY(codec::parse_ini(text));
    const codec::IniSection* const section = TRY(aws::find_section(sections, name, kFile));
    there = section != nullptr;
    if (!there) {
      return Secret(text);
    }
    if (TRY(aws::held_keys(*section)) == aws::SectionKeys::long_term) {
      return fail(Fault::configuration, "section [{}] holds long-term keys, which stay", Untrusted{section->header});
    }
    return codec::without_properties(text, *section, keys, emptied);
  }));
  return there;
}

}  // namespace touchsts::cli
