#include "keys/store.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "base/untrusted.h"
#include "codec/hex.h"
#include "crypto/hash.h"
#include "keys/password_work.h"

namespace touchsts::keys {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLargestKeyFile = 4096;
constexpr const char* kFolder = "touchsts";
constexpr const char* kSlotsFile = "slots";
constexpr auto kServicePatience = 2s;  // with a secret store whose prompt the person cannot see
constexpr int kTries = 3;              // at a passphrase
constexpr std::string_view kUnlockHint = "unlock it with touchsts cache unlock";

io::SecretStore::Ask ask_of(const Asker* asker) {
  return asker != nullptr ? io::SecretStore::Ask::yes : io::SecretStore::Ask::no;
}

bool has(const Slots& slots, Holder holder) { return std::ranges::contains(slots.slots, holder, &Slot::holder); }

}  // namespace

std::string store_id_for(const std::string& data_home) {
  return codec::hex(std::span<const std::byte>(crypto::sha256("touchsts store\n" + data_home)).first(8));
}

// What is named has 256 random bits or more, so HKDF alone makes the master key of it.
Result<Secret> Store::key_from(std::span<const std::byte> bytes) {
  if (bytes.size() < kMasterKeySize) {
    return fail(Fault::key_store, "it needs at least 32 random bytes");
  }
  constexpr std::string_view kInfo = "touchsts/1 key file";
  return crypto::hkdf_sha256(bytes, {}, std::as_bytes(std::span(kInfo)), kMasterKeySize);
}

Result<Secret> Store::from_key_file() {
  auto content = parts_.files.read_regular(sources_.key_file, kLargestKeyFile);
  if (!content) {
    return fail(Fault::key_store, "{}", content.error().text);
  }
  if (!*content) {
    return hinted(fail(Fault::key_store, "there is no such file"),
                  "make one: (umask 077; head -c 32 /dev/urandom > FILE)");
  }
  const auto& file = **content;
  if ((file.mode & 077) != 0) {
    return hinted(fail(Fault::key_store, "it can be read by others"), "chmod 600 FILE");
  }
  if (const auto distrust = parts_.files.distrust(sources_.key_file)) {
    return hinted(fail(Fault::key_store, "{}", distrust->why), distrust->remedy);
  }
  return key_from(file.bytes.reveal());
}

Result<std::optional<Secret>> Store::named() {
  if (sources_.key) {
    return TRY(within("the key", key_from(sources_.key->reveal())));
  }
  if (!sources_.key_file.empty()) {
    const auto which = formatted("key file {} ({})", Untrusted{sources_.key_file}, sources_.key_file_from);
    return TRY(within(which, from_key_file()));
  }
  return std::nullopt;
}

Result<std::optional<Slots>> Store::slots() {
  if (sources_.data_home.empty()) {
    return std::nullopt;
  }
  const auto folder = TRY(parts_.files.private_folder(sources_.data_home, kFolder, io::Files::Create::no));
  if (!folder) {
    return std::nullopt;
  }
  const auto where = formatted("{}/{}/{}", Untrusted{sources_.data_home}, kFolder, kSlotsFile);
  auto loaded = folder->load(kSlotsFile, kLargestSlotsFile);
  if (!loaded) {
    return fail(Fault::key_store, "{} {}", where, loaded.error().text);
  }
  if (!*loaded) {
    return std::nullopt;
  }
  return TRY(within(where, decode_slots(**loaded)));
}

Result<> Store::write(const Slots& slots) {
  if (sources_.data_home.empty()) {
    return fail(Fault::key_store, "there is no home folder for a key store");
  }
  const auto folder = TRY(parts_.files.private_folder(sources_.data_home, kFolder, io::Files::Create::yes));
  return folder->write(kSlotsFile, encode_slots(slots));
}

io::SecretStore::Attributes Store::attributes(const KeyId& key_id) const {
  return {{"application", "touchsts"}, {"store", sources_.store_id}, {"key", codec::hex(key_id)}};
}

// The key's id is enough, and all that a home still knows after it was moved to another path.
io::SecretStore::Attributes Store::known_by(const KeyId* key_id) const {
  return {{"application", "touchsts"},
          key_id != nullptr ? io::SecretStore::Attributes::value_type{"key", codec::hex(*key_id)}
                            : io::SecretStore::Attributes::value_type{"store", sources_.store_id}};
}

Deadline Store::patience(Asker* asker) {
  return asker != nullptr ? asker->deadline() : parts_.clock.steady() + kServicePatience;
}

Result<> Store::worth_asking(Asker* asker) {
  return asker == nullptr && service_trouble_ ? Result<>(std::unexpected(*service_trouble_)) : Result<>();
}

Result<std::optional<Secret>> Store::from_secret_service(const KeyId* key_id, Asker* asker) {
  TRY(worth_asking(asker));
  auto answer = parts_.secrets.find(known_by(key_id), ask_of(asker), patience(asker));
  if (!answer) {
    service_trouble_ = answer.error();
  }
  auto found = TRY(std::move(answer));
  if (found && (found->size() != kMasterKeySize || (key_id != nullptr && key_id_of(*found) != *key_id))) {
    return fail(Fault::key_store, "the desktop's secret store has another key under our name");
  }
  return found;
}

void Store::remember(const Secret& master_key, Seconds life) {
  if (const auto kept = parts_.keyring.keep(master_key_name(), master_key, life, sources_.scope); !kept) {
    parts_.log.debug("{}", kept.error().text);
  }
}

Result<std::optional<Secret>> Store::unwrap_with(const Secret& passphrase) {
  const auto found = TRY(slots());
  parts_.log.debug("key store: a passphrase is tried");
  for (const Slot& slot : found ? found->slots : std::vector<Slot>()) {
    if (slot.holder == Holder::passphrase) {
      TRY(check_memory(slot.work, memory_limit(parts_.files)));
      if (auto key = TRY(unwrap(slot, found->key_id, passphrase))) {
        return key;
      }
    }
  }
  return std::nullopt;
}

Result<Secret> Store::by_passphrase(Asker* asker) {
  if (sources_.passphrase) {
    if (auto key = TRY(unwrap_with(*sources_.passphrase))) {
      return *std::move(key);
    }
    return fail(Fault::key_store, "the passphrase from {} is not the store's", sources_.passphrase_from);
  }
  if (asker == nullptr) {
    return fail(Fault::key_store, "it has a passphrase");
  }
  for (int tried = 0; tried < kTries; ++tried) {
    const Secret typed = TRY(asker->passphrase(tried > 0));
    if (auto key = TRY(unwrap_with(typed))) {
      return *std::move(key);
    }
  }
  return fail(Fault::no_human, "that was not the passphrase of the key store");
}

Result<Secret> Store::unlock(const Slots& slots, Asker* asker) {
  Error why{Fault::key_store, "nothing holds its key", {}};
  if (has(slots, Holder::secret_service)) {
    auto found = from_secret_service(&slots.key_id, asker);
    if (found && *found) {
      return **std::move(found);
    }
    why = found ? Error{Fault::key_store, "the desktop's secret store does not have its key any more", {}}
                : std::move(found).error();
  }
  if (has(slots, Holder::passphrase)) {
    auto found = by_passphrase(asker);
    if (found) {
      return found;
    }
    why = std::move(found).error();
  }
  why.text = "the key store is locked: " + why.text;
  why.hint = why.hint.empty() && asker == nullptr ? kUnlockHint : why.hint;
  return std::unexpected(std::move(why));
}

// The kernel's keyring may have the key of another store that was there before.
std::optional<Secret> Store::kept_key(const std::optional<Slots>& known) {
  auto kept = parts_.keyring.find(master_key_name(), sources_.scope);
  const bool fits = kept && kept->size() == kMasterKeySize && (!known || key_id_of(*kept) == known->key_id);
  return fits ? std::move(kept) : std::nullopt;
}

Result<std::optional<Secret>> Store::held_key(const std::optional<Slots>& known, Asker* asker) {
  if (known) {
    return TRY(unlock(*known, asker));
  }
  // The file of slots may have been lost, or its disk may be read-only.
  auto found = from_secret_service(nullptr, asker);
  if (!found) {
    parts_.log.debug("{}", found.error().text);
    return std::nullopt;
  }
  return *std::move(found);
}

Result<std::optional<Secret>> Store::open(Asker* asker, std::optional<Seconds> life) {
  if (auto key = TRY(named())) {
    return key;
  }
  const auto known = TRY(slots());
  if (auto kept = kept_key(known)) {
    if (life) {
      remember(*kept, *life);
    }
    return kept;
  }
  auto key = TRY(held_key(known, asker));
  if (key) {
    remember(*key, life.value_or(kKeyringLife));
  }
  return key;
}

Result<std::optional<Secret>> Store::look() {
  if (auto key = TRY(named())) {
    return key;
  }
  const auto known = TRY(slots());
  auto kept = kept_key(known);
  return kept ? Result<std::optional<Secret>>(std::move(kept)) : held_key(known, nullptr);
}

Result<Secret> Store::open_lasting(Asker* asker) {
  if (auto key = TRY(named())) {
    return *std::move(key);
  }
  const auto known = TRY(slots());
  auto kept = parts_.keyring.find(master_key_name(), sources_.scope);
  const bool fits = known && kept && kept->size() == kMasterKeySize && key_id_of(*kept) == known->key_id;
  // A passphrase's slot was opened with it when it was made; a secret store may have lost its key since.
  if (fits && has(*known, Holder::passphrase)) {
    return *std::move(kept);
  }
  if (known) {
    Secret key = TRY(unlock(*known, asker));
    remember(key, kKeyringLife);
    return key;
  }
  if (auto found = from_secret_service(nullptr, asker); found && *found) {
    return **std::move(found);
  }
  return kept ? hinted(fail(Fault::key_store,
                            "nothing that lasts holds the store's key: {}/{}/{} is gone, and the kernel's keyring has "
                            "the key "
                            "for hours only",
                            Untrusted{sources_.data_home},
                            kFolder,
                            kSlotsFile),
                       "keep it for good: touchsts setup")
              : hinted(fail(Fault::key_store, "there is no key store that lasts"), "make one: touchsts setup");
}

Result<> Store::add_secret_service(const Secret& master_key, Asker* asker) {
  TRY(worth_asking(asker));
  auto known = TRY(slots()).value_or(Slots{.key_id = key_id_of(master_key), .slots = {}});
  const auto kept =
      parts_.secrets.keep("touchsts master key", attributes(known.key_id), master_key, ask_of(asker), patience(asker));
  if (!kept && kept.error().fault == Fault::no_human) {
    advice_ = kept.error();
  }
  TRY(kept);
  if (!has(known, Holder::secret_service)) {
    known.slots.push_back({.holder = Holder::secret_service});
    TRY(write(known));
  }
  remember(master_key, kKeyringLife);
  return {};
}

Result<> Store::set_passphrase(const Secret& master_key, const Secret& passphrase, const PasswordWork& work) {
  auto known = TRY(slots()).value_or(Slots{.key_id = key_id_of(master_key), .slots = {}});
  const Slots before = known;
  std::erase_if(known.slots, [](const Slot& slot) { return slot.holder == Holder::passphrase; });
  known.slots.push_back(TRY(passphrase_slot(master_key, passphrase, work, parts_.random)));
  TRY(write(known));
  const auto opened = unwrap_with(passphrase);
  if (!opened || !*opened || !std::ranges::equal((*opened)->reveal(), master_key.reveal())) {
    TRY(write(before));
    return fail(Fault::key_store, "the new passphrase does not open what was written, so the store is as it was");
  }
  remember(master_key, kKeyringLife);
  return {};
}

Result<> Store::drop(Holder holder, Asker* asker) {
  auto known = TRY(slots());
  if (!known || !has(*known, holder)) {
    return fail(Fault::usage, "the key store does not have that");
  }
  std::erase_if(known->slots, [holder](const Slot& slot) { return slot.holder == holder; });
  if (known->slots.empty()) {
    return hinted(fail(Fault::usage, "nothing else holds the store's key"), "add something else first");
  }
  TRY(write(*known));
  return holder == Holder::secret_service ? parts_.secrets.remove(known_by(&known->key_id), patience(asker))
                                          : Result<>();
}

Result<> Store::replace(const Secret& fresh, const Secret* passphrase, Asker* asker) {
  const auto known = TRY(slots());
  if (!known) {
    return hinted(fail(Fault::usage, "there is no key store whose key could be changed"), "make one: touchsts setup");
  }
  Slots next{.key_id = key_id_of(fresh), .slots = {}};
  for (const Slot& slot : known->slots) {
    if (slot.holder == Holder::secret_service) {
      TRY(parts_.secrets.keep("touchsts master key", attributes(next.key_id), fresh, ask_of(asker), patience(asker)));
      next.slots.push_back(slot);
    } else if (passphrase != nullptr) {
      next.slots.push_back(TRY(passphrase_slot(fresh, *passphrase, slot.work, parts_.random)));
    } else {
      return fail(Fault::no_human, "the new key needs the store's passphrase");
    }
  }
  TRY(write(next));
  lock();
  remember(fresh, kKeyringLife);
  // What stays behind when this fails opens nothing any more.
  if (has(*known, Holder::secret_service)) {
    if (const auto removed = parts_.secrets.remove(known_by(&known->key_id), patience(asker)); !removed) {
      parts_.log.warn("{}", removed.error().text);
    }
  }
  return {};
}

void Store::lock() {
  parts_.keyring.drop(master_key_name(), sources_.scope);
  parts_.keyring.drop(session_key_name(), sources_.scope);
}

bool Store::in_keyring() {
  const auto known = slots();
  return known && kept_key(*known).has_value();
}

Result<bool> Store::opens(Holder holder) {
  if (holder == Holder::secret_service) {
    const auto known = TRY(slots());
    return TRY(from_secret_service(known ? &known->key_id : nullptr, nullptr)).has_value();
  }
  if (!sources_.passphrase) {
    return fail(Fault::key_store, "it has to be typed");
  }
  return TRY(unwrap_with(*sources_.passphrase)).has_value();
}

Secret Store::fresh_key() {
  Secret made = Secret::blank(kMasterKeySize);
  parts_.random.fill(made.reveal_writable());
  return made;
}

}  // namespace touchsts::keys
