// The locks by which runs beside each other meet: one file each, in the folder "locks" of the cache.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "cache/entry_store.h"
#include "cache/session_key.h"
#include "io/clock.h"
#include "io/files.h"
#include "io/log.h"
#include "io/random.h"

namespace touchsts::flight {

// take_lock tries again and again until `lock` is ours (true), the deadline is over, or `settled`, which is asked
// before each further try, says that it is not needed any more.
Result<bool> take_lock(
    io::Lock& lock, io::Clock& clock, io::Random& random, Deadline deadline, const std::function<bool()>& settled = [] {
      return false;
    });

// LockFiles opens lock files by what they are for. Their names are keyed hashes, so that they tell nothing; where there
// is no session key, plain ones. Two runs meet only when both have the key, or both have not.
class LockFiles {
 public:
  using Parts = cache::EntryStore::Parts;

  // `cache_home` is where the folder "touchsts" lives. Where there is no session key yet, one is made, after waiting
  // until `key_deadline` for another run that makes or unlocks it; without a deadline none is made.
  LockFiles(std::string cache_home, cache::SessionKey& key, std::optional<Deadline> key_deadline, Parts parts);

  // prepare makes the folder, and the session key where there is none yet and it may be made.
  void prepare() { (void)folder(); }

  // open gives the lock for `purpose` and what `identity` names. Null when there can be none, which is said in the log
  // once: then runs do not wait for each other.
  std::unique_ptr<io::Lock> open(std::string_view purpose, std::span<const std::byte> identity);

  // open_lasting gives a lock whose name hangs on no key, so that it outlives every key and all runs meet at it.
  std::unique_ptr<io::Lock> open_lasting(std::string_view purpose, std::span<const std::byte> identity);

  // tag is eight bytes that tell `text` from others, for notes; without the session key they tell nothing about it.
  std::array<std::byte, 8> tag(std::span<const std::byte> text);

  // lasting_tag is the same without any key. Who reads it can try all codes of six digits, and learns which were used.
  static std::array<std::byte, 8> lasting_tag(std::span<const std::byte> text);

  void report(const Error& error);  // of a lock: in the log, once

  // take is take_lock with our clock.
  Result<bool> take(io::Lock& lock, Deadline deadline, const std::function<bool()>& settled = [] { return false; }) {
    return take_lock(lock, parts_.clock, parts_.random, deadline, settled);
  }

  [[nodiscard]] io::Clock& clock() { return parts_.clock; }

 private:
  Result<io::PrivateFolder*> folder();
  Result<> make_key(io::PrivateFolder& folder);
  Secret hash(std::string_view purpose, std::span<const std::byte> identity);
  std::unique_ptr<io::Lock> open_named(const Secret& name);

  std::string cache_home_;
  cache::SessionKey& key_;
  std::optional<Deadline> key_deadline_;
  Parts parts_;
  std::unique_ptr<io::PrivateFolder> folder_;
  bool reported_ = false;
};

}  // namespace touchsts::flight
