// The file that says who holds the master key, or holds it wrapped: docs/cache-format.md, "Key slots".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/password_hash.h"
#include "io/random.h"

namespace touchsts::keys {

inline constexpr std::size_t kMasterKeySize = 32;  // bytes
inline constexpr std::size_t kMostSlots = 8;
inline constexpr std::size_t kSlotSize = 104;
inline constexpr std::size_t kLargestSlotsFile = 36 + kMostSlots * kSlotSize;

// The most work that a file may ask for, so that a forged one cannot keep us busy for an hour.
inline constexpr crypto::Argon2Cost kLargestCost{.memory = 256 * 1024, .passes = 16, .lanes = 4};
inline constexpr std::uint32_t kMostRounds = 10'000'000;

using KeyId = std::array<std::byte, 16>;

// key_id_of tells master keys apart and tells nothing about them.
KeyId key_id_of(const Secret& master_key);

enum class Holder : std::uint8_t { secret_service = 1, passphrase = 2 };

// PasswordWork is what guessing a passphrase costs: Argon2id, or PBKDF2-HMAC-SHA-256 when rounds are given.
struct PasswordWork {
  crypto::Argon2Cost argon2;
  std::uint32_t rounds = 0;
  bool operator==(const PasswordWork&) const = default;
};

struct Slot {
  Holder holder = Holder::secret_service;
  PasswordWork work;                 // of a passphrase
  std::array<std::byte, 32> salt{};  // of a passphrase
  std::array<std::byte, 12> nonce{};
  std::array<std::byte, kMasterKeySize + 16> wrapped{};
};

struct Slots {
  KeyId key_id{};
  std::vector<Slot> slots;
};

std::vector<std::byte> encode_slots(const Slots& slots);

// decode_slots fails with Fault::key_store for anything that encode_slots does not make, and for costs beyond the
// limits above.
Result<Slots> decode_slots(std::span<const std::byte> bytes);

// passphrase_slot wraps the master key with AES-256-GCM under what `work` makes of the passphrase.
Result<Slot> passphrase_slot(const Secret& master_key,
                             const Secret& passphrase,
                             const PasswordWork& work,
                             io::Random& random);

// unwrap gives the master key, or nothing when the passphrase is another one.
Result<std::optional<Secret>> unwrap(const Slot& slot, const KeyId& key_id, const Secret& passphrase);

}  // namespace touchsts::keys
