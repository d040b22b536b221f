#include "settings/lint_values.h"

#include "base/format.h"
#include "base/untrusted.h"
#include "settings/command_line.h"
#include "settings/own_config.h"

namespace touchsts::settings {
namespace {

using Weight = Finding::Weight;

constexpr std::string_view kProcess = "credential_process";  // AWS's; SDKs run it, some by a shell

bool is_scalar(KeyType type) { return type == KeyType::text || type == KeyType::command || type == KeyType::number; }

class ValueLinter {
 public:
  explicit ValueLinter(const Surroundings& around) : around_(around) {}

  void check(const std::string& where, const aws::Profile& profile) {
    for (const auto& [key, value] : profile.values) {
      const auto type = profile_key_type(key);
      const bool command = key == kProcess || type == KeyType::command;
      if (value.text.empty() && value.sub.empty() && value.secret.empty()) {
        if (command || (type && is_scalar(*type))) {
          check_empty(where, key, value);
        }
      } else if (command) {
        check_command(where, key, value);
      }
    }
  }

  std::vector<Finding> take() { return std::move(findings_); }

 private:
  void add(Weight weight, const std::string& where, std::string text, std::string hint) {
    findings_.push_back({weight, where, std::move(text), std::move(hint)});
  }

  // AWS's programs take an empty region for a name.
  void check_empty(const std::string& where, const std::string& key, const aws::Value& value) {
    add(key == "region" ? Weight::error : Weight::warning,
        where,
        formatted("{} in {} is empty", key, Untrusted{value.place.text()}),
        "give it a value, or remove the line");
  }

  void check_command(const std::string& where, const std::string& key, const aws::Value& value) {
    const std::string place = formatted("{} in {}", key, Untrusted{value.place.text()});
    const bool ours = key != kProcess;
    const std::string line = ours ? with_home(key, value.text, around_.facts->home) : value.text;
    const auto program = program_of(key, line);
    if (!program) {
      return add(Weight::error, where, formatted("{}: {}", place, program.error().text), "close the quote");
    }
    if (!ours && !program->starts_with('/')) {
      return;  // a shell may find it
    }
    if (const auto fixed = ours ? check_program(key, value) : Result<>(); !fixed) {
      return add(Weight::error, where, fixed.error().text, fixed.error().hint);
    }
    if (!around_.programs->can_run(*program)) {
      add(Weight::error,
          where,
          program->contains('/') ? formatted("{}: there is no executable file {}", place, Untrusted{*program})
                                 : formatted("{}: there is no program {} in PATH", place, Untrusted{*program}),
          ours ? "write a full path, or ~/ and a path below the home folder, of a program that you may execute"
               : "write the full path of a program that you may execute");
    }
  }

  const Surroundings& around_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> lint_values(const Surroundings& around, const std::string& only) {
  ValueLinter linter(around);
  for (const auto& name : around.profiles.names()) {
    if (only.empty() || only == name) {
      linter.check("profile " + name, *around.profiles.find(name));
    }
  }
  for (const auto& [name, profile] : around.own.profiles) {
    if (only.empty() || only == name) {
      linter.check("profile " + name, profile);
    }
  }
  if (only.empty()) {
    linter.check(around.paths.own, around.own.defaults);
  }
  return linter.take();
}

}  // namespace touchsts::settings
