// One MFA device is used by one run at a time, and no code of it is sent twice (STS takes each once).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "flight/lock_files.h"

namespace touchsts::flight {

inline constexpr Seconds kTimeStep{30};  // of the codes that AWS takes

// SpentCodes are the last codes of a device that were sent. What tells them apart is a keyed hash.
struct SpentCodes {
  struct Code {
    std::int64_t step = 0;  // the time step it was sent in, or for
    std::array<std::byte, 8> tag{};
    bool operator==(const Code&) const = default;
  };
  static constexpr std::size_t kMost = 128;  // more than an hour of them, should the clock be put back
  std::vector<Code> codes;                   // oldest first
};

// seal_spent: a sealed note (flight/sealed_note.h) of a version and, for each code, its step (u64_le) and tag.
Secret seal_spent(const SpentCodes& spent);
SpentCodes open_spent(std::span<const std::byte> bytes);  // none for anything else

// A DeviceTurn is ours from when it is taken to its end; others wait. Where there can be no locks none waits, and what
// is spent is remembered for this turn alone.
class DeviceTurn {
 public:
  // take waits for the device with this serial number (an ARN, or what is printed on a hardware device).
  // Fault::no_human when others use it until the deadline.
  static Result<DeviceTurn> take(LockFiles& locks, const std::string& serial, Deadline deadline);

  // usable_from is `when`, or the beginning of the first time step after it whose code is not spent.
  [[nodiscard]] Time usable_from(Time when) const;

  [[nodiscard]] bool spent(const Secret& code) const;

  // spend writes down that `code` is sent at `when`, or for then. It is done before that happens, so that it is not
  // sent again even when this run is killed.
  void spend(Time when, const Secret& code);

  // take_back: the code that was spent last was not sent after all.
  void take_back();

 private:
  // A Ledger is a lock with the spent codes of a device for its note.
  struct Ledger {
    std::unique_ptr<io::Lock> lock;  // may be null
    SpentCodes spent;
  };

  DeviceTurn(LockFiles& locks, std::string serial) : locks_(&locks), serial_(std::move(serial)) {}

  static Result<> take(LockFiles& locks, Ledger& ledger, const std::string& serial, Deadline deadline);
  [[nodiscard]] Secret named(const Secret& code) const;
  void write_down(const Ledger& ledger);

  LockFiles* locks_;
  std::string serial_;
  Ledger keyed_;    // which earlier versions know; gone with the session key
  Ledger lasting_;  // which outlives that
};

}  // namespace touchsts::flight
