// Everything that was configured, read once: AWS's shared files, our own file, and the environment.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "aws/profiles.h"
#include "base/result.h"
#include "io/world.h"
#include "settings/own_config.h"

namespace touchsts::settings {

inline constexpr std::size_t kSharedFileLimit = std::size_t{64} * 1024 * 1024;  // bytes, of each of AWS's files

struct Paths {
  std::string config;       // AWS_CONFIG_FILE, else ~/.aws/config
  std::string credentials;  // AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/credentials
  std::string own;          // --config, else $XDG_CONFIG_HOME/touchsts/config.toml, else ~/.config/...
  std::string cache_home;   // $XDG_CACHE_HOME, else ~/.cache; "" when there is no home that is ours
  std::string data_home;    // $XDG_DATA_HOME, else ~/.local/share; "" as well
  std::string key_index;    // which keys are in the key store (cache/stored_keys.h)
  bool config_is_default = true;
  bool credentials_is_default = true;
  bool own_is_default = true;
};

// FileMode is what `config check` says about who may read a file.
struct FileMode {
  bool there = false;
  std::uint32_t mode = 0;
};

// FileFault is why a file does not count: it cannot be read, or what is in it cannot be understood.
struct FileFault {
  enum class Which { config, credentials, key_index, own };
  Which which;
  std::string path;
  Error error;  // its text begins with the path
};

struct Surroundings {
  Paths paths;
  aws::Profiles profiles;
  OwnConfig own;
  std::map<std::string, std::string, std::less<>> stored_keys;  // access key ids in the key store, by profile
  FileMode config_mode, credentials_mode, own_mode;
  std::vector<FileFault> faults;  // in the order in which the files are read
  const io::Environment* environment = nullptr;
  const io::SystemFacts* facts = nullptr;
  io::Files* files = nullptr;        // who can change a file is asked when it matters
  io::Programs* programs = nullptr;  // what can be run (`config check`), and which is our own
};

// SharedFiles says how AWS's files are taken, where a program has ways of its own.
struct SharedFiles {
  bool config_at_home = false;  // the one in ~/.aws, whatever the environment says
  bool credentials_at_home = false;
  aws::BareSections bare_sections = aws::BareSections::skipped;
};

Paths find_paths(const io::Environment& environment,
                 const io::SystemFacts& facts,
                 const std::string& own_file,
                 SharedFiles shared = {});

// look_around reads the files. A missing file is an empty one, except for one that a flag names. Our own file does not
// count at all when others could have written it (Fault::configuration).
Result<Surroundings> look_around(const io::World& world, const std::string& own_file, SharedFiles shared = {});

// look_past_faults is look_around for commands that go on without a file: one that is at fault counts as empty, and is
// among the faults.
Surroundings look_past_faults(const io::World& world, const std::string& own_file, SharedFiles shared = {});

// ProfileView is one profile as it counts: flags, then config.toml, then AWS's files, then config.toml's defaults.
class ProfileView {
 public:
  // `flags` may be null; it and the surroundings must outlive the view.
  ProfileView(const Surroundings& around, std::string name, const aws::Profile* flags)
      : around_(&around), name_(std::move(name)), flags_(flags) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool exists() const;
  [[nodiscard]] const aws::Value* find(std::string_view key) const;
  [[nodiscard]] std::string_view text(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const { return !text(key).empty(); }
  [[nodiscard]] bool flag(std::string_view key) const;  // "true" in any case

  // stored_key is the access key id of the profile's keys in the key store; "" when it has none there.
  [[nodiscard]] std::string_view stored_key() const;

 private:
  const Surroundings* around_;
  std::string name_;
  const aws::Profile* flags_;
};

// parse_seconds reads a whole number of seconds; Fault::configuration names `what`.
Result<std::optional<Seconds>> parse_seconds(std::string_view what, std::string_view text);

// path_in is the path that a file names: "~/" is the home folder, and one that is relative is so to the file's folder.
// What no file has (a flag, the environment; `file` is "") is as it was given.
std::string path_in(const Surroundings& around, std::string_view path, std::string_view file);

// pairs_of reads "name=value" between commas or line ends, or, where the key has them, from the indented lines below
// it. Names and values are as written, without blanks at their ends. Fault::configuration names `key` when there is no
// '='.
Result<std::vector<std::pair<std::string, std::string>>> pairs_of(std::string_view key, const aws::Value& value);

// words splits at commas and line ends; blanks around a word go, empty words too.
std::vector<std::string> words(std::string_view text);

}  // namespace touchsts::settings
