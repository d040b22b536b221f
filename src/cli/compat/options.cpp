#include "cli/compat/options.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/format.h"
#include "cli/option_name.h"
#include "codec/number.h"

namespace touchsts::cli::compat {
namespace {

using Takes = Option::Takes;

std::vector<std::string_view> split(std::string_view names) {
  std::vector<std::string_view> parts;
  while (!names.empty()) {
    const auto comma = std::min(names.find(','), names.size());
    parts.push_back(names.substr(0, comma));
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return parts;
}

std::string_view first_name(const Option& option) { return option.names.substr(0, option.names.find(',')); }

bool looks_like_option(std::string_view text) {
  return text.size() > 1 && text.starts_with('-') && !codec::parse_number<int>(text);
}

void blank(char* text) { std::memset(text, 'x', std::strlen(text)); }

}  // namespace

class Reader {
 public:
  Reader(std::span<const Option> table, std::span<char*> arguments, Manner manner)
      : table_(table), arguments_(arguments), manner_(manner) {}

  Result<Given> read() {
    while (at_ < arguments_.size()) {
      char* const argument = arguments_[at_++];
      const std::string_view text(argument);
      if (text == "--") {
        given_.rest.assign(arguments_.begin() + static_cast<std::ptrdiff_t>(at_), arguments_.end());
        break;
      }
      if (text.size() < 2 || !text.starts_with('-')) {
        given_.words.emplace_back(text);
        continue;
      }
      TRY(option(argument));
    }
    return std::move(given_);
  }

 private:
  // One option, from its argument on: "--name", "--name=value", "-n", "-nvalue".
  Result<> option(char* argument) {
    const std::string_view text(argument);
    const bool is_long = text.starts_with("--");
    const auto equals = is_long ? text.find('=') : std::string_view::npos;
    const std::string_view name = is_long ? text.substr(0, equals) : text.substr(0, 2);
    const Option& found = *TRY(find(name));
    if (equals != std::string_view::npos) {
      return joined(found, name, argument + equals + 1);
    }
    if (!is_long && text.size() > 2) {
      return found.takes == Takes::nothing ? fail(Fault::usage, "argument {}: ignored explicit argument", name)
                                           : keep(found, name, argument + (text[2] == '=' ? 3 : 2));
    }
    if (found.takes == Takes::nothing) {
      given_.values_.push_back({first_name(found), "true", {}});
      return {};
    }
    if (at_ == arguments_.size() || (manner_.wary && looks_like_option(arguments_[at_]))) {
      return fail(Fault::usage, "argument {}: expected one argument", name);
    }
    return keep(found, name, arguments_[at_++]);
  }

  Result<> joined(const Option& option, std::string_view name, char* value) {
    if (option.takes != Takes::nothing) {
      return keep(option, name, value);
    }
    const std::string_view text(value);
    if (!manner_.switch_values || (text != "true" && text != "false")) {
      return fail(Fault::usage, "argument {}: ignored explicit argument", name);
    }
    if (text == "true") {
      given_.values_.push_back({first_name(option), "true", {}});
    } else {
      std::erase_if(given_.values_, [&](const auto& earlier) { return earlier.name == first_name(option); });
    }
    return {};
  }

  Result<> keep(const Option& option, std::string_view name, char* value) {
    if (option.takes == Takes::secret) {
      given_.values_.push_back({first_name(option), {}, Secret(std::string_view(value))});
      blank(value);
      return {};
    }
    if (option.takes == Takes::number && !codec::parse_number<int>(value)) {
      return fail(Fault::usage, "argument {}: invalid int value", name);
    }
    given_.values_.push_back({first_name(option), value, {}});
    return {};
  }

  Result<const Option*> find(std::string_view name) {
    std::vector<const Option*> beginning;
    for (const Option& option : table_) {
      const auto names = split(option.names);
      if (std::ranges::contains(names, name)) {
        return &option;
      }
      const auto begins = [name](std::string_view full) { return full.starts_with(name); };
      if (manner_.beginnings && name.size() > 2 && std::ranges::any_of(names, begins)) {
        beginning.push_back(&option);
      }
    }
    if (beginning.empty()) {
      std::vector<std::string_view> known;
      for (const Option& option : table_) {
        known.append_range(split(option.names));
      }
      const std::string shown = option_name(name, known);
      return fail(Fault::usage, "{}", shown.empty() ? std::string(kTooMany) : "unrecognized arguments: " + shown);
    }
    if (beginning.size() > 1) {
      std::string could;
      for (const Option* const option : beginning) {
        could += (could.empty() ? "" : ", ") + std::string(first_name(*option));
      }
      return fail(Fault::usage, "ambiguous option: {} could match {}", name, could);
    }
    return beginning.front();
  }

  std::span<const Option> table_;
  std::span<char*> arguments_;
  Manner manner_;
  std::size_t at_ = 0;
  Given given_;
};

const Given::Value* Given::find(std::string_view name) const {
  const auto is_it = [name](const Value& value) { return value.name == name; };
  const auto found = std::ranges::find_last_if(values_, is_it);
  return found.empty() ? nullptr : &found.front();
}

bool Given::has(std::string_view name) const { return find(name) != nullptr; }

std::string_view Given::text(std::string_view name) const {
  const Value* const value = find(name);
  return value != nullptr ? std::string_view(value->text) : std::string_view();
}

std::vector<std::string> Given::all(std::string_view name) const {
  std::vector<std::string> texts;
  for (const auto& value : values_) {
    if (value.name == name) {
      texts.push_back(value.text);
    }
  }
  return texts;
}

std::optional<int> Given::number(std::string_view name) const { return codec::parse_number<int>(text(name)); }

const Secret* Given::secret(std::string_view name) const {
  const Value* const value = find(name);
  return value != nullptr ? &value->secret : nullptr;
}

Result<Given> read_options(std::span<const Option> table, std::span<char*> arguments, Manner manner) {
  return Reader(table, arguments, manner).read();
}

std::string options_text(std::span<const Option> table) {
  std::string text;
  for (const auto& [names, takes, help] : table) {
    std::string left;
    for (const std::string_view name : split(names)) {
      left += (left.empty() ? "" : ", ") + std::string(name);
    }
    left += takes == Takes::nothing ? "" : takes == Takes::number ? " NUMBER" : " TEXT";
    text += formatted("  {:<42} {}\n", left, help);
  }
  return text;
}

}  // namespace touchsts::cli::compat
