#include "aws/profiles.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/format.h"
#include "base/untrusted.h"
#include "codec/ascii.h"

namespace touchsts::aws {
namespace {

using Kind = Profiles::Kind;

struct Header {
  Kind kind;
  bool prefixed;  // "profile NAME" and its like
  std::string name;
};

// Quotes may hold a name with blanks; without them a name keeps to AWS's character set.
std::optional<std::string> section_name(std::string_view text) {
  const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  if (!quoted) {
    return codec::is_name(text) ? std::optional(std::string(text)) : std::nullopt;
  }
  const std::string_view inner = text.substr(1, text.size() - 2);
  std::string squeezed(inner);
  std::erase_if(squeezed, [](char c) { return c == ' ' || c == '\t'; });
  return codec::is_name(squeezed) ? std::optional(std::string(inner)) : std::nullopt;
}

std::optional<Header> parse_header(std::string_view header, BareSections bare) {
  for (const auto& [word, kind] : {std::pair(std::string_view("profile"), Kind::profile),
                                   std::pair(std::string_view("sso-session"), Kind::sso_session),
                                   std::pair(std::string_view("services"), Kind::services)}) {
    if (header.size() > word.size() && header.starts_with(word) &&
        (header[word.size()] == ' ' || header[word.size()] == '\t')) {
      if (auto name = section_name(codec::trimmed(header.substr(word.size())))) {
        return Header{kind, true, *std::move(name)};
      }
      return std::nullopt;
    }
  }
  if (header != "default" && bare == BareSections::skipped) {
    return std::nullopt;
  }
  auto name = section_name(header);
  return name ? std::optional(Header{Kind::profile, false, *std::move(name)}) : std::nullopt;
}

void add_properties(Profile& profile, const codec::IniSection& section, const std::string& file) {
  for (auto& property : codec::properties_of(section, is_secret_key)) {
    profile.values.insert_or_assign(std::move(property.key),
                                    Value{.text = std::move(property.value),
                                          .secret = std::move(property.secret),
                                          .sub = std::move(property.sub),
                                          .place = {file, property.line}});
  }
}

}  // namespace

std::string Place::text() const { return line == 0 ? file : formatted("{} line {}", file, line); }

std::string_view Profile::text(std::string_view key) const {
  const Value* const value = find(key);
  return value != nullptr ? std::string_view(value->text) : std::string_view();
}

const Value* Profile::find(std::string_view key) const {
  const auto found = values.find(key);
  return found != values.end() ? &found->second : nullptr;
}

bool is_secret_key(std::string_view key) {
  return key == "aws_secret_access_key" || key == "aws_session_token" || key == "aws_security_token";
}

Result<SharedFile> read_shared_file(std::string path, Secret text) {
  auto sections = TRY(within(Untrusted{path}, codec::parse_ini(text.reveal_text())));
  return SharedFile{std::move(path), std::move(text), std::move(sections)};
}

void Profiles::add_config(SharedFile file, BareSections bare) {
  const std::size_t first = parts_.size();
  parts_.reserve(first + file.sections.size());
  bool prefixed_default = false;
  for (std::size_t i = 0; i < file.sections.size(); ++i) {
    if (auto header = parse_header(file.sections[i].header, bare)) {
      prefixed_default =
          prefixed_default || (header->prefixed && header->kind == Kind::profile && header->name == "default");
      parts_.push_back({header->kind, std::move(header->name), files_.size(), i, false});
    }
  }
  if (prefixed_default) {
    const auto is_bare = [&file](const Part& part) { return file.sections[part.section].header == "default"; };
    parts_.erase(std::remove_if(parts_.begin() + static_cast<std::ptrdiff_t>(first), parts_.end(), is_bare),
                 parts_.end());
  }
  files_.push_back(std::move(file));
}

void Profiles::add_credentials(SharedFile file) {
  parts_.reserve(parts_.size() + file.sections.size());
  for (std::size_t i = 0; i < file.sections.size(); ++i) {
    if (auto name = section_name(file.sections[i].header)) {
      parts_.push_back({Kind::profile, *std::move(name), files_.size(), i, true});
    }
  }
  files_.push_back(std::move(file));
}

const Profile* Profiles::find(std::string_view name, Kind kind) const {
  Key key{kind, std::string(name)};
  if (const auto made = made_.find(key); made != made_.end()) {
    return &made->second;
  }
  Profile profile;
  for (const Part& part : parts_) {
    if (part.kind == kind && part.name == name) {
      const SharedFile& file = files_[part.file];
      add_properties(profile, file.sections[part.section], file.path);
      ++(part.in_credentials ? profile.in_credentials : profile.in_config);
    }
  }
  if (profile.in_config + profile.in_credentials == 0) {
    return nullptr;
  }
  return &made_.emplace(std::move(key), std::move(profile)).first->second;
}

std::vector<std::string> Profiles::names(Kind kind) const {
  std::set<std::string> names;
  for (const Part& part : parts_) {
    if (part.kind == kind) {
      names.insert(part.name);
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace touchsts::aws
