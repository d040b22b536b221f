#include "settings/toml_sections.h"

#include <algorithm>
#include <utility>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_WINDOWS_COMPAT 0
#include <toml++/toml.hpp>

#include "base/untrusted.h"
#include "settings/toml_guard.h"

namespace touchsts::settings {
namespace {

TomlSection copy_of(const TomlSection& section) {
  TomlSection copy;
  for (const auto& [key, value] : section) {
    copy.emplace(key, TomlValue{value.kind, value.text, value.list, value.secret.clone()});
  }
  return copy;
}

std::unexpected<Error> wrong(const toml::node& node, std::string_view key) {
  return fail(Fault::configuration,
              "line {}: '{}' must be a text in quotes, a whole number, true or false, or a list of texts",
              node.source().begin.line,
              Untrusted{key});
}

bool is_tables(const toml::node& node) {
  const toml::array* const array = node.as_array();
  return node.is_table() || (array != nullptr && !array->empty() && array->front().is_table());
}

class Walk {
 public:
  explicit Walk(bool (*is_secret)(std::string_view)) : is_secret_(is_secret) {}

  Result<> table(toml::table& table, const TomlSection& above, std::string_view name) {
    TomlSection section = copy_of(above);
    for (auto&& [key, node] : table) {
      if (!is_tables(node)) {
        section.insert_or_assign(std::string(key.str()), TRY(value(node, key.str())));
      }
    }
    for (auto&& [key, node] : table) {
      if (toml::table* const below = node.as_table()) {
        TRY(this->table(*below, section, key.str()));
      } else if (toml::array* const array = is_tables(node) ? node.as_array() : nullptr) {
        TRY(tables(*array, section, key.str()));
      }
    }
    if (!name.empty()) {
      found_.push_back({table.source().begin.line, std::string(name), std::move(section)});
    }
    return {};
  }

  TomlSections sections() {
    std::ranges::stable_sort(found_, {}, &Found::line);  // tables come in the order of their names
    TomlSections all;
    for (auto& found : found_) {
      all.insert_or_assign(std::move(found.name), std::move(found.section));
    }
    return all;
  }

 private:
  struct Found {
    toml::source_index line;
    std::string name;
    TomlSection section;
  };

  Result<> tables(toml::array& array, const TomlSection& above, std::string_view name) {
    for (auto& element : array) {
      toml::table* const one = element.as_table();
      TRY(one != nullptr ? table(*one, above, name) : wrong(element, name));
    }
    return {};
  }

  Result<TomlValue> value(toml::node& node, std::string_view key) {
    using enum TomlValue::Kind;
    if (auto* const string = node.as_string()) {
      if (!is_secret_(key)) {
        return TomlValue{text, string->get(), {}, {}};
      }
      TomlValue made{text, {}, {}, Secret(std::string_view(string->get()))};
      wipe(std::as_writable_bytes(std::span(string->get())));
      return made;
    }
    if (const auto* const integer = node.as_integer()) {
      return TomlValue{number, std::to_string(integer->get()), {}, {}};
    }
    if (const auto* const boolean = node.as_boolean()) {
      return TomlValue{flag, boolean->get() ? "true" : "false", {}, {}};
    }
    const toml::array* const array = node.as_array();
    if (array == nullptr) {
      return wrong(node, key);
    }
    TomlValue made{list, {}, {}, {}};
    for (const auto& item : *array) {
      if (const auto* const string = item.as_string()) {
        made.list.push_back(string->get());
      } else {
        return wrong(item, key);
      }
    }
    return made;
  }

  bool (*is_secret_)(std::string_view);
  std::vector<Found> found_;
};

}  // namespace

Result<TomlSections> read_toml_sections(std::string_view text, bool (*is_secret)(std::string_view key)) {
  TRY(guard_toml(text));
  toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    return hinted(fail(Fault::configuration,
                       "line {}: {}",
                       parsed.error().source().begin.line,
                       Untrusted{parsed.error().description()}),
                  "texts stand in quotes: key = \"value\"");
  }
  Walk walk(is_secret);
  TRY(walk.table(parsed.table(), {}, ""));
  return walk.sections();
}

}  // namespace touchsts::settings
