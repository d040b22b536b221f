#include "cli/key_commands.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "cache/entry_store.h"
#include "cache/session_key.h"
#include "cache/stored_keys.h"
#include "cli/key_store.h"
#include "cli/store_state.h"
#include "codec/json.h"
#include "keys/password_work.h"
#include "steps/person_asker.h"

namespace touchsts::cli {
namespace {

constexpr Seconds kUsualTimeout{120};
constexpr Seconds kLongestUnlock{30 * 24 * 3600};

// "8h", "30m", "2d", "3600s" or "3600".
Result<Seconds> parse_life(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const std::int64_t seconds = unit == "d"                   ? 24 * 3600
                               : unit == "h"                 ? 3600
                               : unit == "m"                 ? 60
                               : unit.empty() || unit == "s" ? 1
                                                             : 0;
  if (trouble != std::errc() || seconds == 0 || number <= 0 || number > kLongestUnlock.count() / seconds) {
    return fail(Fault::usage, "--for {}: a number with s, m, h or d behind it, up to 30 days", Untrusted{text});
  }
  return Seconds(number * seconds);
}

class Keys {
 public:
  Keys(const NativeOptions& options, const settings::Surroundings& around, keys::Store store, io::World& world)
      : options_(options),
        around_(around),
        store_(std::move(store)),
        world_(world),
        deadline_(world.clock.steady() + (options.timeout ? Seconds(*options.timeout) : kUsualTimeout)) {}

  Result<int> setup() {
    look_at_keyring();
    if (TRY(store_.named())) {
      return say(formatted("touchsts uses the key {}; there is nothing else to set up\n", named_text(store_)));
    }
    steps::PersonAsker person = TRY(steps::PersonAsker::of(around_, world_, deadline_));
    if (!options_.drop.empty()) {
      TRY(store_.drop(options_.drop == "passphrase" ? keys::Holder::passphrase : keys::Holder::secret_service,
                      asker(person)));
      return report();
    }
    const bool chosen = options_.passphrase || options_.secret_service;
    auto key = TRY(store_.open(asker(person)));
    if (TRY(store_.slots()) && !chosen) {
      return report();
    }
    const Secret master = key ? *std::move(key) : store_.fresh_key();
    if (options_.secret_service || !chosen) {
      const auto added = store_.add_secret_service(master, asker(person));
      if (!added && (chosen || added.error().fault == Fault::no_human)) {
        return std::unexpected(added.error());
      }
      if (added && !options_.passphrase) {
        return report();
      }
      if (!added) {
        world_.terminal.tell("the desktop cannot keep the key (" + added.error().text + "), so a passphrase will");
      }
    }
    TRY(set_passphrase(master, person));
    return report();
  }

  Result<int> lock() {
    if (TRY(store_.named())) {
      return hinted(fail(Fault::usage, "the key {} cannot be locked", named_text(store_)), "move the file away");
    }
    const bool lasting = TRY(store_.slots()).has_value();
    store_.lock();
    return say(lasting ? "locked\n"
                       : "locked; what was cached cannot be read any more, since nothing else has its key\n");
  }

  Result<int> unlock() {
    look_at_keyring();
    const Seconds life = options_.life.empty() ? keys::kKeyringLife : TRY(parse_life(options_.life));
    if (TRY(store_.named())) {
      return say(formatted("the key {} needs no unlocking\n", named_text(store_)));
    }
    steps::PersonAsker person = TRY(steps::PersonAsker::of(around_, world_, deadline_));
    if (!TRY(store_.open(asker(person), life))) {
      return hinted(fail(Fault::key_store, "there is no key store to unlock"), "make one: touchsts setup");
    }
    if (!stays_unlocked()) {
      return hinted(fail(Fault::key_store, "the kernel keyring cannot keep the key here"),
                    "name a key file: TOUCHSTS_KEY_FILE, or [cache] key_file in config.toml");
    }
    return say(formatted("unlocked for {} minutes\n", life.count() / 60));
  }

  Result<int> rekey() {
    steps::PersonAsker person = TRY(steps::PersonAsker::of(around_, world_, deadline_));
    const auto old = TRY(store_.open(asker(person)));
    if (!old) {
      return hinted(fail(Fault::key_store, "there is no key store"), "make one: touchsts setup");
    }
    if (TRY(store_.named()) || !options_.old_key_file.empty()) {
      return take_over(*old, person);
    }
    const auto passphrase = TRY(known_passphrase(person));
    TRY(replace(*old, store_.fresh_key(), passphrase ? &*passphrase : nullptr, person));
    cache::SessionKey key(store_);
    cache::EntryStore entries = open_entry_store(around_, key, world_);
    const auto removed = TRY(entries.clear());
    return say(formatted("the key is a new one; {} cached sessions were removed\n", removed));
  }

  Result<int> status(TextFormat format) {
    const auto state = TRY(store_state(store_));
    cache::SessionKey key(store_);
    cache::EntryStore entries = open_entry_store(around_, key, world_);
    // What is cached has a key of its own in the kernel's keyring, or one that is made of the store's.
    const bool has_key = key.find_or_open().value_or(nullptr) != nullptr;
    const auto listed = entries.list();
    const std::size_t count = listed ? listed->size() : 0;
    const auto opening = [&] { return std::ranges::count_if(*listed, &cache::EntryStore::Listed::opens); };
    const std::size_t readable = listed ? static_cast<std::size_t>(opening()) : 0;
    const std::string scope = world_.keyring.scope_name(store_.sources().scope);
    codec::Json holders = codec::Json::array();
    codec::Json protectors = codec::Json::array();
    std::string text;
    for (const auto& [holder, name, open, why] : state.protectors) {
      holders.push_back(name);
      protectors.push_back({{"name", name}, {"open", open}, {"why", why}});
      text += formatted("{}{}: {}", text.empty() ? "" : ", ", name, open ? std::string_view("open") : why);
    }
    const codec::Json json = {{"key_file", state.named ? codec::Json(*state.named) : codec::Json()},
                              {"holders", holders},
                              {"protectors", protectors},
                              {"unlocked", state.unlocked()},
                              {"sessions", count},
                              {"sessions_readable", has_key && listed && (readable > 0 || count == 0)},
                              {"keyring", scope}};
    text = formatted("key      {}\nstate    {}\nsessions {}\nkeyring  {}\n",
                     state.named    ? *state.named
                     : text.empty() ? "no key store; touchsts setup makes one"
                                    : text,
                     lock_text(state),
                     !listed      ? "unreadable: " + printable(in_one_line(listed.error()))
                     : count == 0 ? "none cached"
                                  : formatted("{} cached, {}", count, readable_text(state, readable, count, has_key)),
                     scope);
    return say(format == TextFormat::json ? codec::to_text(json) + "\n" : text);
  }

 private:
  keys::Asker* asker(steps::PersonAsker& person) { return options_.no_prompt ? nullptr : &person; }

  // For the next process, too.
  bool stays_unlocked() { return keyring_lasts_ && store_.in_keyring(); }

  // Before a key is put there: a process without a session keyring gets one with that, for itself and its children.
  void look_at_keyring() { keyring_lasts_ = world_.keyring.probe(store_.sources().scope).has_value(); }

  static std::string readable_text(const StoreState& state, std::size_t readable, std::size_t count, bool has_key) {
    return readable == count          ? std::string("readable")
           : readable > 0             ? formatted("{} readable", readable)
           : has_key                  ? "unreadable (another key sealed them)"
           : state.protectors.empty() ? "unreadable (their key is gone)"
                                      : "unreadable (store locked)";
  }

  static std::string_view lock_text(const StoreState& state) {
    return state.named || state.in_keyring ? "unlocked"
           : state.opens()                 ? "unlocked by a run, without asking"
           : state.protectors.empty()      ? "none"
                                           : "locked";
  }

  Result<int> say(const std::string& text) {
    TRY(world_.output.result(text));
    return 0;
  }

  Result<int> report() {
    std::string text = "touchsts' key is held by";
    const auto slots = TRY(store_.slots());
    for (const auto& slot : slots ? slots->slots : std::vector<keys::Slot>()) {
      text += (text.ends_with("by") ? " " : ", and by ") + text_of(slot);
    }
    text +=
        stays_unlocked()
            ? "\nunlocked for twelve hours in the kernel's keyring (touchsts cache lock, unlock)\n"
            : "\nthe kernel has no keyring for it here, so every run asks for it anew; a key file would do without\n";
    return say(text);
  }

  // A key file is changed by naming another one. What is stored under the old one, or under the store's own key, comes
  // after it.
  Result<int> take_over(const Secret& master, steps::PersonAsker& person) {
    const auto& now = store_.sources();
    keys::Store before({.key_file = options_.old_key_file,
                        .key_file_from = "--old-key-file",
                        .scope = now.scope,
                        .store_id = now.store_id,
                        .data_home = now.data_home},
                       store_.parts());
    const auto old = TRY(before.open(asker(person)));
    if (!old) {
      return hinted(fail(Fault::usage, "a new key is the content of another key file"),
                    "name it, and take over what is stored: touchsts cache rekey --old-key-file FILE");
    }
    cache::StoredKeys stored(around_.paths.data_home, {world_.files, world_.clock, world_.random});
    int moved = 0;
    for (const auto& [profile, id] : around_.stored_keys) {
      if (stored.find(id, master)) {
        continue;
      }
      const Secret secret = TRY(stored.find(id, *old));
      TRY(stored.put(id, secret, master));
      TRY(stored.remove(id, *old));
      ++moved;
    }
    cache::SessionKey key(store_);
    cache::EntryStore entries = open_entry_store(around_, key, world_);
    const auto removed = TRY(entries.clear());
    return say(formatted("{} stored keys were taken over{}\n",
                         moved,
                         removed == 0 ? std::string() : formatted("; {} cached sessions were removed", removed)));
  }

  // Stored keys lie under both master keys until one of the two is gone.
  Result<> replace(const Secret& old, const Secret& fresh, const Secret* passphrase, steps::PersonAsker& person) {
    cache::StoredKeys stored(around_.paths.data_home, {world_.files, world_.clock, world_.random});
    for (const auto& [profile, id] : around_.stored_keys) {
      const Secret secret = TRY(stored.find(id, old));
      TRY(stored.put(id, secret, fresh));
    }
    auto replaced = store_.replace(fresh, passphrase, asker(person));
    for (const auto& [profile, id] : around_.stored_keys) {
      if (const auto removed = stored.remove(id, replaced ? old : fresh); !removed) {
        world_.log.warn("{}", removed.error().text);
      }
    }
    return replaced;
  }

  Result<> set_passphrase(const Secret& master, steps::PersonAsker& person) {
    auto given = TRY(read_passphrase_fd(options_.new_passphrase_fd, world_));
    if (!given && options_.no_prompt) {
      return fail(Fault::no_human, "a passphrase is needed, and --no-prompt forbids to ask");
    }
    const Secret passphrase = given ? *std::move(given) : TRY(person.new_passphrase());
    const auto work = options_.pbkdf2 ? keys::kPbkdf2Work : TRY(keys::calibrated_work(world_.clock, world_.files));
    return store_.set_passphrase(master, passphrase, work);
  }

  // The store's passphrase, when it has one: what wraps the new key must be what unlocks it later.
  Result<std::optional<Secret>> known_passphrase(steps::PersonAsker& person) {
    const auto slots = TRY(store_.slots());
    if (!slots || !std::ranges::contains(slots->slots, keys::Holder::passphrase, &keys::Slot::holder)) {
      return std::nullopt;
    }
    if (store_.sources().passphrase) {
      if (!TRY(store_.unwrap_with(*store_.sources().passphrase))) {
        return fail(Fault::key_store, "the passphrase from {} is not the store's", store_.sources().passphrase_from);
      }
      return store_.sources().passphrase->clone();
    }
    if (options_.no_prompt) {
      return fail(Fault::no_human, "the new key needs the store's passphrase, and --no-prompt forbids to ask");
    }
    for (int tried = 0; tried < 3; ++tried) {
      Secret typed = TRY(person.passphrase(tried > 0));
      if (TRY(store_.unwrap_with(typed))) {
        return typed;
      }
    }
    return fail(Fault::no_human, "that was not the passphrase of the key store");
  }

  const NativeOptions& options_;
  const settings::Surroundings& around_;
  keys::Store store_;
  io::World& world_;
  Deadline deadline_;
  bool keyring_lasts_ = false;
};

Result<Keys> open_keys(const NativeOptions& options, const settings::Surroundings& around, io::World& world) {
  return Keys(options, around, TRY(open_key_store(options.keys, around, world)), world);
}

}  // namespace

Result<int> setup(const NativeOptions& options, const settings::Surroundings& around, io::World& world) {
  return TRY(open_keys(options, around, world)).setup();
}

Result<int> cache_lock(const NativeOptions& options, const settings::Surroundings& around, io::World& world) {
  return TRY(open_keys(options, around, world)).lock();
}

Result<int> cache_unlock(const NativeOptions& options, const settings::Surroundings& around, io::World& world) {
  return TRY(open_keys(options, around, world)).unlock();
}

Result<int> cache_rekey(const NativeOptions& options, const settings::Surroundings& around, io::World& world) {
  return TRY(open_keys(options, around, world)).rekey();
}

Result<int> cache_status(const NativeOptions& options,
                         const settings::Surroundings& around,
                         TextFormat format,
                         io::World& world) {
  return TRY(open_keys(options, around, world)).status(format);
}

}  // namespace touchsts::cli
