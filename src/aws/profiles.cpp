#include "aws/profiles.h"

#include <algorithm>
#include <optional>

#include "base/format.h"

namespace touchsts::aws {
namespace {

struct Header {
  std::string_view kind;  // "", "profile", "sso-session", "services"
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

std::optional<Header> parse_header(std::string_view header) {
  if (header == "default") {
    return Header{"", "default"};
  }
  for (const std::string_view kind : {"profile", "sso-session", "services"}) {
    if (header.size() > kind.size() && header.starts_with(kind) &&
        (header[kind.size()] == ' ' || header[kind.size()] == '\t')) {
      if (auto name = section_name(codec::trimmed(header.substr(kind.size())))) {
        return Header{kind, *std::move(name)};
      }
    }
  }
  return std::nullopt;
}

void add_properties(Profile& profile, codec::IniSection section, std::string_view file) {
  for (auto& property : section.properties) {
    profile.values.insert_or_assign(property.key,
                                    Value{.text = std::move(property.value),
                                          .secret = std::move(property.secret),
                                          .sub = std::move(property.sub),
                                          .place = {std::string(file), property.line}});
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

const Profile* Profiles::find(std::string_view name) const {
  const auto found = profiles.find(name);
  return found != profiles.end() ? &found->second : nullptr;
}

bool is_secret_key(std::string_view key) {
  return key == "aws_secret_access_key" || key == "aws_session_token" || key == "aws_security_token";
}

void add_config(Profiles& all, std::vector<codec::IniSection> sections, std::string_view file) {
  const bool prefixed_default = std::ranges::any_of(sections, [](const codec::IniSection& section) {
    const auto header = parse_header(section.header);
    return header && header->kind == "profile" && header->name == "default";
  });
  for (auto& section : sections) {
    const auto header = parse_header(section.header);
    if (!header || (header->kind.empty() && prefixed_default)) {
      continue;
    }
    auto& map = header->kind == "sso-session" ? all.sso_sessions
                : header->kind == "services"  ? all.services
                                              : all.profiles;
    add_properties(map[header->name], std::move(section), file);
  }
}

void add_credentials(Profiles& all, std::vector<codec::IniSection> sections, std::string_view file) {
  for (auto& section : sections) {
    if (const auto name = section_name(section.header)) {
      add_properties(all.profiles[*name], std::move(section), file);
    }
  }
}

}  // namespace touchsts::aws
