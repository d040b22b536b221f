#include "settings/own_process.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "base/format.h"
#include "base/untrusted.h"
#include "codec/shell_words.h"

namespace touchsts::settings {
namespace {

using Words = std::span<const std::string>;

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// Our own file may have been given another name.
bool is_touchsts(const Surroundings& around, std::string_view program) {
  return last_part(program) == "touchsts" || (program.starts_with('/') && program == around.programs->own_path());
}

// How many words `option`, which stands first, takes when it says only how credentials are got; 0 for any other.
std::size_t of_manner(Words words) {
  constexpr std::string_view kAlone[] = {"--no-prompt", "--no-cache", "--renew", "--renew-session", "--no-color"};
  constexpr std::string_view kWithValue[] = {"--timeout", "--log-level", "--log-file"};
  const std::string_view option = words.front();
  if (std::ranges::contains(kAlone, option)) {
    return 1;
  }
  const auto equals = option.find('=');
  if (!std::ranges::contains(kWithValue, option.substr(0, equals))) {
    return 0;
  }
  return equals != std::string_view::npos ? 1 : std::min<std::size_t>(2, words.size());
}

// What stands behind our program and the options before its command; nothing when that is not ours to follow.
std::optional<Words> behind_command(const Surroundings& around, Words words) {
  if (words.size() > 1 && last_part(words.front()) == "env") {
    words = words.subspan(1);
  }
  if (words.empty() || !is_touchsts(around, words.front())) {
    return std::nullopt;
  }
  words = words.subspan(1);
  while (!words.empty() && of_manner(words) > 0) {
    words = words.subspan(of_manner(words));
  }
  const bool ours = !words.empty() && (words.front() == "credential-process" || words.front() == "process");
  return ours ? std::optional(words.subspan(1)) : std::nullopt;
}

}  // namespace

Result<std::optional<std::string>> asked_profile(const Surroundings& around, const ProfileView& profile) {
  const auto line = codec::shell_words(profile.text("credential_process"));
  auto words = line ? behind_command(around, *line) : std::nullopt;
  if (!words) {
    return std::nullopt;
  }
  std::string name = "default";
  while (!words->empty()) {
    const std::string_view word = words->front();
    std::size_t taken = of_manner(*words);
    if ((word == "--profile" || word == "-p") && words->size() > 1) {
      name = (*words)[1];
      taken = 2;
    } else if (word.starts_with("--profile=")) {
      name = word.substr(std::string_view("--profile=").size());
      taken = 1;
    }
    if (taken == 0) {
      return hinted(fail(Fault::configuration,
                         "profile {}: its credential_process gives touchsts options of its own ({})",
                         Untrusted{profile.name()},
                         Untrusted{word}),
                    "name the profile that it asks for, or put the options into a profile");
    }
    words = words->subspan(taken);
  }
  return name;
}

}  // namespace touchsts::settings
