#include "cli/stored_key_commands.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "cache/stored_keys.h"
#include "cli/key_store.h"
#include "cli/shared_file.h"
#include "codec/ini_edit.h"
#include "codec/json.h"
#include "codec/location.h"
#include "steps/person_asker.h"

namespace touchsts::cli {
namespace {

constexpr Seconds kUsualTimeout{120};
constexpr std::string_view kKeyId = "aws_access_key_id";
constexpr std::string_view kSecretKey = "aws_secret_access_key";

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
      return fail(Fault::configuration, "profile {} has no access keys", Untrusted{profile_.name()});
    }
    for (const std::string_view key : {"aws_session_token", "aws_security_token"}) {
      if (profile_.find(key) != nullptr) {
        return fail(Fault::configuration, "the keys of profile {} are temporary", Untrusted{profile_.name()});
      }
    }
    if (!codec::is_name(profile_.name()) || !codec::is_name(id->text)) {
      return fail(Fault::configuration, "a name with such signs cannot be kept: {}", Untrusted{profile_.name()});
    }
    const Secret master = TRY(master_key());
    TRY(stored_.put(id->text, secret->secret, master));
    auto index = around_.stored_keys;
    index.insert_or_assign(profile_.name(), id->text);
    TRY(stored_.write_index(index));
    std::string text =
        formatted("the key {} of profile {} is in the key store", Untrusted{id->text}, Untrusted{profile_.name()});
    if (options_.keep) {
      return say(text + "; as long as it stands in its file, that one is used\n");
    }
    TRY(within(text + ", but it is still in its file too", take_out(secret->place.file, {kKeyId, kSecretKey})));
    if (id->place.file != secret->place.file) {
      TRY(within(text, take_out(id->place.file, {kKeyId, kSecretKey})));
    }
    return say(formatted("{}, and not in {} any more\n", text, Untrusted{secret->place.file}));
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
    const Secret master = TRY(master_key());
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
      TRY(confirm(id));
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

  Result<Secret> new_password(const std::string& question) {
    if (auto given = TRY(read_passphrase_fd(options_.saml_password_fd, world_))) {
      return *std::move(given);
    }
    if (options_.no_prompt) {
      return fail(Fault::no_human, "a password is needed, and --no-prompt forbids to ask");
    }
    auto typed = TRY(world_.terminal.ask(question, deadline_, {}));
    return typed && !typed->empty() ? *std::move(typed)
                                    : Result<Secret>(fail(Fault::no_human, "no password was typed"));
  }

  // The section of AWS's files that a profile has: [NAME] in the credentials, [profile NAME] in the configuration.
  Result<> take_out(const std::string& path, const std::array<std::string_view, 2>& keys) {
    const bool plain = path == around_.paths.credentials || profile_.name() == "default";
    const std::string header = plain ? profile_.name() : "profile " + profile_.name();
    return change_shared_file(
        world_, path, deadline_, [&](std::string_view text) { return codec::without_properties(text, header, keys); });
  }

  Result<> confirm(const std::string& id) {
    if (options_.no_prompt) {
      return fail(Fault::no_human, "a key is removed for good only with --force, or when somebody can be asked");
    }
    const std::string question = formatted("type 'remove' to remove the key {} for good: ", Untrusted{id});
    const auto typed = TRY(world_.terminal.ask(question, deadline_, {}));
    return typed && typed->reveal_text() == "remove" ? Result<>() : fail(Fault::no_human, "nothing was removed");
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
