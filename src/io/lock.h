// Locks among processes (flock(2)): the kernel drops them when their owner ends, however it ends.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"

namespace touchsts::io {

// A Lock is a file that stays when no process holds it, with room for a note of its owners. Destruction lets it go.
class Lock {
 public:
  virtual ~Lock() = default;

  // try_take: true when the lock is ours (now). Never waits.
  virtual Result<bool> try_take() = 0;
  virtual void let_go() = 0;

  // note is what an owner wrote last; at most `most` bytes of it. It may be torn, so its format must show that.
  virtual std::vector<std::byte> note(std::size_t most) = 0;

  // descriptor is the open file: a process with a copy of it keeps the lock, until it is let go or the last copy is
  // closed. Below 0 when there is none.
  [[nodiscard]] virtual int descriptor() const = 0;

  // leave_note replaces the note, with one write. Only the owner may.
  virtual Result<> leave_note(std::span<const std::byte> bytes) = 0;
};

}  // namespace touchsts::io
