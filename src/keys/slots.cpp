#include "keys/slots.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "crypto/aead.h"
#include "crypto/hash.h"

namespace touchsts::keys {
namespace {

constexpr std::string_view kMagic = "TSTSK\r\n\x1a";
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kHeaderSize = 28;
constexpr std::size_t kSumSize = 8;
constexpr std::uint8_t kArgon2id = 1;
constexpr std::uint8_t kPbkdf2 = 2;

void write_head(ByteWriter& out, const Slot& slot) {
  const bool passphrase = slot.holder == Holder::passphrase;
  const bool argon2 = passphrase && slot.work.rounds == 0;
  out.u8(std::to_underlying(slot.holder));
  out.u8(argon2 ? kArgon2id : passphrase ? kPbkdf2 : 0);
  out.u8(argon2 ? static_cast<std::uint8_t>(slot.work.argon2.lanes) : 0);
  out.u8(0);
  out.u32_le(argon2 ? slot.work.argon2.memory : 0);
  out.u32_le(argon2 ? slot.work.argon2.passes : slot.work.rounds);
  out.bytes(slot.salt);
}

Secret associated_data(const Slot& slot, const KeyId& key_id) {
  ByteWriter out;
  out.sized(std::string_view("touchsts slot 1"));
  out.bytes(key_id);
  write_head(out, slot);
  return out.take();
}

Result<Secret> wrapping_key(const Slot& slot, const Secret& passphrase) {
  if (slot.work.rounds != 0) {
    return crypto::pbkdf2_hmac(
        crypto::Pbkdf2Hash::sha256, passphrase.reveal(), slot.salt, slot.work.rounds, crypto::kAeadKeySize);
  }
  return crypto::argon2id({.password = passphrase.reveal(), .salt = slot.salt, .cost = slot.work.argon2},
                          crypto::kAeadKeySize);
}

std::array<std::byte, kSumSize> sum_of(std::span<const std::byte> bytes) {
  std::array<std::byte, kSumSize> sum{};
  std::ranges::copy(std::span<const std::byte>(crypto::sha256(bytes)).first(kSumSize), sum.begin());
  return sum;
}

std::unexpected<Error> damaged() {
  return hinted(fail(Fault::key_store, "the file of key slots is damaged, or of a newer version"),
                "take it from a backup; without one: remove it, and touchsts setup makes a new store");
}

template <std::size_t Size>
Result<> fill(ByteReader& in, std::array<std::byte, Size>& target) {
  std::ranges::copy(TRY(in.take(Size)), target.begin());
  return {};
}

Result<Slot> read_slot(ByteReader& in) {
  Slot slot;
  slot.holder = static_cast<Holder>(TRY(in.u8()));
  const std::uint8_t hash = TRY(in.u8());
  const std::uint8_t lanes = TRY(in.u8());
  const std::uint8_t reserved = TRY(in.u8());
  const std::uint32_t memory = TRY(in.u32_le());
  const std::uint32_t passes = TRY(in.u32_le());
  TRY(fill(in, slot.salt));
  TRY(fill(in, slot.nonce));
  TRY(fill(in, slot.wrapped));
  const bool service = slot.holder == Holder::secret_service && hash == 0;
  const bool argon2 = slot.holder == Holder::passphrase && hash == kArgon2id;
  const bool pbkdf2 = slot.holder == Holder::passphrase && hash == kPbkdf2;
  if (reserved != 0 || (!service && !argon2 && !pbkdf2)) {
    return damaged();
  }
  if (argon2) {
    slot.work.argon2 = {.memory = memory, .passes = passes, .lanes = lanes};
    if (memory > kLargestCost.memory || passes > kLargestCost.passes || lanes > kLargestCost.lanes) {
      return fail(Fault::key_store, "a key slot asks for more memory or time than any that touchsts makes");
    }
    return memory < 8 * std::uint32_t{lanes} || passes == 0 || lanes == 0 ? Result<Slot>(damaged()) : slot;
  }
  slot.work.rounds = passes;
  if (slot.work.rounds > kMostRounds) {
    return fail(Fault::key_store, "a key slot asks for more time than any that touchsts makes");
  }
  return memory != 0 || lanes != 0 || pbkdf2 != (passes != 0) ? Result<Slot>(damaged()) : slot;
}

}  // namespace

KeyId key_id_of(const Secret& master_key) {
  KeyId id{};
  const Secret hash = crypto::hmac_sha256(master_key.reveal(), "key-id");
  std::ranges::copy(hash.reveal().first(id.size()), id.begin());
  return id;
}

std::vector<std::byte> encode_slots(const Slots& slots) {
  ByteWriter out;
  out.bytes(std::as_bytes(std::span(kMagic)));
  out.u16_le(kVersion);
  out.u16_le(static_cast<std::uint16_t>(slots.slots.size()));
  out.bytes(slots.key_id);
  for (const Slot& slot : slots.slots) {
    write_head(out, slot);
    out.bytes(slot.nonce);
    out.bytes(slot.wrapped);
  }
  const Secret text = out.take();
  std::vector<std::byte> bytes(text.reveal().begin(), text.reveal().end());
  bytes.append_range(sum_of(text.reveal()));
  return bytes;
}

Result<Slots> decode_slots(std::span<const std::byte> bytes) {
  if (bytes.size() < kHeaderSize + kSumSize || bytes.size() > kLargestSlotsFile ||
      !std::ranges::equal(bytes.last(kSumSize), sum_of(bytes.first(bytes.size() - kSumSize)))) {
    return damaged();
  }
  ByteReader in(bytes.first(bytes.size() - kSumSize));
  const bool ours = std::ranges::equal(TRY(in.take(kMagic.size())), std::as_bytes(std::span(kMagic)));
  const std::uint16_t version = TRY(in.u16_le());
  const std::size_t count = TRY(in.u16_le());
  Slots slots;
  TRY(fill(in, slots.key_id));
  if (!ours || version != kVersion || in.remaining() != count * kSlotSize) {
    return damaged();
  }
  while (in.remaining() != 0) {
    slots.slots.push_back(TRY(read_slot(in)));
  }
  return slots;
}

Result<Slot> passphrase_slot(const Secret& master_key,
                             const Secret& passphrase,
                             const PasswordWork& work,
                             io::Random& random) {
  Slot slot{.holder = Holder::passphrase, .work = work};
  random.fill(slot.salt);
  random.fill(slot.nonce);
  const Secret key = TRY(wrapping_key(slot, passphrase));
  const Secret associated = associated_data(slot, key_id_of(master_key));
  const auto sealed = crypto::aead_seal({key.reveal(), slot.nonce, associated.reveal()}, master_key.reveal());
  std::ranges::copy(sealed, slot.wrapped.begin());
  return slot;
}

Result<std::optional<Secret>> unwrap(const Slot& slot, const KeyId& key_id, const Secret& passphrase) {
  const Secret key = TRY(wrapping_key(slot, passphrase));
  const Secret associated = associated_data(slot, key_id);
  return crypto::aead_open({key.reveal(), slot.nonce, associated.reveal()}, slot.wrapped);
}

}  // namespace touchsts::keys
