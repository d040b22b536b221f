#include "cli/compat/migrate.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "base/untrusted.h"
#include "cli/compat/front_ends.h"
#include "cli/profile_command.h"
#include "cli/shared_file.h"
#include "codec/ini_edit.h"
#include "codec/shell_words.h"

namespace touchsts::cli::compat {
namespace {

constexpr Seconds kPatience{60};
constexpr std::size_t kLargestFile = std::size_t{1} << 20U;
constexpr std::string_view kLongTerm = "-long-term";

// Keys whose values are numbers in TOML; lists come as texts with commas.
constexpr std::array<std::string_view, 3> kNumbers = {"duration_seconds", "session_duration", "yubikey_serial"};
constexpr std::array<std::string_view, 1> kLists = {"policy_arns"};

// What aws-vault's include_profile hands on, as far as we know the keys.
constexpr std::array<std::string_view, 8> kIncluded = {"duration_seconds",
                                                       "external_id",
                                                       "mfa_process",
                                                       "mfa_serial",
                                                       "region",
                                                       "role_session_name",
                                                       "role_arn",
                                                       "source_profile"};

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

class Search {
 public:
  Search(const settings::Surroundings& around, Time now, const ReadFile& read_file)
      : around_(around), now_(now), read_file_(read_file) {}

  std::vector<Move> moves() {
    for (const auto& name : around_.profiles.names()) {
      const aws::Profile& profile = *around_.profiles.find(name);
      const auto words = codec::shell_words(profile.text("credential_process"));
      if (words && !words->empty()) {
        process(name, *words);
      }
      if (profile.has("include_profile")) {
        included(name, profile);
      }
      if (name.ends_with(kLongTerm) && profile.has("aws_mfa_device")) {
        long_term(name, profile);
      }
      temporary(name, profile);
    }
    return std::move(moves_);
  }

 private:
  void process(const std::string& name, std::vector<std::string> words) {
    const std::string program = base_name(words.front());
    const bool ours = program == "touchsts" && words.size() > 1 && find_front_end(words[1]) != nullptr;
    if (program == "aws-vault") {
      vault(name, words);
      return;
    }
    const FrontEnd* const front_end = find_front_end(ours ? words[1] : program);
    if (front_end == nullptr) {
      return;
    }
    std::vector<char*> arguments;
    for (std::size_t i = ours ? 2 : 1; i < words.size(); ++i) {
      arguments.push_back(words[i].data());
    }
    Move move{.profile = name,
              .from = formatted("[profile {}] calls {}", Untrusted{name}, program),
              .keys = {},
              .section = {},
              .serves = {},
              .note = {}};
    const auto given = read_options(front_end->options, arguments, front_end->manner);
    auto action =
        given ? front_end->read({*given, around_, program, now_, read_file_}) : std::unexpected(given.error());
    const auto* const get = action ? std::get_if<GetCredentials>(&*action) : nullptr;
    if (get == nullptr) {
      move.note = action ? "it does not give credentials as it is" : in_one_line(action.error());
    } else {
      fill(move, *get);
    }
    moves_.push_back(std::move(move));
  }

  void fill(Move& move, const GetCredentials& get) const {
    const auto& request = get.invocation.request;
    const std::string source = source_of(get);
    if (source.empty()) {
      move.note = "put its long-term keys into a section of ~/.aws/credentials first, and try again";
      return;
    }
    const bool role = request.flags.has("role_arn");
    move.section = role ? move.profile : source;
    move.serves = move.section;
    for (const auto& [key, value] : request.flags.values) {
      if (!value.text.empty()) {
        move.keys.emplace_back(key, value.text);
      }
    }
    if (role) {
      move.keys.emplace_back("source_profile", source);
    }
  }

  // Which profile of AWS's files has the keys.
  [[nodiscard]] std::string source_of(const GetCredentials& get) const {
    const std::string id = get.keys      ? get.keys->access_key_id
                           : get.profile ? std::string(get.profile->text("aws_access_key_id"))
                                         : "";
    if (id.empty()) {
      return get.invocation.request.profile;
    }
    for (const auto& name : around_.profiles.names()) {
      if (around_.profiles.find(name)->text("aws_access_key_id") == id) {
        return name;
      }
    }
    return {};
  }

  // "aws-vault exec NAME --json", "aws-vault export --format=json NAME".
  void vault(const std::string& name, const std::vector<std::string>& words) {
    const auto is_profile = [this](const std::string& word) { return around_.profiles.find(word) != nullptr; };
    const auto found = std::find_if(words.begin() + 1, words.end(), is_profile);
    Move move{
        .profile = name,
        .from = formatted("[profile {}] calls aws-vault", Untrusted{name}),
        .keys = {},
        .section = {},
        .serves = found != words.end() ? *found : "",
        .note = "aws-vault keeps the long-term keys: write them to ~/.aws/credentials, then touchsts keys import"};
    moves_.push_back(std::move(move));
  }

  void included(const std::string& name, const aws::Profile& profile) {
    Move move{.profile = {},
              .from = formatted("[profile {}] takes keys from others by include_profile", Untrusted{name}),
              .keys = {},
              .section = name,
              .serves = {},
              .note = {}};
    std::vector<std::string> seen{name};
    std::string next(profile.text("include_profile"));
    while (const aws::Profile* const from = std::ranges::contains(seen, next) ? nullptr : around_.profiles.find(next)) {
      for (const std::string_view key : kIncluded) {
        const auto has_it = [key](const auto& entry) { return entry.first == key; };
        if (from->has(key) && !profile.has(key) && std::ranges::none_of(move.keys, has_it)) {
          move.keys.emplace_back(key, from->text(key));
        }
      }
      seen.push_back(next);
      next = from->text("include_profile");
    }
    if (!move.keys.empty()) {
      moves_.push_back(std::move(move));
    }
  }

  void long_term(const std::string& name, const aws::Profile& profile) {
    const std::string temporary = name.substr(0, name.size() - kLongTerm.size());
    const std::string role(profile.text("assume_role"));
    moves_.push_back(
        {.profile = {},
         .from = formatted("[{}] is a section of aws-mfa", Untrusted{name}),
         .keys = {{"mfa_serial", std::string(profile.text("aws_mfa_device"))}},
         .section = name,
         .serves = {},
         .note = formatted("touchsts login --profile {}{} --write {}, or touchsts setup profile NAME --profile {}",
                           Untrusted{name},
                           role.empty() ? "" : formatted(" --role-arn {}", Untrusted{role}),
                           Untrusted{temporary},
                           Untrusted{name})});
  }

  void temporary(const std::string& name, const aws::Profile& profile) {
    const std::string source(profile.text("source_profile"));
    const aws::Profile* const keys = around_.profiles.find(source);
    if (profile.has("role_arn") || keys == nullptr || !keys->has("mfa_serial") || !keys->has("user_arn")) {
      return;
    }
    moves_.push_back(
        {.profile = {},
         .from = formatted("[{}] is a section of awsmfa", Untrusted{name}),
         .keys = {{"mfa_serial", std::string(keys->text("mfa_serial"))}},
         .section = source,
         .serves = {},
         .note = formatted("touchsts login --profile {} --write {}, or touchsts setup profile NAME --profile {}",
                           Untrusted{source},
                           Untrusted{name},
                           Untrusted{source})});
  }

  const settings::Surroundings& around_;
  Time now_;
  const ReadFile& read_file_;
  std::vector<Move> moves_;
};

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    out += c == '"' || c == '\\' ? std::string{'\\', c} : c == '\n' ? "\\n" : std::string{c};
  }
  return out + "\"";
}

std::string toml_value(std::string_view key, std::string_view value) {
  if (std::ranges::contains(kNumbers, key)) {
    return std::string(value);
  }
  if (!std::ranges::contains(kLists, key)) {
    return toml_text(value);
  }
  std::string list;
  for (const auto& word : settings::words(value)) {
    list += (list.empty() ? "" : ", ") + toml_text(word);
  }
  return "[" + list + "]";
}

std::string toml_section(const Move& move) {
  std::string text = formatted("[profile.{}]\n", toml_text(move.section));
  for (const auto& [key, value] : move.keys) {
    text += formatted("{} = {}\n", key, toml_value(key, value));
  }
  return text;
}

class Migration {
 public:
  Migration(const settings::Surroundings& around, io::World& world) : around_(around), world_(world) {}

  Result<> run(const Move& move, Apply apply) {
    say(move.from + "\n");
    const std::string line = move.serves.empty() ? "" : TRY(process_line(world_.programs.own_path(), move.serves));
    const bool there = around_.own.profiles.contains(move.section);
    if (!move.keys.empty()) {
      say(formatted("  {}{}:\n",
                    Untrusted{around_.paths.own},
                    there ? " has a section of that name, which stays; it would be" : ""));
      say(indented(toml_section(move)));
    }
    if (!line.empty()) {
      say(formatted("  {}, [{}]:\n    credential_process = {}\n", Untrusted{around_.paths.config}, header(move), line));
    }
    if (!move.note.empty()) {
      say("  " + move.note + "\n");
    }
    if (apply == Apply::yes) {
      TRY(apply_keys(move, there));
      TRY(apply_line(move, line));
    }
    return {};
  }

  std::string said() { return std::move(said_); }

 private:
  void say(const std::string& text) { said_ += text; }

  static std::string indented(const std::string& text) {
    std::string out = "    ";
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
      out += text[i];
      out += text[i] == '\n' ? "    " : "";
    }
    return out + "\n";
  }

  static std::string header(const Move& move) {
    return move.profile == "default" ? move.profile : "profile " + move.profile;
  }

  Result<> apply_keys(const Move& move, bool there) {
    if (move.keys.empty() || there || std::ranges::contains(written_, move.section)) {
      return {};
    }
    written_.push_back(move.section);
    return change_shared_file(
        world_, around_.paths.own, world_.clock.steady() + kPatience, [&](std::string_view text) -> Result<Secret> {
          const std::string_view gap = text.empty() ? "" : text.ends_with('\n') ? "\n" : "\n\n";
          const std::string after = formatted("{}{}{}", text, gap, toml_section(move));
          TRY(settings::parse_own_config(after, around_.paths.own));
          return Secret(std::string_view(after));
        });
  }

  Result<> apply_line(const Move& move, const std::string& line) {
    if (line.empty()) {
      return {};
    }
    const codec::IniChange change{.set = {{"credential_process", line}}, .gone = {}};
    return change_shared_file(
        world_, around_.paths.config, world_.clock.steady() + kPatience, [&](std::string_view text) {
          return codec::with_properties(text, header(move), change);
        });
  }

  const settings::Surroundings& around_;
  io::World& world_;
  std::string said_;
  std::vector<std::string> written_;
};

}  // namespace

std::vector<Move> find_moves(const settings::Surroundings& around, Time now, const ReadFile& read_file) {
  return Search(around, now, read_file).moves();
}

Result<int> migrate(Apply apply, io::World& world) {
  const auto around = TRY(settings::look_around(
      world,
      "",
      {.config_at_home = false, .credentials_at_home = false, .bare_sections = aws::BareSections::profiles}));
  const ReadFile read_file = [&world](const std::string& path) {
    return within(Untrusted{path}, world.files.read(path, kLargestFile));
  };
  const auto moves = find_moves(around, world.clock.now(), read_file);
  Migration migration(around, world);
  Result<> done;
  for (const auto& move : moves) {
    done = migration.run(move, apply);
    if (!done) {
      break;
    }
  }
  TRY(world.output.result(moves.empty() ? "nothing of other programs was found\n" : migration.said()));
  TRY(std::move(done));
  if (!moves.empty()) {
    TRY(world.output.result(apply == Apply::yes ? "this is done, except for what has to be done by hand\n"
                                                : "nothing is changed; --apply does it\n"));
  }
  return 0;
}

}  // namespace touchsts::cli::compat
