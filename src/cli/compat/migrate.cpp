#include "cli/compat/migrate.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "aws/section_edit.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "cli/compat/front_ends.h"
#include "cli/profile_command.h"
#include "cli/shared_file.h"
#include "codec/shell_words.h"
#include "codec/url.h"
#include "settings/plan_profile.h"
#include "settings/toml_writer.h"

namespace touchsts::cli::compat {
namespace {

constexpr Seconds kPatience{60};
constexpr std::size_t kLargestFile = std::size_t{1} << 20U;
constexpr std::string_view kLongTerm = "-long-term";

struct TheirKey {
  std::string_view name, ours;
};

// What aws-vault's include_profile hands on, as far as we know the keys.
constexpr std::array<TheirKey, 13> kIncluded = {{{"duration_seconds", "duration_seconds"},
                                                 {"endpoint_url", "endpoint_url"},
                                                 {"external_id", "external_id"},
                                                 {"mfa_process", "mfa_process"},
                                                 {"mfa_serial", "mfa_serial"},
                                                 {"region", "region"},
                                                 {"role_session_name", "role_session_name"},
                                                 {"role_arn", "role_arn"},
                                                 {"source_identity", "source_identity"},
                                                 {"source_profile", "source_profile"},
                                                 {"sts_regional_endpoints", "sts_regional_endpoints"},
                                                 {"session_tags", "tags"},
                                                 {"transitive_session_tags", "transitive_tag_keys"}}};

// The profile that aws-vault takes further keys from, also by the name that the key had first; "" when there is none.
std::string included_by(const aws::Profile& profile) {
  return std::string(profile.text(profile.has("include_profile") ? "include_profile" : "parent_profile"));
}

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
      if (!included_by(profile).empty() || profile.has("session_tags") || profile.has("transitive_session_tags")) {
        of_aws_vault(name, profile);
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
              .note = {},
              .left_out = {}};
    const auto given = read_options(front_end->options, arguments, front_end->manner);
    auto action =
        given ? front_end->read({*given, around_, program, now_, read_file_}) : std::unexpected(given.error());
    const auto* const get = action ? std::get_if<GetCredentials>(&*action) : nullptr;
    if (get == nullptr) {
      move.note = action ? "it does not give credentials as it is" : in_one_line(action.error());
    } else {
      fill(move, *get, around_.profiles.find(name)->find("credential_process"));
    }
    moves_.push_back(std::move(move));
  }

  // Takes a key along, unless its value is none, or is a command that is not run where it stands now: what a line of
  // another file gave (`line`) counts as much as that line.
  void take(Move& move, const std::string& key, const aws::Value& value, const aws::Value* line) const {
    if (const auto written = settings::toml_property(key, value.text); !written) {
      move.left_out.push_back(in_one_line(written.error()));
      return;
    }
    if (settings::profile_key_type(key) == settings::KeyType::command) {
      const bool of_line = line != nullptr && value.place.line == settings::kGivenByCaller;
      const auto counts = settings::check_command(around_, key, of_line ? *line : value);
      if (!counts) {
        move.left_out.push_back(in_one_line(counts.error()));
        return;
      }
    }
    move.keys.emplace_back(key, value.text);
  }

  void fill(Move& move, const GetCredentials& get, const aws::Value* line) const {
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
        take(move, key, value, line);
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
    Move move{.profile = name,
              .from = formatted("[profile {}] calls aws-vault", Untrusted{name}),
              .keys = {},
              .section = {},
              .serves = found != words.end() ? *found : "",
              .note = "aws-vault keeps the long-term keys: write them to ~/.aws/credentials, then touchsts keys import",
              .left_out = {}};
    moves_.push_back(std::move(move));
  }

  // Keys that only aws-vault knows, and those that it has profiles take from others.
  void of_aws_vault(const std::string& name, const aws::Profile& profile) {
    Move move{.profile = {},
              .from = !included_by(profile).empty()
                          ? formatted("[profile {}] takes keys from others by {}",
                                      Untrusted{name},
                                      profile.has("include_profile") ? "include_profile" : "parent_profile")
                          : formatted("[profile {}] has session tags of aws-vault", Untrusted{name}),
              .keys = {},
              .section = name,
              .serves = {},
              .note = {},
              .left_out = {}};
    std::vector<std::string> seen;
    std::string next = name;
    while (const aws::Profile* const from = std::ranges::contains(seen, next) ? nullptr : around_.profiles.find(next)) {
      for (const auto& [key, ours] : kIncluded) {
        const auto has_it = [ours](const auto& entry) { return entry.first == ours; };
        if (from->has(key) && !profile.has(ours) && std::ranges::none_of(move.keys, has_it)) {
          take(move, std::string(ours), *from->find(key), nullptr);
        }
      }
      seen.push_back(next);
      next = included_by(*from);
    }
    if (!move.keys.empty() || !move.left_out.empty()) {
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
                           Untrusted{name}),
         .left_out = {}});
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
                           Untrusted{source}),
         .left_out = {}});
  }

  const settings::Surroundings& around_;
  Time now_;
  const ReadFile& read_file_;
  std::vector<Move> moves_;
};

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
      say(indented(TRY(settings::toml_profile(move.section, move.keys))));
    }
    if (!line.empty()) {
      say(formatted("  {}, [{}]:\n    credential_process = {}\n",
                    Untrusted{around_.paths.config},
                    TRY(aws::section_header(move.profile, aws::SharedFileKind::config)),
                    line));
    }
    if (!move.note.empty()) {
      say("  " + move.note + "\n");
    }
    for (const auto& why : move.left_out) {
      say("  left out: " + why + "\n");
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

  Result<> apply_keys(const Move& move, bool there) {
    if (move.keys.empty() || there || std::ranges::contains(written_, move.section)) {
      return {};
    }
    written_.push_back(move.section);
    return change_shared_file(
        world_, around_.paths.own, world_.clock.steady() + kPatience, [&](std::string_view text) -> Result<Secret> {
          const std::string after = TRY(settings::with_profile(text, move.section, move.keys));
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
          return aws::with_section(text, move.profile, aws::SharedFileKind::config, change);
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

namespace {

// What stands in files of the environment's choice would count as the user's own from now on, commands too.
Result<> check_files(const settings::Paths& paths) {
  for (const auto& [variable, file, usual] :
       {std::tuple("AWS_CONFIG_FILE", &paths.config, paths.config_is_default),
        std::tuple("AWS_SHARED_CREDENTIALS_FILE", &paths.credentials, paths.credentials_is_default)}) {
    if (!usual) {
      return hinted(fail(Fault::configuration,
                         "{} names {}; --apply takes over what stands in ~/.aws alone",
                         variable,
                         Untrusted{*file}),
                    formatted("unset {}, or look first without --apply", variable));
    }
  }
  return {};
}

}  // namespace

Result<int> migrate(Apply apply, io::World& world) {
  const auto around = TRY(settings::look_around(
      world,
      "",
      {.config_at_home = false, .credentials_at_home = false, .bare_sections = aws::BareSections::profiles}));
  if (apply == Apply::yes) {
    TRY(check_files(around.paths));
  }
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
  TRY(world.output.result(moves.empty() ? "nothing of other programs was found\n"
                                        : codec::without_passwords(migration.said())));
  TRY(std::move(done));
  if (!moves.empty()) {
    TRY(world.output.result(apply == Apply::yes ? "this is done, except for what has to be done by hand\n"
                                                : "nothing is changed; --apply does it\n"));
  }
  return 0;
}

}  // namespace touchsts::cli::compat
