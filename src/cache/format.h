// One cache entry as bytes: docs/cache-format.md describes the layout with a worked example.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "aws/credentials.h"
#include "base/secret.h"
#include "base/time.h"

namespace touchsts::cache {

inline constexpr std::size_t kHeaderSize = 96;
inline constexpr std::size_t kLargestEntry = 65'536 + kHeaderSize + 16;  // bytes

enum class Kind : std::uint8_t { session = 1, role = 2, long_term = 3, password = 6 };

// BootMark is a reading of a clock that cannot be set, and the boot that it counts from.
struct BootMark {
  std::string boot_id;
  Seconds since_boot{0};
};

// Entry is what a file holds once it is opened.
struct Entry {
  aws::Credentials credentials;
  BootMark written;  // when it was sealed
  Time written_at;   // the same by the wall clock
};

// SealInput: a fresh salt and nonce for every write, straight from the kernel.
struct SealInput {
  const Secret& root_key;  // 32 bytes: the session key; of a long-term key the master key
  std::span<const std::byte> identity;
  Kind kind;
  std::array<std::byte, 32> salt;
  std::array<std::byte, 12> nonce;
};

std::vector<std::byte> seal(const SealInput& input, const Entry& entry);

// open gives nothing for anything but the exact bytes that seal made with this root key and this identity. The
// identity is recomputed by the reader, never taken from the file.
std::optional<Entry> open(std::span<const std::byte> file,
                          const Secret& root_key,
                          std::span<const std::byte> identity,
                          Kind kind);

// Glance is what the unencrypted header says; it is only good for housekeeping, since anybody could have written it.
struct Glance {
  Kind kind;
  Time not_after;
  Time written_at;
  std::array<std::byte, 16> key_id;  // of the root key that sealed it
};
std::optional<Glance> glance(std::span<const std::byte> file);

// is_sealed_by: the header names this root key.
bool is_sealed_by(const Glance& glance, const Secret& root_key);

// name_hash is 16 bytes of a keyed hash: it replaces `text` where others can read it, and reveals nothing about it.
Secret name_hash(const Secret& root_key, std::span<const std::byte> text);

// entry_name is the file's name: name_hash of the identity, as 32 hexadecimal digits.
std::string entry_name(const Secret& root_key, std::span<const std::byte> identity);

// still_good bounds the wall-clock expiry by the boot clock when `now` counts from the same boot: setting the clock
// back cannot make a session last longer. `until` is the wall-clock time at which it must still be valid.
bool still_good(const Entry& entry, Time until, Time now, const BootMark& boot_now);

}  // namespace touchsts::cache
