// The profiles of a user, merged from AWS's shared files and our own configuration.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "codec/ini.h"

namespace touchsts::aws {

// Where a value stands, for messages: "config.toml", "~/.aws/config line 12".
struct Place {
  std::string file;
  int line = 0;

  [[nodiscard]] std::string text() const;
};

struct Value {
  std::string text;
  Secret secret;  // values of secret keys are here and nowhere else
  std::vector<std::pair<std::string, std::string>> sub;
  Place place;
};

// A Profile maps lower-case keys to values.
struct Profile {
  std::map<std::string, Value, std::less<>> values;
  int in_config = 0;  // how many sections it has there
  int in_credentials = 0;

  // text is the value of `key`, or "" when it is absent or has only sub-properties.
  [[nodiscard]] std::string_view text(std::string_view key) const;
  [[nodiscard]] const Value* find(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
};

// SharedFile is one of AWS's files, as read. The sections lie in its text.
struct SharedFile {
  std::string path;
  Secret text;
  std::vector<codec::IniSection> sections;
};

// read_shared_file parses `text`, whose path is for messages (Fault::configuration).
Result<SharedFile> read_shared_file(std::string path, Secret text);

// Whether a section [NAME] of a config file is a profile too, as some programs have it.
enum class BareSections { skipped, profiles };

enum class SectionKind { profile, sso_session, services };
enum class SharedFileKind { config, credentials };

// A SectionName is what a section's header means.
struct SectionName {
  SectionKind kind;
  bool prefixed;  // "profile NAME" and its like
  std::string name;
};

// section_name is the one notion of which section is whose, for reading, guarding and editing alike. In a config file
// [default], [profile NAME], [sso-session NAME] and [services NAME] count, with NAME one word as a shell quotes it
// (AWS's Python library reads it so); in a credentials file [NAME], in quotes or without, but not
// [profile NAME]. Nothing for other headers.
std::optional<SectionName> section_name(std::string_view header,
                                        SharedFileKind file,
                                        BareSections bare = BareSections::skipped);

// section_header is how a new section of profile `name` is called, as AWS's own program writes it. Fault::configuration
// when no section can have this name: it is empty, or has a ']', or signs that nobody sees.
Result<std::string> section_header(std::string_view name, SharedFileKind file);

// find_section is the section that profile `name` has, or null. Fault::configuration when it has two: which of them
// counts differs from program to program. [default] does not count beside [profile default].
Result<const codec::IniSection*> find_section(std::span<const codec::IniSection> sections,
                                              std::string_view name,
                                              SharedFileKind file);

// Profiles are AWS's shared files. A file may have thousands of sections, of which a run needs two: what a section
// holds is read when it is asked for.
class Profiles {
 public:
  using Kind = SectionKind;

  // add_config takes a config file: [default], [profile NAME], [sso-session NAME], [services NAME]. [profile default]
  // replaces [default] as a whole. Everything else in the file is skipped, as AWS's SDKs do.
  void add_config(SharedFile file, BareSections bare = BareSections::skipped);

  // add_credentials takes a credentials file: [NAME]. Its values win over those of files added before.
  void add_credentials(SharedFile file);

  // find is null when no section has this name. What it gives lives as long as this.
  [[nodiscard]] const Profile* find(std::string_view name, Kind kind = Kind::profile) const;

  // files are those that were added, for those who look at what does not count.
  [[nodiscard]] const std::vector<SharedFile>& files() const { return files_; }

  // names are those of all sections of a kind, each once, in order of their bytes.
  [[nodiscard]] std::vector<std::string> names(Kind kind = Kind::profile) const;

 private:
  struct Part {
    Kind kind;
    std::string name;
    std::size_t file;
    std::size_t section;
    bool in_credentials;
  };
  struct Key {
    Kind kind;
    std::string name;
    auto operator<=>(const Key&) const = default;
  };

  std::vector<SharedFile> files_;
  std::vector<Part> parts_;  // later ones win
  mutable std::map<Key, Profile> made_;
};

// is_secret_key: keys whose values are kept in Secrets only.
bool is_secret_key(std::string_view key);

}  // namespace touchsts::aws
