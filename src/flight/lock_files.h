// The locks by which runs beside each other meet: one file each, in the folder "locks" of the cache.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "cache/master_key.h"
#include "io/clock.h"
#include "io/files.h"
#include "io/log.h"
#include "io/random.h"

namespace touchsts::flight {

// LockFiles opens lock files by what they are for. Their names are keyed hashes, so that they tell nothing; where there
// is no master key, plain ones. Two runs meet only when both have the key, or both have not.
class LockFiles {
 public:
  struct Parts {
    io::Files& files;
    io::Clock& clock;
    io::Random& random;
    io::Log& log;
  };

  // `cache_home` is where the folder "touchsts" lives. `may_make_key`: the master key is made when there is none yet.
  LockFiles(std::string cache_home, cache::MasterKey& key, bool may_make_key, Parts parts);

  // open gives the lock for `purpose` and what `identity` names. Null when there can be none, which is said in the log
  // once: then nobody waits for anybody.
  std::unique_ptr<io::Lock> open(std::string_view purpose, std::span<const std::byte> identity);

  // tag is eight bytes that tell `text` from others, for notes; without the master key they tell nothing about it.
  std::array<std::byte, 8> tag(std::span<const std::byte> text);

  void report(const Error& error);  // of a lock: in the log, once

  [[nodiscard]] io::Clock& clock() { return parts_.clock; }
  [[nodiscard]] io::Random& random() { return parts_.random; }

 private:
  Result<io::PrivateFolder*> folder();
  Result<> make_key(io::PrivateFolder& folder);
  Secret hash(std::string_view purpose, std::span<const std::byte> identity);

  std::string cache_home_;
  cache::MasterKey& key_;
  bool may_make_key_;
  Parts parts_;
  std::unique_ptr<io::PrivateFolder> folder_;
  bool reported_ = false;
};

// Pauses are the sleeps between two looks: 10 ms at first, up to 60 ms later, none of them regular.
class Pauses {
 public:
  Pauses(io::Clock& clock, io::Random& random) : clock_(clock), random_(random) {}
  void pause();

 private:
  io::Clock& clock_;
  io::Random& random_;
  std::chrono::milliseconds longest_{10};
};

}  // namespace touchsts::flight
