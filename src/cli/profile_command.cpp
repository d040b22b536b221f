#include "cli/profile_command.h"

#include <algorithm>
#include <string_view>

#include "aws/section_edit.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "cli/shared_file.h"
#include "codec/ini.h"
#include "settings/plan_profile.h"
#include "settings/source_order.h"

namespace touchsts::cli {
namespace {

constexpr Seconds kPatience{60};

// Alike for shells, for Python's shlex, for CommandLineToArgvW and for those who split at blanks.
bool is_plain(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-/.@:+,=").contains(c);
  });
}

// Only blanks more: they need the double quotes that all know.
bool is_quotable(std::string_view text) {
  std::string plain(text);
  std::erase(plain, ' ');
  return is_plain(plain);
}

// Keys of its own in the credentials file come before credential_process, and it would never be called.
Result<> check_target(const settings::Surroundings& around, const std::string& name) {
  const aws::Profile* const there = around.profiles.find(name);
  if (there == nullptr) {
    return {};
  }
  if (const auto* const source = settings::first_source(*there, around.paths.credentials)) {
    return hinted(
        fail(Fault::configuration, "profile {} has {}, which SDKs would take instead", Untrusted{name}, source->key),
        "choose another name");
  }
  return {};
}

}  // namespace

Result<std::string> process_line(const std::string& program, const std::string& profile) {
  if (!program.starts_with('/') || !is_quotable(program)) {
    return hinted(fail(Fault::configuration, "SDKs would not all understand the path {}", Untrusted{program}),
                  "put touchsts where the path has only letters, digits and signs like - _ .");
  }
  if (!is_plain(profile)) {
    return hinted(fail(Fault::configuration, "SDKs would not all understand the profile name '{}'", Untrusted{profile}),
                  "give it a name of letters, digits and signs like - _ .");
  }
  const std::string path = is_plain(program) ? program : formatted("\"{}\"", program);
  return formatted("{} credential-process --profile {}", path, profile);
}

Result<int> setup_profile(const NativeOptions& options, const settings::Surroundings& around, io::World& world) {
  const std::string& name = options.account;
  const std::string source = options.profile.empty() ? "default" : options.profile;
  // A name that the files have already may have blanks: it is written in quotes there.
  if (!codec::is_name(name) && around.profiles.find(name) == nullptr) {
    return fail(Fault::usage, "'{}' is no name for a profile", Untrusted{name});
  }
  if (name == source) {
    return hinted(fail(Fault::usage, "a profile cannot be made of itself"), "setup profile NAME --profile OTHER");
  }
  const settings::ProfileRequest request{
      .profile = source, .named = true, .flags = {}, .endpoint_url = {}, .least_life = {}, .question = {}};
  const auto prepared = TRY(settings::prepare(around, request));
  TRY(check_target(around, name));
  const std::string line = TRY(process_line(world.programs.own_path(), source));
  codec::IniChange change{.set = {{"credential_process", line}}, .gone = {}};
  if (!prepared.region.empty()) {
    change.set.emplace_back("region", prepared.region);
  }
  TRY(change_shared_file(world, around.paths.config, world.clock.steady() + kPatience, [&](std::string_view text) {
    return aws::with_section(text, name, aws::SharedFileKind::config, change);
  }));
  TRY(world.output.result(
      formatted("profile {} in {} gets its credentials from touchsts, as profile {} says; try it: aws --profile {} "
                "sts get-caller-identity\n",
                Untrusted{name},
                Untrusted{around.paths.config},
                Untrusted{source},
                Untrusted{name})));
  return 0;
}

}  // namespace touchsts::cli
