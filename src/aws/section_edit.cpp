#include "aws/section_edit.h"

#include <algorithm>
#include <map>
#include <string>

#include "base/untrusted.h"
#include "codec/ascii.h"

namespace touchsts::aws {
namespace {

constexpr std::string_view kKeys[] = {"aws_access_key_id", "aws_secret_access_key"};
constexpr std::string_view kTokens[] = {"aws_session_token", "aws_security_token"};

// "AWS_SECRET_ACCESS_KEY: x", "export aws_session_token = x".
bool looks_like_keys(std::string_view content) {
  const std::string small = codec::lower(content);
  const auto within = [&small](std::string_view key) { return small.contains(key); };
  return std::ranges::any_of(kKeys, within) || std::ranges::any_of(kTokens, within);
}

Result<> check_names(const codec::IniSection& section) {
  int number = section.line;
  for (const auto& line : codec::body_lines(section.body)) {
    ++number;
    const std::string name = codec::lower(line.name);
    const bool known = std::ranges::contains(kKeys, name) || std::ranges::contains(kTokens, name);
    if (line.kind == codec::IniLine::Kind::property && !known &&
        looks_like_keys(line.content.substr(0, line.content.find('=')))) {
      return hinted(fail(Fault::configuration, "line {} is no property that touchsts knows", number),
                    "write it as NAME = VALUE");
    }
  }
  return {};
}

}  // namespace

Result<Secret> with_section(std::string_view text,
                            std::string_view name,
                            SharedFileKind file,
                            const codec::IniChange& change) {
  const std::string header = TRY(section_header(name, file));
  const auto sections = TRY(codec::parse_ini(text));
  return codec::with_properties(text, TRY(find_section(sections, name, file)), header, change);
}

Result<Secret> without_keys(std::string_view text,
                            std::string_view name,
                            SharedFileKind file,
                            std::span<const std::string_view> keys,
                            codec::Emptied emptied) {
  const auto sections = TRY(codec::parse_ini(text));
  const codec::IniSection* const section = TRY(find_section(sections, name, file));
  if (section == nullptr) {
    return fail(Fault::configuration, "there is no section for {}", Untrusted{name});
  }
  return codec::without_properties(text, *section, keys, emptied);
}

Result<SectionKeys> held_keys(const codec::IniSection& section) {
  TRY(check_names(section));
  bool keys = false;
  std::map<std::string, bool> tokens;  // of a property that is written twice the last one counts, as for profiles
  for (const auto& property : codec::properties_of(section, is_secret_key)) {
    const bool value = !property.value.empty() || !property.secret.empty();
    keys = keys || (std::ranges::contains(kKeys, property.key) && (value || !property.sub.empty()));
    if (std::ranges::contains(kTokens, property.key)) {
      tokens[property.key] = value;
    }
  }
  const bool temporary = std::ranges::any_of(tokens, [](const auto& token) { return token.second; });
  return !keys ? SectionKeys::none : temporary ? SectionKeys::temporary : SectionKeys::long_term;
}

}  // namespace touchsts::aws
