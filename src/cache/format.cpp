#include "cache/format.h"

#include <algorithm>
#include <string_view>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "codec/hex.h"
#include "crypto/aead.h"
#include "crypto/hash.h"

namespace touchsts::cache {
namespace {

constexpr std::string_view kMagic{"TSTSC\r\n\x1a", 8};
constexpr std::uint16_t kMajor = 1;
constexpr std::uint16_t kMinor = 0;
constexpr std::uint8_t kAes256Gcm = 1;
constexpr std::size_t kMaxCiphertext = 65'536;
constexpr std::size_t kKeyIdSize = 16;
constexpr std::size_t kMaxField = 32'768;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::uint64_t unsigned_seconds(Time time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); }

Secret key_id(const Secret& root_key) {
  Secret id = crypto::hmac_sha256(root_key.reveal(), std::string_view("key-id"));
  id.shrink(kKeyIdSize);
  return id;
}

Secret entry_key(const Secret& root_key, std::span<const std::byte> salt, Kind kind) {
  ByteWriter info;
  info.bytes(bytes_of("touchsts/1 entry"));
  info.u8(static_cast<std::uint8_t>(kind));
  const Secret text = info.take();
  return crypto::hkdf_sha256(root_key.reveal(), salt, text.reveal(), crypto::kAeadKeySize);
}

// Header and identity together are what the tag vouches for.
Secret associated_data(std::span<const std::byte> header, std::span<const std::byte> identity) {
  ByteWriter data;
  data.bytes(header);
  data.sized(identity);
  return data.take();
}

Secret plaintext_of(const Entry& entry) {
  const auto& credentials = entry.credentials;
  ByteWriter out;
  out.sized(credentials.access_key_id);
  out.sized(credentials.secret_access_key.reveal());
  out.sized(credentials.session_token.reveal());
  out.sized(credentials.account_id);
  out.u64_le(unsigned_seconds(credentials.expires.value_or(Time())));
  out.sized(entry.written.boot_id);
  out.u64_le(static_cast<std::uint64_t>(entry.written.since_boot.count()));
  return out.take();
}

Result<std::string_view> field(ByteReader& in) {
  const auto bytes = TRY(in.take_sized());
  if (bytes.size() > kMaxField) {
    return fail(Fault::malformed, "a field is too long");
  }
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// A later minor version may append fields, so what is left over is no error.
Result<Entry> parse_plaintext(std::span<const std::byte> plaintext) {
  ByteReader in(plaintext);
  Entry entry;
  entry.credentials.access_key_id = TRY(field(in));
  entry.credentials.secret_access_key = Secret(TRY(field(in)));
  entry.credentials.session_token = Secret(TRY(field(in)));
  entry.credentials.account_id = TRY(field(in));
  entry.credentials.expires = Time(Seconds(TRY(in.u64_le())));
  entry.written.boot_id = TRY(field(in));
  entry.written.since_boot = Seconds(TRY(in.u64_le()));
  return entry;
}

struct Header {
  std::uint8_t kind = 0;
  std::span<const std::byte> key_id, salt, nonce;
  std::uint64_t not_after = 0;
  std::uint64_t written_at = 0;
};

Result<Header> parse_header(std::span<const std::byte> file) {
  ByteReader in(file);
  const auto magic = TRY(in.take(kMagic.size()));
  Header header;
  const auto major = TRY(in.u16_le());
  TRY(in.u16_le());  // any minor version will do
  header.kind = TRY(in.u8());
  const auto aead = TRY(in.u8());
  const auto flags = TRY(in.u16_le());
  header.key_id = TRY(in.take(kKeyIdSize));
  header.salt = TRY(in.take(32));
  header.nonce = TRY(in.take(crypto::kAeadNonceSize));
  const auto length = TRY(in.u32_le());
  header.not_after = TRY(in.u64_le());
  header.written_at = TRY(in.u64_le());
  const bool fits = std::ranges::equal(magic, bytes_of(kMagic)) && major == kMajor && aead == kAes256Gcm &&
                    flags == 0 && length <= kMaxCiphertext && in.remaining() == length + crypto::kAeadTagSize;
  if (!fits) {
    return fail(Fault::malformed, "not an entry of this version");
  }
  return header;
}

}  // namespace

std::vector<std::byte> seal(const SealInput& input, const Entry& entry) {
  const Secret plaintext = plaintext_of(entry);
  ByteWriter out;
  out.bytes(bytes_of(kMagic));
  out.u16_le(kMajor);
  out.u16_le(kMinor);
  out.u8(static_cast<std::uint8_t>(input.kind));
  out.u8(kAes256Gcm);
  out.u16_le(0);
  out.bytes(key_id(input.root_key).reveal());
  out.bytes(input.salt);
  out.bytes(input.nonce);
  out.u32_le(static_cast<std::uint32_t>(plaintext.size()));
  out.u64_le(unsigned_seconds(entry.credentials.expires.value_or(Time())));
  out.u64_le(unsigned_seconds(entry.written_at));
  const Secret header = out.take();

  const Secret key = entry_key(input.root_key, input.salt, input.kind);
  const Secret associated = associated_data(header.reveal(), input.identity);
  const auto sealed = crypto::aead_seal({.key = key.reveal(), .nonce = input.nonce, .associated = associated.reveal()},
                                        plaintext.reveal());
  std::vector<std::byte> file(header.reveal().begin(), header.reveal().end());
  file.insert(file.end(), sealed.begin(), sealed.end());
  return file;
}

std::optional<Entry> open(std::span<const std::byte> file,
                          const Secret& root_key,
                          std::span<const std::byte> identity,
                          Kind kind) {
  const auto header = parse_header(file);
  if (!header || header->kind != static_cast<std::uint8_t>(kind) ||
      !std::ranges::equal(header->key_id, key_id(root_key).reveal())) {
    return std::nullopt;
  }
  const Secret key = entry_key(root_key, header->salt, kind);
  const Secret associated = associated_data(file.first(kHeaderSize), identity);
  const auto plaintext = crypto::aead_open(
      {.key = key.reveal(), .nonce = header->nonce, .associated = associated.reveal()}, file.subspan(kHeaderSize));
  if (!plaintext) {
    return std::nullopt;
  }
  auto entry = parse_plaintext(plaintext->reveal());
  if (!entry) {
    return std::nullopt;
  }
  entry->written_at = Time(Seconds(header->written_at));
  return *std::move(entry);
}

std::optional<Glance> glance(std::span<const std::byte> file) {
  const auto header = parse_header(file);
  if (!header || (header->kind != 1 && header->kind != 2)) {
    return std::nullopt;
  }
  // Times of the far future would overflow what prints them.
  constexpr std::uint64_t kYear9999 = 253'402'300'799;
  if (header->not_after > kYear9999 || header->written_at > kYear9999) {
    return std::nullopt;
  }
  Glance glance{
      static_cast<Kind>(header->kind), Time(Seconds(header->not_after)), Time(Seconds(header->written_at)), {}};
  std::ranges::copy(header->key_id, glance.key_id.begin());
  return glance;
}

bool is_sealed_by(const Glance& glance, const Secret& root_key) {
  return std::ranges::equal(glance.key_id, key_id(root_key).reveal());
}

Secret name_hash(const Secret& root_key, std::span<const std::byte> text) {
  const Secret names = crypto::hkdf_sha256(root_key.reveal(), {}, bytes_of("touchsts/1 names"), 32);
  Secret hash = crypto::hmac_sha256(names.reveal(), text);
  hash.shrink(16);
  return hash;
}

std::string entry_name(const Secret& root_key, std::span<const std::byte> identity) {
  return codec::hex(name_hash(root_key, identity).reveal());
}

bool still_good(const Entry& entry, Time until, Time now, const BootMark& boot_now) {
  const Time expires = entry.credentials.expires.value_or(Time());
  if (expires < until) {
    return false;
  }
  if (entry.written.boot_id.empty() || entry.written.boot_id != boot_now.boot_id) {
    return true;
  }
  const Seconds life = expires - entry.written_at;  // when it was sealed
  const Seconds used = boot_now.since_boot - entry.written.since_boot;
  return used >= Seconds(0) && life - used >= until - now;
}

}  // namespace touchsts::cache
