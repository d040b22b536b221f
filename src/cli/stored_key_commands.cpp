#include "cli/stored_key_commands.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "aws/section_edit.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "cache/stored_keys.h"
#include "cli/key_store.h"
#include "cli/shared_file.h"
#include "codec/json.h"
#include "codec/location.h"
#include "steps/person_asker.h"

namespace touchsts::cli {
namespace {

constexpr Seconds kUsualTimeout{120};
constexpr std::string_view kKeyId = "aws_access_key_id";
constexpr std::string_view kSecretKey = "aws_secret_access_key";
constexpr std::string_view kCredentials = "CREDENTIALS_DIRECTORY";

class StoredKeysCommand {
 public:
  StoredKeysCommand(const NativeOptions& options,
                    const settings::Surroundings& around,
                    keys::Store store,
                    io::World& world)
      : options_(options),
        around_(around),
        store_(std::move(store)),
        world_(world),
        deadline_(world.clock.steady() + (options.timeout ? Seconds(*options.timeout) : kUsualTimeout)),
        stored_(around.paths.data_home, {world.files, world.clock, world.random}),
        profile_(around, options.profile.empty() ? "default" : options.profile, nullptr) {}

  Result<int> import() {
    const aws::Value* const id = profile_.find(kKeyId);
    const aws::Value* const secret = profile_.find(kSecretKey);
    if (id == nullptr || secret == nullptr || id->text.empty() || secret->secret.empty()) {
      if (const auto stored = profile_.stored_key(); !stored.empty() && id == nullptr && secret == nullptr) {
        return say(formatted(
            "the key {} of profile {} is in the key store already\n", Untrusted{stored}, Untrusted{profile_.name()}));
      }
      return fail(Fault::configuration, "profile {} has no access keys", Untrusted{profile_.name()});
    }
    for (const std::string_view key : {"aws_session_token", "aws_security_token"}) {
      const aws::Value* const token = profile_.find(key);
      if (token != nullptr && !token->secret.empty()) {
        return fail(Fault::configuration, "the keys of profile {} are temporary", Untrusted{profile_.name()});
      }
    }
    // keys.ini is in the grammar of a credentials file.
    if (!aws::section_header(profile_.name(), aws::SharedFileKind::credentials) || !codec::is_name(id->text)) {
      return fail(Fault::configuration, "a name with such signs cannot be kept: {}", Untrusted{profile_.name()});
    }
    const Secret master = TRY(lasting_master_key());
    TRY(stored_.put(id->text, secret->secret, master));
    auto index = around_.stored_keys;
    index.insert_or_assign(profile_.name(), id->text);
    TRY(stored_.write_index(index));
    std::string text =
        formatted("the key {} of profile {} is in the key store", Untrusted{id->text}, Untrusted{profile_.name()});
    if (const auto memory = in_memory(); !memory.empty() && !options_.keep && !options_.force) {
      return say(
          formatted("{}, and in {} as before: {} is kept in memory, and gone after a reboot. Where that file comes "
                    "back by itself: touchsts keys import --force\n",
                    text,
                    Untrusted{secret->place.file},
                    Untrusted{memory}));
    }
    if (options_.keep) {
      return say(text + "; as long as it stands in its file, that one is used\n");
    }
    TRY(within(text + ", but it is still in its file too", take_out(secret->place.file, {kKeyId, kSecretKey})));
    if (id->place.file != secret->place.file) {
      TRY(within(text, take_out(id->place.file, {kKeyId, kSecretKey})));
    }
    return say(formatted("{}, and not in {} any more\n", text, Untrusted{secret->place.file}));
  }

  Result<int> export_key() {
    const std::string id(profile_.stored_key());
    if (id.empty()) {
      return hinted(fail(Fault::usage, "the key store has no key of profile {}", Untrusted{profile_.name()}),
                    "see touchsts keys list");
    }
    if (!options_.section.empty()) {
      return export_to_section(id);
    }
    if (!options_.force) {
      TRY(confirm("export", formatted("print the secret access key of {}", Untrusted{id})));
    }
    const Secret master = TRY(master_key());
    const Secret secret = TRY(stored_.find(id, master));
    SecretWriter text;
    for (const std::string_view part : {std::string_view("["),
                                        std::string_view(profile_.name()),
                                        std::string_view("]\naws_access_key_id = "),
                                        std::string_view(id),
                                        std::string_view("\naws_secret_access_key = "),
                                        secret.reveal_text(),
                                        std::string_view("\n")}) {
      text.append(part);
    }
    TRY(world_.output.result(text.take().reveal_text()));
    return 0;
  }

  Result<int> password() {
    const auto where = codec::parse_location(profile_.text("saml_endpoint"));
    const std::string_view user = profile_.text("saml_username");
    if (!where || user.empty()) {
      return hinted(fail(Fault::configuration, "profile {} logs in nowhere", Untrusted{profile_.name()}),
                    "give it saml_endpoint and saml_username");
    }
    const std::string origin = codec::to_text(where->origin);
    const std::string id = cache::password_id(user, origin);
    const std::string name = formatted("the password of {} at {}", Untrusted{user}, Untrusted{origin});
    auto index = around_.stored_keys;
    if (options_.clear) {
      if (index.erase(id) == 0) {
        return fail(Fault::usage, "{} is not in the key store", name);
      }
      const Secret master = TRY(master_key());
      TRY(stored_.write_index(index));
      TRY(stored_.remove(id, master));
      return say(name + " is not kept any more\n");
    }
    const Secret master = TRY(lasting_master_key());
    const Secret typed = TRY(new_password(formatted("Password of {} at {}: ", Untrusted{user}, Untrusted{origin})));
    TRY(stored_.put(id, typed, master));
    index.insert_or_assign(id, id);
    TRY(stored_.write_index(index));
    return say(name + " is in the key store\n");
  }

  Result<int> list(TextFormat format) {
    codec::Json json = codec::Json::array();
    std::string text;
    for (const auto& [profile, access_key_id] : around_.stored_keys) {
      json.push_back({{"profile", profile}, {"access_key_id", access_key_id}});
      text += formatted("{}  {}\n", Untrusted{access_key_id}, Untrusted{profile});
    }
    return say(format == TextFormat::json ? codec::to_text(json) + "\n" : text);
  }

  Result<int> remove() {
    const std::string id(profile_.stored_key());
    if (id.empty()) {
      return hinted(fail(Fault::usage, "the key store has no key of profile {}", Untrusted{profile_.name()}),
                    "see touchsts keys list");
    }
    if (!options_.force) {
      TRY(confirm("remove", formatted("remove the key {} for good", Untrusted{id})));
    }
    auto index = around_.stored_keys;
    index.erase(profile_.name());
    const Secret master = TRY(master_key());
    TRY(stored_.write_index(index));
    const auto others = [&id](const auto& entry) { return entry.second == id; };
    if (std::ranges::none_of(index, others)) {
      TRY(stored_.remove(id, master));
    }
    return say(formatted("removed the key {} of profile {}\n", Untrusted{id}, Untrusted{profile_.name()}));
  }

 private:
  Result<Secret> master_key() {
    auto person = TRY(steps::PersonAsker::of(around_, world_, deadline_));
    auto master = TRY(store_.open(options_.no_prompt ? nullptr : &person));
    if (!master) {
      return hinted(fail(Fault::key_store, "there is no key store that lasts"), "make one: touchsts setup");
    }
    return *std::move(master);
  }

  // For what is to be kept.
  Result<Secret> lasting_master_key() {
    auto person = TRY(steps::PersonAsker::of(around_, world_, deadline_));
    return store_.open_lasting(options_.no_prompt ? nullptr : &person);
  }

  // What of the key store is gone after a reboot: the key file, or the folder that stored keys lie in; "" when nothing
  // is. systemd keeps its credentials in memory, and brings them back.
  std::string in_memory() {
    const auto& [file, from] = std::pair(store_.sources().key_file, store_.sources().key_file_from);
    if (!file.empty() && from != kCredentials && world_.files.in_memory(file)) {
      return "the key file " + file;
    }
    return world_.files.in_memory(around_.paths.data_home) ? "the folder " + around_.paths.data_home : "";
  }

  // A section with the same key stays as it is, one with other keys too.
  Result<int> export_to_section(const std::string& id) {
    const auto& file = around_.paths.credentials;
    const auto free = [&](std::string_view text) -> Result<> {
      TRY(aws::section_header(options_.section, aws::SharedFileKind::credentials));
      const auto sections = TRY(codec::parse_ini(text));
      const auto* const there = TRY(aws::find_section(sections, options_.section, aws::SharedFileKind::credentials));
      return there == nullptr || TRY(aws::held_keys(*there)) == aws::SectionKeys::none
                 ? Result<>()
                 : hinted(fail(Fault::configuration, "section [{}] holds keys already", Untrusted{options_.section}),
                          "name another section");
    };
    const auto content = TRY(within(Untrusted{file}, world_.files.read(file, settings::kSharedFileLimit)));
    TRY(within(Untrusted{file}, free(content ? content->bytes.reveal_text() : std::string_view())));
    const Secret master = TRY(master_key());
    const Secret secret = TRY(stored_.find(id, master));
    const codec::IniChange change{.set = {{kKeyId, id}, {kSecretKey, secret.reveal_text()}}, .gone = {}};
    TRY(change_shared_file(world_, file, deadline_, [&](std::string_view text) -> Result<Secret> {
      TRY(free(text));
      return aws::with_section(text, options_.section, aws::SharedFileKind::credentials, change);
    }));
    return say(formatted("the key {} is in section [{}] of {}, and still in the key store\n",
                         Untrusted{id},
                         Untrusted{options_.section},
                         Untrusted{file}));
  }

  Result<Secret> new_password(const std::string& question) {
    if (auto given = TRY(read_password_fd(options_.saml_password_fd, world_))) {
      return *std::move(given);
    }
    if (options_.no_prompt) {
      return fail(Fault::no_human, "a password is needed, and --no-prompt forbids to ask");
    }
    auto typed = TRY(world_.terminal.ask(question, deadline_, {}));
    return typed && !typed->empty() ? *std::move(typed)
                                    : Result<Secret>(fail(Fault::no_human, "no password was typed"));
  }

  Result<> take_out(const std::string& path, const std::array<std::string_view, 2>& keys) {
    const auto file =
        path == around_.paths.credentials ? aws::SharedFileKind::credentials : aws::SharedFileKind::config;
    return change_shared_file(world_, path, deadline_, [&](std::string_view text) {
      return aws::without_keys(text, profile_.name(), file, keys);
    });
  }

  Result<> confirm(std::string_view word, const std::string& what) {
    if (options_.no_prompt || !world_.terminal.in_reach()) {
      return hinted(fail(Fault::no_human, "a person must confirm on a terminal to {}", what), "give --force");
    }
    const auto typed = TRY(world_.terminal.ask(formatted("type '{}' to {}: ", word, what), deadline_, {}));
    return typed && typed->reveal_text() == word ? Result<>() : fail(Fault::no_human, "nothing was done");
  }

  Result<int> say(const std::string& text) {
    TRY(world_.output.result(text));
    return 0;
  }

  const NativeOptions& options_;
  const settings::Surroundings& around_;
  keys::Store store_;
  io::World& world_;
  Deadline deadline_;
  cache::StoredKeys stored_;
  settings::ProfileView profile_;
};

Result<StoredKeysCommand> open(const NativeOptions& options, const settings::Surroundings& around, io::World& world) {
  return StoredKeysCommand(options, around, TRY(open_key_store(options.keys, around, world)), world);
}

}  // namespace

Result<int> keys_import(const NativeOptions& options, const settings::Surroundings& around, io::World& world) {
  return TRY(open(options, around, world)).import();
}

Result<int> keys_export(const NativeOptions& options, const settings::Surroundings& around, io::World& world) {
  return TRY(open(options, around, world)).export_key();
}

Result<int> keys_password(const NativeOptions& options, const settings::Surroundings& around, io::World& world) {
  return TRY(open(options, around, world)).password();
}

Result<int> keys_list(const NativeOptions& options,
                      const settings::Surroundings& around,
                      TextFormat format,
                      io::World& world) {
  return TRY(open(options, around, world)).list(format);
}

Result<int> keys_remove(const NativeOptions& options, const settings::Surroundings& around, io::World& world) {
  return TRY(open(options, around, world)).remove();
}

}  // namespace touchsts::cli
