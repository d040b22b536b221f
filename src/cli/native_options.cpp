#include "cli/native_options.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/format.h"
#include "base/untrusted.h"
#include "cli/compat/front_ends.h"
#include "cli/declaring.h"
#include "cli/exit_codes.h"
#include "cli/native_commands.h"
#include "cli/option_name.h"

namespace touchsts::cli {
namespace {

bool asks_help(std::span<const std::string> words) {
  return std::ranges::any_of(words, [](std::string_view word) { return word == "-h" || word == "--help"; });
}

// One parse: the library writes into these while it reads.
class Parser {
 public:
  Parser(std::span<const std::string> words, Declare declare)
      : words_(words),
        app_("Hands out AWS credentials to every SDK and CLI, with MFA.", "touchsts"),
        declaring_(app_, words, declare) {
    app_.set_help_flag();
    declaring_.flag(app_, "-h,--help", help_, "show this help; --help exit-codes lists the exit codes");
    declaring_.flag(app_, "--version", version_, "show the version; with --verbose also what it is made of");
    declaring_.flag(app_, "--verbose", options_.verbose, "with --version: the parts, their licences and hashes");
    declaring_.text(
        app_, "--config", options_.config_file, "our configuration file, not ~/.config/touchsts/config.toml");
    declaring_.choice(
        app_, "--log-level", options_.log_level, {"error", "warn", "info", "debug", "trace"}, "what is logged");
    declaring_.text(app_, "--log-file", options_.log_file, "append the log to this file instead of stderr");
    declaring_.flag(app_, "--no-prompt", options_.no_prompt, "fail at once where a person would be asked");
    declaring_.number(
        app_, "--timeout", options_.timeout, {1, 3600}, "seconds for all (credential-process: 55, else 120)");
    declaring_.flag(app_, "--no-color", no_color_, "no colours in what people read");
    app_.require_subcommand(0, 1);
    app_.fallthrough();
    declare_commands(app_, declaring_, options_);
  }

  Result<NativeOptions> parse() {
    std::vector<std::string> arguments(words_.rbegin(), words_.rend());  // the library takes them off the end
    try {
      app_.parse(arguments);
    } catch (const CLI::ExtrasError&) {
      help_ = asks_help(words_);
      if (!help_) {
        return hinted(fail(Fault::usage, "{}", unexpected()), "see touchsts --help");
      }
    } catch (const CLI::ConversionError&) {  // its text repeats the value
      help_ = asks_help(words_);
      if (!help_) {
        return hinted(fail(Fault::usage, "an option that takes no value was given one"), "see touchsts --help");
      }
    } catch (const CLI::ParseError& error) {
      help_ = asks_help(words_);  // a command's words may be missing then
      if (!help_) {
        return hinted(fail(Fault::usage, "{}", Untrusted{one_line(error.what())}), "see touchsts --help");
      }
    }
    return finish();
  }

  // Help was asked for about something that is no command.
  [[nodiscard]] bool missed() const {
    return help_ && declaring_.any_word() && declaring_.chosen() == nullptr && app_.get_subcommands().empty();
  }

 private:
  static void collect_names(const CLI::App& app, std::vector<std::string>& names) {
    for (const CLI::Option* const option : app.get_options()) {
      for (const auto& name : option->get_lnames()) {
        names.push_back("--" + name);
      }
    }
    for (const CLI::App* const command : app.get_subcommands([](const CLI::App*) { return true; })) {
      collect_names(*command, names);
    }
  }

  // Of what was not expected the options' names alone.
  std::string unexpected() {
    std::vector<std::string> declared;
    collect_names(app_, declared);
    const std::vector<std::string_view> known(declared.begin(), declared.end());
    std::string names;
    for (const auto& word : app_.remaining(true)) {
      if (const std::string name = option_name(word, known); !name.empty()) {
        names += (names.empty() ? "" : ", ") + name;
      }
    }
    return names.empty() ? std::string("there is an argument too many") : "there is no option " + names;
  }

  static std::string one_line(std::string message) {
    std::ranges::replace(message, '\n', ' ');
    return message;
  }

  static std::string other_names() {
    std::string text = "\nStands in for (called so, or touchsts NAME ...):\n ";
    for (const std::string_view name : compat::program_names()) {
      text += formatted(" {}", name);
    }
    return text + "\n";
  }

  Result<NativeOptions> finish() {
    const auto* const chosen = declaring_.chosen();
    if (help_) {
      const auto groups = app_.get_subcommands();  // of a group without its command, which is all of them then
      const CLI::App* const about = chosen != nullptr ? chosen->first : groups.empty() ? &app_ : groups.back();
      options_.help = about->help() + (about == &app_ ? other_names() : "");
      return std::move(options_);
    }
    if (version_) {
      options_.command = Command::version;
      return std::move(options_);
    }
    if (chosen == nullptr) {
      return hinted(fail(Fault::usage, "no command is given"), "see touchsts --help");
    }
    options_.command = chosen->second;
    return std::move(options_);
  }

  std::span<const std::string> words_;
  NativeOptions options_;
  CLI::App app_;
  Declaring declaring_;
  bool help_ = false;
  bool version_ = false;
  bool no_color_ = false;
};

Result<NativeOptions> parse_words(std::span<const std::string> words) {
  Parser parser(words, asks_help(words) ? Declare::shown : Declare::typed);
  if (auto options = parser.parse(); options && !parser.missed()) {
    return options;
  }
  return Parser(words, Declare::all).parse();
}

std::string exit_code_help() {
  std::string text = "Exit codes:\n";
  for (const auto& [number, meaning] : exit_codes()) {
    text += formatted("{:>5}  {}\n", number, meaning);
  }
  return text + "  128+n  exec: the command ended by signal n, as the shell reports it; else the command's own code\n";
}

// Copies the arguments, and blanks a code that stands among them.
std::vector<std::string> take_arguments(std::span<char*> arguments) {
  std::vector<std::string> taken;
  bool code_follows = false;
  for (char* const argument : arguments) {
    taken.emplace_back(argument);
    constexpr std::string_view kJoined = "--token-code=";
    const std::string_view text(argument);
    if (code_follows || text.starts_with(kJoined)) {
      const std::size_t keep = code_follows ? 0 : kJoined.size();
      std::memset(argument + keep, 'x', text.size() - keep);
    }
    code_follows = taken.back() == "--token-code";
  }
  return taken;
}

}  // namespace

Result<NativeOptions> parse_native(std::span<char*> arguments) {
  auto words = take_arguments(arguments);
  const auto help = std::ranges::find(words, "--help");
  if (help != words.end() && help + 1 != words.end() && *(help + 1) == "exit-codes") {
    NativeOptions options;
    options.help = exit_code_help();
    return options;
  }
  // What follows "--" is the command of exec, and no business of the option parser.
  std::vector<std::string> command;
  const auto separator = std::ranges::find(words, "--");
  const bool separated = separator != words.end();
  if (separated) {
    command.assign(separator + 1, words.end());
    words.erase(separator, words.end());
  }
  auto options = TRY(parse_words(words));
  if (separated && options.command != Command::exec && options.command != Command::help) {
    return hinted(fail(Fault::usage, "only exec takes a command after --"), "see touchsts --help");
  }
  if (options.command == Command::exec && command.empty()) {
    return hinted(fail(Fault::usage, "exec needs a command"), "touchsts exec [OPTIONS] -- COMMAND ...");
  }
  options.exec_command = std::move(command);
  return options;
}

}  // namespace touchsts::cli
