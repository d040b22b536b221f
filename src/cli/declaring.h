// What the option library is told of the native command line.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/format.h"
#include "cli/native_options.h"

namespace touchsts::cli {

// Declaring some forty options costs more than answering from the cache, so the usual parse declares only what was
// typed, and a parse for help only what it shows: all options of the command that was typed, and the names of those
// below it; or the names of all commands, when none was. Errors come from a parse that declares everything.
enum class Declare { typed, shown, all };

// Declaring adds commands and options to an application of the library, which writes into their targets while it
// parses. Help texts and names are literals.
class Declaring {
 public:
  // Both are borrowed.
  Declaring(CLI::App& app, std::span<const std::string> words, Declare declare)
      : app_(app), words_(words), declare_(declare) {}

  struct Range {
    int least, most;
  };

  // "-p,--profile" is typed when -p, --profile or --profile=... was.
  bool typed(std::string_view names) const {
    while (!names.empty()) {
      const std::string_view name = names.substr(0, names.find(','));
      if (std::ranges::any_of(words_, [name](std::string_view word) { return word.starts_with(name); })) {
        return true;
      }
      names.remove_prefix(std::min(names.size(), name.size() + 1));
    }
    return false;
  }

  bool wanted(std::string_view names) const { return declare_ != Declare::typed || typed(names); }

  // A word that is no option: a command, or a value.
  bool any_word() const {
    return std::ranges::any_of(words_, [](std::string_view word) { return !word.starts_with('-'); });
  }

  void flag(CLI::App& app, const char* names, bool& target, const char* help) {
    if (wanted(names)) {
      app.add_flag(names, target, help);
    }
  }

  CLI::Option* text(CLI::App& app, const char* names, std::string& target, const char* help) {
    return wanted(names) ? app.add_option(names, target, help)->check(not_empty())->type_name("TEXT") : nullptr;
  }

  void choice(
      CLI::App& app, const char* names, std::string& target, const std::vector<std::string>& among, const char* help) {
    if (CLI::Option* const option = text(app, names, target, help)) {
      std::string all;
      for (const auto& name : among) {
        all += (all.empty() ? "" : ", ") + name;
      }
      option->check(worded(CLI::IsMember(among), "it takes one of " + all))->type_name("");
    }
  }

  void number(CLI::App& app, const char* names, std::optional<int>& target, Range range, const char* help) {
    if (wanted(names)) {
      app.add_option(names, target, help)
          ->check(worded(CLI::Range(range.least, range.most),
                         formatted("it takes a whole number from {} to {}", range.least, range.most)))
          ->type_name("NUMBER");
    }
  }

  static void word(CLI::App& app, const char* name, std::string& target, const char* help) {
    app.add_option(name, target, help)->required()->type_name("");
  }

  static void optional_word(CLI::App& app, const char* name, std::string& target, const char* help) {
    app.add_option(name, target, help)->type_name("");
  }

  // take hands the value to `use` as soon as it is read; take_any also an empty one.
  template <class Use>
  void take(CLI::App& app, const char* names, Use use, const char* help) {
    if (wanted(names)) {
      app.add_option_function<std::string>(names, use, help)->check(not_empty())->type_name("TEXT");
    }
  }
  template <class Use>
  void take_any(CLI::App& app, const char* names, Use use, const char* help) {
    if (wanted(names)) {
      app.add_option_function<std::string>(names, use, help)->type_name("TEXT");
    }
  }

  // take_all is for options that may be repeated.
  template <class Use>
  void take_all(CLI::App& app, const char* names, Use use, const char* help) {
    if (wanted(names)) {
      app.add_option_function<std::vector<std::string>>(names, use, help)
          ->check(not_empty())
          ->type_name("TEXT")
          ->expected(1)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
  }

  // group makes a word that is followed by a command; null when nothing below it is wanted.
  CLI::App* group(const char* name, const char* help) {
    CLI::App* const made = add(&app_, name, help);
    if (made != nullptr) {
      made->require_subcommand(1);
    }
    return has_content(name) ? made : nullptr;
  }

  // command makes one below `parent`, which may be null; null when none of its options is wanted.
  CLI::App* command(CLI::App* parent, const char* name, const char* help, Command meaning) {
    CLI::App* const made = add(parent, name, help);
    if (made != nullptr) {
      commands_.emplace_back(made, meaning);
    }
    return has_content(name) ? made : nullptr;
  }

  // What was parsed: the last command that was typed, as one may be below another. Null when there is none.
  const std::pair<CLI::App*, Command>* chosen() const {
    const auto typed = [](const auto& entry) { return entry.first->parsed(); };
    const auto found = std::ranges::find_last_if(commands_, typed).begin();
    return found != commands_.end() ? &*found : nullptr;
  }

 private:
  // A variable that a script has not set must not take a policy or a role away.
  static CLI::Validator not_empty() {
    return CLI::Validator(
        [](const std::string& value) {
          return value.empty() ? std::string("its value is empty; leave the option out where there is none")
                               : std::string();
        },
        "");
  }

  // The library's own texts repeat the value, which may be a code that was given to the wrong option.
  static CLI::Validator worded(const CLI::Validator& check, const std::string& problem) {
    std::function<std::string(std::string&)> complaint = check;
    return CLI::Validator([complaint = std::move(complaint), text = std::string(problem)](
                              std::string& value) { return complaint(value).empty() ? std::string() : text; },
                          check.get_description());
  }

  bool has_content(const char* name) const { return declare_ == Declare::all || typed(name); }

  CLI::App* add(CLI::App* parent, const char* name, const char* help) {
    const bool listed = declare_ == Declare::shown && (parent != &app_ || !any_word());
    if (parent == nullptr || (!has_content(name) && !listed)) {
      return nullptr;
    }
    CLI::App* const made = parent->add_subcommand(name, help);
    made->set_help_flag();
    made->fallthrough();
    return made;
  }

  CLI::App& app_;
  std::span<const std::string> words_;
  Declare declare_;
  std::vector<std::pair<CLI::App*, Command>> commands_;
};

}  // namespace touchsts::cli
