#include "settings/surroundings.h"

#include <algorithm>

#include "base/untrusted.h"
#include "codec/ascii.h"
#include "codec/ini.h"
#include "codec/number.h"

namespace touchsts::settings {
namespace {

// "~/x" is below the home folder; nothing else is expanded.
std::string expanded(std::string_view path, const std::string& home) {
  return path.starts_with("~/") ? home + std::string(path.substr(1)) : std::string(path);
}

// The XDG Base Directory Specification has relative paths ignored.
std::string xdg(const io::Environment& environment, std::string_view name, const std::string& fallback) {
  const std::string_view value = environment.get(name);
  return value.starts_with('/') ? std::string(value) : fallback;
}

std::string below_home(const std::string& home, std::string_view rest) {
  return home.empty() ? std::string() : (home == "/" ? "" : home) + std::string(rest);
}

Result<std::optional<io::FileContent>> read_file(io::Files& files, const std::string& path, std::size_t most) {
  if (path.empty()) {
    return std::nullopt;
  }
  return within(Untrusted{path}, files.read(path, most));
}

Result<aws::SharedFile> read_shared(io::Files& files, const std::string& path, FileMode& mode) {
  auto content = TRY(read_file(files, path, kSharedFileLimit));
  if (!content) {
    return aws::SharedFile{path, {}, {}};
  }
  mode = {true, content->mode};
  return aws::read_shared_file(path, std::move(content->bytes));
}

Result<> add_config(io::Files& files, aws::BareSections bare_sections, Surroundings& around) {
  around.profiles.add_config(TRY(read_shared(files, around.paths.config, around.config_mode)), bare_sections);
  return {};
}

Result<> add_credentials(io::Files& files, Surroundings& around) {
  around.profiles.add_credentials(TRY(read_shared(files, around.paths.credentials, around.credentials_mode)));
  return {};
}

Result<> add_key_index(io::Files& files, Surroundings& around) {
  FileMode mode;
  const auto index = TRY(read_shared(files, around.paths.key_index, mode));
  for (const auto& section : index.sections) {
    for (const auto& property : codec::properties_of(section, aws::is_secret_key)) {
      if (property.key == "aws_access_key_id") {
        around.stored_keys.insert_or_assign(std::string(section.header), property.value);
      }
    }
  }
  return {};
}

Result<> add_own_config(io::Files& files, Surroundings& around) {
  const auto& path = around.paths.own;
  const auto content = TRY(read_file(files, path, kSharedFileLimit));
  if (!content) {
    return around.paths.own_is_default ? Result<>()
                                       : fail(Fault::configuration, "{}: there is no such file", Untrusted{path});
  }
  around.own_mode = {true, content->mode};
  if (const auto distrust = files.distrust(path)) {
    return hinted(fail(Fault::configuration, "{} is refused: {}", Untrusted{path}, distrust->why), distrust->remedy);
  }
  around.own = TRY(within(Untrusted{path}, parse_own_config(content->bytes.reveal_text(), path)));
  return {};
}

}  // namespace

Paths find_paths(const io::Environment& environment,
                 const io::SystemFacts& facts,
                 const std::string& own_file,
                 SharedFiles shared) {
  const auto config = shared.config_at_home ? std::string_view() : environment.get("AWS_CONFIG_FILE");
  const auto credentials =
      shared.credentials_at_home ? std::string_view() : environment.get("AWS_SHARED_CREDENTIALS_FILE");
  Paths paths;
  const std::string own_config = below_home(facts.home, "/.aws/config");
  const std::string own_credentials = below_home(facts.home, "/.aws/credentials");
  paths.config = config.empty() ? own_config : expanded(config, facts.home);
  paths.credentials = credentials.empty() ? own_credentials : expanded(credentials, facts.home);
  paths.config_is_default = paths.config == own_config;
  paths.credentials_is_default = paths.credentials == own_credentials;
  const std::string config_home = xdg(environment, "XDG_CONFIG_HOME", below_home(facts.home, "/.config"));
  paths.own_is_default = own_file.empty();
  paths.own = !own_file.empty() ? own_file : config_home.empty() ? "" : config_home + "/touchsts/config.toml";
  // A home folder of another user (sudo) must not get files of ours.
  paths.cache_home = xdg(environment, "XDG_CACHE_HOME", facts.home_is_ours ? below_home(facts.home, "/.cache") : "");
  paths.data_home =
      xdg(environment, "XDG_DATA_HOME", facts.home_is_ours ? below_home(facts.home, "/.local/share") : "");
  paths.key_index = paths.data_home.empty() ? "" : paths.data_home + "/touchsts/keys.ini";
  return paths;
}

Surroundings look_past_faults(const io::World& world, const std::string& own_file, SharedFiles shared) {
  using enum FileFault::Which;
  Surroundings around;
  around.environment = &world.environment;
  around.facts = &world.facts;
  around.files = &world.files;
  around.programs = &world.programs;
  around.paths = find_paths(world.environment, world.facts, own_file, shared);
  const auto note = [&around](FileFault::Which which, const std::string& path, const Result<>& done) {
    if (!done) {
      around.faults.push_back({which, path, done.error()});
    }
  };
  note(config, around.paths.config, add_config(world.files, shared.bare_sections, around));
  note(credentials, around.paths.credentials, add_credentials(world.files, around));
  note(key_index, around.paths.key_index, add_key_index(world.files, around));
  note(own, around.paths.own, add_own_config(world.files, around));
  return around;
}

Result<Surroundings> look_around(const io::World& world, const std::string& own_file, SharedFiles shared) {
  auto around = look_past_faults(world, own_file, shared);
  if (!around.faults.empty()) {
    return std::unexpected(around.faults.front().error);
  }
  return around;
}

bool ProfileView::exists() const {
  return around_->profiles.find(name_) != nullptr || around_->own.profiles.contains(name_) || !stored_key().empty();
}

std::string_view ProfileView::stored_key() const {
  const auto found = around_->stored_keys.find(name_);
  return found != around_->stored_keys.end() ? std::string_view(found->second) : std::string_view();
}

const aws::Value* ProfileView::find(std::string_view key) const {
  if (flags_ != nullptr && flags_->has(key)) {
    return flags_->find(key);
  }
  const auto own = around_->own.profiles.find(name_);
  if (own != around_->own.profiles.end() && own->second.has(key)) {
    return own->second.find(key);
  }
  const aws::Profile* const shared = around_->profiles.find(name_);
  if (shared != nullptr && shared->has(key)) {
    return shared->find(key);
  }
  return around_->own.defaults.find(key);
}

std::string_view ProfileView::text(std::string_view key) const {
  const aws::Value* const value = find(key);
  return value != nullptr ? std::string_view(value->text) : std::string_view();
}

bool ProfileView::flag(std::string_view key) const { return codec::same_word(text(key), "true"); }

Result<std::optional<Seconds>> parse_seconds(std::string_view what, std::string_view text) {
  if (text.empty()) {
    return std::nullopt;
  }
  const auto value = codec::parse_number<int>(text);
  if (!value || *value < 0) {
    return fail(Fault::configuration, "{} '{}' is not a number of seconds", what, Untrusted{text});
  }
  return Seconds(*value);
}

std::string path_in(const Surroundings& around, std::string_view path, std::string_view file) {
  const std::string full = expanded(path, around.facts->home);
  const auto slash = file.rfind('/');
  return full.empty() || full.starts_with('/') || slash == std::string_view::npos
             ? full
             : std::string(file.substr(0, slash + 1)) + full;
}

Result<std::vector<std::pair<std::string, std::string>>> pairs_of(std::string_view key, const aws::Value& value) {
  auto pairs = value.sub;
  for (const auto& word : words(value.text)) {
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      return hinted(fail(Fault::configuration, "{}: '{}' is not NAME=VALUE", key, Untrusted{word}),
                    "write them as NAME=VALUE between commas, or one to a line below the key, each indented");
    }
    pairs.emplace_back(codec::trimmed(std::string_view(word).substr(0, equals)),
                       codec::trimmed(std::string_view(word).substr(equals + 1)));
  }
  return pairs;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  while (!text.empty()) {
    const auto end = text.find_first_of(",\n");
    const std::string_view word = codec::trimmed(text.substr(0, end));
    if (!word.empty()) {
      found.emplace_back(word);
    }
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return found;
}

}  // namespace touchsts::settings
