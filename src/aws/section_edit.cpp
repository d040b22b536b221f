#include "aws/section_edit.h"

#include <algorithm>

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
  bool keys = false;
  bool token = false;
  int number = section.line;
  for (const auto& line : codec::body_lines(section.body)) {
    ++number;
    if (line.kind == codec::IniLine::Kind::nothing) {
      continue;
    }
    const bool goes_on = line.kind == codec::IniLine::Kind::indented;
    const std::string name = codec::lower(line.name);
    const bool is_key = std::ranges::contains(kKeys, name);
    const bool is_token = std::ranges::contains(kTokens, name);
    if (!goes_on && !is_key && !is_token && looks_like_keys(line.content.substr(0, line.content.find('=')))) {
      return hinted(fail(Fault::configuration, "line {} is no property that touchsts knows", number),
                    "write it as NAME = VALUE");
    }
    const bool empty =
        !goes_on && codec::stripped(line.content).ends_with('=') && line.content.find('=') == line.content.size() - 1;
    keys = keys || (is_key && !empty);
    token = token || (is_token && !empty);
  }
  return !keys ? SectionKeys::none : token ? SectionKeys::temporary : SectionKeys::long_term;
}

}  // namespace touchsts::aws
