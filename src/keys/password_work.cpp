#include "keys/password_work.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <system_error>

namespace touchsts::keys {
namespace {

using namespace std::chrono_literals;

constexpr auto kWanted = 300ms;
constexpr auto kTooSlow = 1s;                                 // for the usual cost
constexpr std::uint64_t kOurOwn = std::uint64_t{16} * 1024;   // KiB, for all else that we do
constexpr std::size_t kLargestFile = std::size_t{64} * 1024;  // bytes, of what the kernel says
constexpr const char* kRoot = "/sys/fs/cgroup";

std::string text_of(io::Files& files, const std::string& path) {
  const auto content = files.read(path, kLargestFile);
  return content && *content ? std::string((*content)->bytes.reveal_text()) : "";
}

// A limit counts for all groups below it.
std::optional<std::uint64_t> least_on_the_way(io::Files& files,
                                              const std::string& root,
                                              std::string group,
                                              const char* file) {
  std::optional<std::uint64_t> least;
  while (true) {
    const auto limit = limit_in(text_of(files, root + group + "/" + file));
    least = limit && (!least || *limit < *least) ? limit : least;
    if (group.empty()) {
      return least;
    }
    group.resize(std::min(group.rfind('/'), group.size() - 1));
  }
}

}  // namespace

std::optional<std::uint64_t> limit_in(std::string_view text) {
  std::uint64_t bytes = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  // Version 1 says "no limit" with a number that no machine has.
  return trouble == std::errc() && bytes < (std::uint64_t{1} << 60) ? std::optional(bytes / 1024) : std::nullopt;
}

// cgroups(7): a line is "0::PATH" for version 2, "N:CONTROLLERS:PATH" for version 1.
std::optional<std::uint64_t> memory_limit(io::Files& files) {
  const std::string groups = text_of(files, "/proc/self/cgroup");
  std::optional<std::uint64_t> least;
  for (std::string_view rest = groups; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const auto path = line.find(":/");
    if (path == std::string_view::npos) {
      continue;
    }
    std::string group(line.substr(path + 1));
    group.resize(group == "/" ? 0 : group.size());
    const bool second = line.starts_with("0::");
    if (!second && !line.substr(0, path).contains("memory")) {
      continue;
    }
    const auto limit = second ? least_on_the_way(files, kRoot, group, "memory.max")
                              : least_on_the_way(files, std::string(kRoot) + "/memory", group, "memory.limit_in_bytes");
    least = limit && (!least || *limit < *least) ? limit : least;
  }
  return least;
}

Result<> check_memory(const PasswordWork& work, std::optional<std::uint64_t> limit) {
  if (work.rounds == 0 && limit && work.argon2.memory + kOurOwn > *limit) {
    return hinted(fail(Fault::key_store,
                       "the passphrase takes {} MiB of memory, and this control group may have {}",
                       work.argon2.memory / 1024,
                       *limit / 1024),
                  "give it more, or name a key file instead");
  }
  return {};
}

PasswordWork choose_work(std::chrono::nanoseconds one_pass, std::uint32_t memory) {
  PasswordWork work{.argon2 = kUsualCost};
  work.argon2.memory = memory;
  std::uint32_t least = kUsualCost.passes;
  if (memory < kUsualCost.memory || one_pass * kUsualCost.passes > kTooSlow) {
    one_pass = one_pass * kLeastCost.memory / memory;
    work.argon2.memory = kLeastCost.memory;
    least = kLeastCost.passes;
  }
  // A clock that stands still says nothing.
  const auto passes =
      one_pass > 0ns ? static_cast<std::uint32_t>(std::min<std::int64_t>(kWanted / one_pass, 16)) : least;
  work.argon2.passes = std::clamp(passes, least, kLargestCost.passes);
  return work;
}

Result<PasswordWork> calibrated_work(io::Clock& clock, io::Files& files) {
  const auto limit = memory_limit(files);
  const PasswordWork usual{.argon2 = kUsualCost};
  const PasswordWork least{.argon2 = kLeastCost};
  const std::uint32_t memory = check_memory(usual, limit) ? kUsualCost.memory : kLeastCost.memory;
  TRY(check_memory(least, limit));
  constexpr std::array<std::byte, 32> kNothing{};
  const Deadline begun = clock.steady();
  TRY(crypto::argon2id({.password = kNothing, .salt = kNothing, .cost = {.memory = memory, .passes = 1}}, 32));
  return choose_work(clock.steady() - begun, memory);
}

}  // namespace touchsts::keys
