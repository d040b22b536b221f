#include "flight/lock_files.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/byte_writer.h"
#include "cache/format.h"
#include "codec/hex.h"
#include "crypto/hash.h"

namespace touchsts::flight {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kHashSize = 16;  // bytes
constexpr auto kFirstPause = 10ms;
constexpr auto kLongestPause = 60ms;
constexpr const char* kKeyLock = "master-key";

// Between a half and the whole of it, so that runs that began together do not go on together.
void pause(io::Clock& clock, io::Random& random, std::chrono::milliseconds longest) {
  std::array<std::byte, 1> chance{};
  random.fill(chance);
  clock.sleep_until(clock.steady() + longest / 2 + longest * std::to_integer<int>(chance[0]) / 512);
}

Secret text_of(std::string_view purpose, std::span<const std::byte> identity) {
  ByteWriter out;
  out.sized(purpose);
  out.sized(identity);
  return out.take();
}

Secret plain_hash(std::string_view purpose, std::span<const std::byte> identity) {
  const Secret text = text_of(purpose, identity);
  return Secret(std::span<const std::byte>(crypto::sha256(text.reveal())).first(kHashSize));
}

std::array<std::byte, 8> tag_of(const Secret& hash) {
  std::array<std::byte, 8> tag{};
  std::ranges::copy(hash.reveal().first(tag.size()), tag.begin());
  return tag;
}

}  // namespace

Result<bool> take_lock(
    io::Lock& lock, io::Clock& clock, io::Random& random, Deadline deadline, const std::function<bool()>& settled) {
  auto longest = kFirstPause;
  while (!TRY(lock.try_take())) {
    if (clock.steady() >= deadline) {
      return false;
    }
    pause(clock, random, longest);
    longest = std::min(longest * 3 / 2, kLongestPause);
    if (settled()) {
      return false;
    }
  }
  return true;
}

LockFiles::LockFiles(std::string cache_home, cache::SessionKey& key, std::optional<Deadline> key_deadline, Parts parts)
    : cache_home_(std::move(cache_home)), key_(key), key_deadline_(key_deadline), parts_(parts) {}

Result<io::PrivateFolder*> LockFiles::folder() {
  if (!folder_) {
    if (cache_home_.empty()) {
      return fail(Fault::configuration, "there is no home folder for locks");
    }
    const auto home = TRY(parts_.files.private_folder(cache_home_, "touchsts", io::Files::Create::yes));
    folder_ = TRY(home->folder("locks"));
    TRY(make_key(*folder_));
  }
  return folder_.get();
}

// Of many first runs one makes the key, or unlocks it: two would each go on with another one.
Result<> LockFiles::make_key(io::PrivateFolder& folder) {
  if (!key_deadline_ || TRY(key_.find()) != nullptr) {
    return {};
  }
  const auto lock = TRY(folder.lock(kKeyLock));
  const auto made_by_another = [this] {
    const auto found = key_.find();
    return !found || *found != nullptr;
  };
  TRY(take(*lock, *key_deadline_, made_by_another));
  if (const auto made = key_.find_or_make(); !made) {
    parts_.log.debug("locks: {}", made.error().text);  // the cache will say so to the person
  }
  return {};
}

Secret LockFiles::hash(std::string_view purpose, std::span<const std::byte> identity) {
  const auto key = key_.find();
  if (!key || *key == nullptr) {
    return plain_hash(purpose, identity);
  }
  const Secret text = text_of(purpose, identity);
  return cache::name_hash(**key, text.reveal());
}

std::unique_ptr<io::Lock> LockFiles::open_named(const Secret& name) {
  const auto opened = [&]() -> Result<std::unique_ptr<io::Lock>> {
    io::PrivateFolder* const where = TRY(folder());
    return where->lock(codec::hex(name.reveal()));
  };
  auto lock = opened();
  if (!lock) {
    report(lock.error());
    return nullptr;
  }
  return *std::move(lock);
}

std::unique_ptr<io::Lock> LockFiles::open(std::string_view purpose, std::span<const std::byte> identity) {
  (void)folder();  // which makes the key that the name is made with
  return open_named(hash(purpose, identity));
}

std::unique_ptr<io::Lock> LockFiles::open_lasting(std::string_view purpose, std::span<const std::byte> identity) {
  return open_named(plain_hash(purpose, identity));
}

std::array<std::byte, 8> LockFiles::tag(std::span<const std::byte> text) { return tag_of(hash("tag", text)); }

std::array<std::byte, 8> LockFiles::lasting_tag(std::span<const std::byte> text) {
  return tag_of(plain_hash("tag", text));
}

void LockFiles::report(const Error& error) {
  if (!std::exchange(reported_, true)) {
    parts_.log.warn("locking is unavailable, so runs do not wait for each other: {}", in_one_line(error));
  }
}

}  // namespace touchsts::flight
