// The cache on disk: one encrypted file per result.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cache/format.h"
#include "cache/session_key.h"
#include "io/clock.h"
#include "io/log.h"
#include "issue/carry_out.h"

namespace touchsts::cache {

// EntryStore reads without locks and writes late: keep only remembers, flush writes, so that the answer can be handed
// out first. Anything wrong with a file is a miss; anything wrong with the disk costs the cache, never the answer.
class EntryStore : public issue::Cache {
 public:
  struct Parts {
    io::Files& files;
    io::Clock& clock;
    io::Random& random;
    io::Log& log;
  };

  // `cache_home` is where the folder "touchsts" lives. The key is borrowed.
  EntryStore(std::string cache_home, SessionKey& key, Parts parts);

  std::optional<aws::Credentials> find(const issue::Plan& plan, std::size_t count, Time until) override;
  void keep(const issue::Plan& plan, std::size_t count, const aws::Credentials& result) override;

  // flush writes what keep remembered and removes some of what has expired. The error is the first thing that kept
  // something from being written; it is for a warning.
  Result<> flush();

  // name_of is the file name of one result, or nothing without a key.
  std::optional<std::string> name_of(const issue::Plan& plan, std::size_t count);

  struct Listed {
    std::string name;
    Glance glance;
    bool opens;  // the key that was found sealed it
  };
  Result<std::vector<Listed>> list();

  // sealed_otherwise counts what is still good, but was not sealed by the key that was found.
  Result<std::size_t> sealed_otherwise();
  Result<std::size_t> clear();  // how many were removed
  bool holds(const std::string& name);
  Result<> remove(const std::string& name);

 private:
  io::PrivateFolder* folder(io::Files::Create create);
  BootMark boot_mark();
  void remove_expired(io::PrivateFolder& folder);

  struct Pending {
    Secret identity;
    Kind kind;
    Entry entry;
  };

  std::string cache_home_;
  SessionKey& key_;
  Parts parts_;
  std::unique_ptr<io::PrivateFolder> folder_;
  std::optional<Error> trouble_;  // why there is no folder or key
  std::vector<Pending> pending_;
};

}  // namespace touchsts::cache
