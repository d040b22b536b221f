#include "aws/profiles.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/format.h"
#include "base/untrusted.h"
#include "codec/ascii.h"
#include "codec/shell_words.h"

namespace touchsts::aws {
namespace {

using Kind = SectionKind;

constexpr std::pair<std::string_view, Kind> kPrefixes[] = {
    {"profile", Kind::profile}, {"sso-session", Kind::sso_session}, {"services", Kind::services}};

bool is_plain(std::string_view text) { return text.find_first_of(" \t\"'\\") == std::string_view::npos; }

// One word, as a shell quotes it.
std::optional<std::string> one_word(std::string_view text) {
  if (is_plain(text)) {
    return text.empty() ? std::nullopt : std::optional(std::string(text));
  }
  auto words = codec::shell_words(text);
  return words && words->size() == 1 && !words->front().empty() ? std::optional(std::move(words->front()))
                                                                : std::nullopt;
}

std::string without_quotes(std::string_view text) {
  const bool quoted = text.size() > 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  return std::string(quoted ? text.substr(1, text.size() - 2) : text);
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

std::unexpected<Error> two_sections(std::string_view name,
                                    const codec::IniSection& first,
                                    const codec::IniSection& second) {
  const std::string text = first.header == second.header
                               ? formatted("there are two sections [{}]", Untrusted{first.header})
                               : formatted("there are two sections for {}: [{}] in line {} and [{}] in line {}",
                                           Untrusted{name},
                                           Untrusted{first.header},
                                           first.line,
                                           Untrusted{second.header},
                                           second.line);
  return hinted(fail(Fault::configuration, "{}", text), "make one of them, so that it is clear which counts");
}

bool is_default(const SectionName& section) { return section.kind == Kind::profile && section.name == "default"; }

}  // namespace

std::optional<SectionName> section_name(std::string_view header, SharedFileKind file, BareSections bare) {
  if (file == SharedFileKind::credentials) {
    return header.empty() || header.starts_with("profile ") || header.starts_with("profile\t")
               ? std::nullopt
               : std::optional(SectionName{Kind::profile, false, without_quotes(header)});
  }
  for (const auto& [word, kind] : kPrefixes) {
    if (header.size() > word.size() && header.starts_with(word) &&
        (header[word.size()] == ' ' || header[word.size()] == '\t')) {
      auto name = one_word(codec::trimmed(header.substr(word.size())));
      return name ? std::optional(SectionName{kind, true, *std::move(name)}) : std::nullopt;
    }
  }
  if (header.empty() || (header != "default" && bare == BareSections::skipped)) {
    return std::nullopt;
  }
  return SectionName{Kind::profile, false, without_quotes(header)};
}

Result<std::string> section_header(std::string_view name, SharedFileKind file) {
  const auto unfit = [](unsigned char c) { return c < 0x20 || c == 0x7f || c == ']'; };
  const std::string quoted = formatted("'{}'", name);
  std::string header = file == SharedFileKind::credentials ? std::string(name)
                       : name == "default"                 ? std::string(name)
                                                           : "profile " + (is_plain(name) ? std::string(name) : quoted);
  const auto read = section_name(codec::trimmed(header), file);
  if (std::ranges::any_of(name, unfit) || !read || read->name != name) {
    return hinted(fail(Fault::configuration, "a section cannot have the name '{}'", Untrusted{name}),
                  "give it another name, best of letters, digits and signs like - _ .");
  }
  return header;
}

Result<const codec::IniSection*> find_section(std::span<const codec::IniSection> sections,
                                              std::string_view name,
                                              SharedFileKind file) {
  const codec::IniSection* found = nullptr;
  bool prefixed = false;
  for (const auto& section : sections) {
    const auto read = section_name(section.header, file);
    if (!read || read->kind != Kind::profile || read->name != name) {
      continue;
    }
    if (file == SharedFileKind::config && is_default(*read) && found != nullptr && prefixed != read->prefixed) {
      found = read->prefixed ? &section : found;  // [default] does not count beside [profile default]
      prefixed = true;
      continue;
    }
    if (found != nullptr) {
      return two_sections(name, *found, section);
    }
    found = &section;
    prefixed = read->prefixed;
  }
  return found;
}

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
    if (auto header = section_name(file.sections[i].header, SharedFileKind::config, bare)) {
      prefixed_default = prefixed_default || (header->prefixed && is_default(*header));
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
    if (auto header = section_name(file.sections[i].header, SharedFileKind::credentials)) {
      parts_.push_back({Kind::profile, std::move(header->name), files_.size(), i, true});
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
