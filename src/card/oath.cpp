#include "card/oath.h"

#include <algorithm>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "base/format.h"
#include "card/tlv.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "crypto/oath.h"
#include "crypto/password_hash.h"

namespace touchsts::card {
namespace {

// Instructions.
constexpr std::uint8_t kPut = 0x01;
constexpr std::uint8_t kDelete = 0x02;
constexpr std::uint8_t kSetCode = 0x03;
constexpr std::uint8_t kReset = 0x04;
constexpr std::uint8_t kRename = 0x05;
constexpr std::uint8_t kList = 0xA1;
constexpr std::uint8_t kCalculate = 0xA2;
constexpr std::uint8_t kValidate = 0xA3;
constexpr std::uint8_t kCalculateAll = 0xA4;
constexpr std::uint8_t kSendRemaining = 0xA5;

// Tags.
constexpr std::uint8_t kName = 0x71;
constexpr std::uint8_t kNameList = 0x72;
constexpr std::uint8_t kKey = 0x73;
constexpr std::uint8_t kChallenge = 0x74;
constexpr std::uint8_t kResponse = 0x75;
constexpr std::uint8_t kTruncated = 0x76;
constexpr std::uint8_t kProperty = 0x78;
constexpr std::uint8_t kVersion = 0x79;
constexpr std::uint8_t kInitialCounter = 0x7A;
constexpr std::uint8_t kTouch = 0x7C;  // instead of a code

constexpr std::uint8_t kTouchRequired = 0x02;
constexpr std::uint8_t kTruncate = 0x01;  // P2: a code, not the whole HMAC
constexpr std::array kApplet = {std::byte{0xA0},
                                std::byte{0x00},
                                std::byte{0x00},
                                std::byte{0x05},
                                std::byte{0x27},
                                std::byte{0x21},
                                std::byte{0x01}};
constexpr std::size_t kMostFields = 16;
constexpr std::size_t kChallengeSize = 8;
constexpr std::size_t kLeastKey = 14;  // shorter ones are padded

// What firmware cannot do.
constexpr Version kTouchSince{4, 2, 4};
constexpr Version kSha512Since{4, 3, 1};
constexpr Version kRenameSince{5, 3, 1};

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::optional<std::span<const std::byte>> field(std::span<const Tlv> fields, std::uint8_t tag) {
  const auto found = std::ranges::find(fields, tag, &Tlv::tag);
  return found != fields.end() ? std::optional(found->value) : std::nullopt;
}

std::uint8_t type_byte(OathType type, OathHash hash) {
  return static_cast<std::uint8_t>(static_cast<unsigned>(type) | static_cast<unsigned>(hash));
}

Result<OathAccount> parse_account(std::span<const std::byte> value) {
  if (value.size() < 2 || value.size() > kLongestId + 1) {
    return fail(Fault::malformed, "an OATH account of {} bytes", value.size());
  }
  const auto kind = std::to_integer<unsigned>(value[0]);
  const auto type = kind & 0xF0U;
  const auto hash = kind & 0x0FU;
  if ((type != static_cast<unsigned>(OathType::hotp) && type != static_cast<unsigned>(OathType::totp)) || hash < 1 ||
      hash > 3) {
    return fail(Fault::malformed, "an OATH account of the unknown type {:02x}", kind);
  }
  return OathAccount{.id = std::string(reinterpret_cast<const char*>(value.data()) + 1, value.size() - 1),
                     .type = static_cast<OathType>(type),
                     .hash = static_cast<OathHash>(hash)};
}

// RFC 6238, 4.2: the number of periods since 1970, as eight bytes, big end first.
std::array<std::byte, kChallengeSize> time_challenge(Time now, Seconds period) {
  auto count = static_cast<std::uint64_t>(now.time_since_epoch() / period);
  std::array<std::byte, kChallengeSize> challenge{};
  for (auto place = challenge.rbegin(); place != challenge.rend(); ++place) {
    *place = static_cast<std::byte>(count & 0xFF);
    count >>= 8;
  }
  return challenge;
}

}  // namespace

Secret access_key_of(const Secret& password, std::span<const std::byte> salt) {
  constexpr unsigned kRounds = 1000;
  return crypto::pbkdf2_hmac(crypto::Pbkdf2Hash::sha1, password.reveal(), salt, kRounds, kAccessKeySize);
}

Result<Response> OathSession::run(const Apdu& command) {
  return exchange(*channel_, command, kSendRemaining, deadline_);
}

std::unexpected<Error> OathSession::refused(Status status) const {
  switch (status) {
    case Status::security_not_satisfied:
      return locked_ ? hinted(fail(Fault::key_store, "the key's OATH applet is locked with a password"),
                              "run touchsts oath list in a terminal: it asks for the password")
                     : hinted(fail(Fault::no_human, "nobody touched the key in time"), "touch it when it blinks");
    case Status::no_such_object:
      return fail(Fault::device, "the key has no such account");
    case Status::conditions_not_satisfied:
      return fail(Fault::device, "the key refused: it may have an account of this name already");
    case Status::wrong_data:
      return fail(Fault::device, "the key does not accept this name or these values for an account");
    case Status::full:
      return hinted(fail(Fault::device, "the key has no room for another account"),
                    "delete one with touchsts oath delete");
    case Status::storage_failed:
      return hinted(fail(Fault::device, "the key could not store the account"), "delete it and try again");
    case Status::not_found:
    case Status::no_applet:
    case Status::not_supported:
    case Status::wrong_parameters:
      return hinted(fail(Fault::device, "the key's OATH applet is switched off or not there"),
                    "switch it on with Yubico's manager");
    default:
      return fail(Fault::device, "the key refused a command (status {:04x})", static_cast<unsigned>(status));
  }
}

Result<> OathSession::run_plain(const Apdu& command) {
  const Response response = TRY(run(command));
  if (response.status != Status::ok) {
    return refused(response.status);
  }
  return {};
}

Result<OathSession> OathSession::select(Channel& channel, io::Random& random, Deadline deadline) {
  OathSession session(channel, random, deadline);
  const Response response = TRY(card::select(channel, kApplet, kSendRemaining, deadline));
  if (response.status != Status::ok) {
    return session.refused(response.status);
  }
  const auto fields = TRY(read_tlvs(response.data.reveal(), kMostFields));
  const auto version = field(fields, kVersion);
  const auto salt = field(fields, kName);
  if (!version || version->size() != 3 || !salt || salt->empty() || salt->size() > kLongestId) {
    return fail(Fault::malformed, "the key's OATH applet does not say what it is");
  }
  const auto part = [&version](std::size_t i) { return std::to_integer<std::uint8_t>((*version)[i]); };
  session.version_ = {part(0), part(1), part(2)};
  session.salt_.assign(salt->begin(), salt->end());
  if (const auto challenge = field(fields, kChallenge)) {
    if (challenge->empty() || challenge->size() > kLongestId) {
      return fail(Fault::malformed, "the key's OATH applet has a challenge of {} bytes", challenge->size());
    }
    session.challenge_.assign(challenge->begin(), challenge->end());
    session.locked_ = true;
  }
  return session;
}

std::string OathSession::device_id() const {
  constexpr std::size_t kIdSize = 16;
  const auto hash = crypto::sha256(std::span<const std::byte>(salt_));
  const Secret encoded = codec::base64_encode(std::span(hash).first(kIdSize));
  std::string text(encoded.reveal_text());
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

Result<bool> OathSession::unlock(const Secret& access_key) {
  std::array<std::byte, kChallengeSize> ours{};
  random_->fill(ours);
  const Secret proof = crypto::hmac_sha1(access_key.reveal(), challenge_);
  ByteWriter data;
  write_tlv(data, kResponse, proof.reveal());
  write_tlv(data, kChallenge, ours);
  const Secret request = data.take();
  const Response response = TRY(run({.instruction = kValidate, .data = request.reveal()}));
  if (response.status == Status::wrong_data) {
    return false;
  }
  if (response.status != Status::ok) {
    return refused(response.status);
  }
  const auto fields = TRY(read_tlvs(response.data.reveal(), kMostFields));
  const auto theirs = field(fields, kResponse);
  if (!theirs || !same_secret(Secret(*theirs), crypto::hmac_sha1(access_key.reveal(), ours))) {
    return fail(Fault::device, "the key took the password without knowing it: this is not the key it was set on");
  }
  locked_ = false;
  return true;
}

Result<std::vector<OathAccount>> OathSession::list() {
  const Response response = TRY(run({.instruction = kList}));
  if (response.status != Status::ok) {
    return refused(response.status);
  }
  std::vector<OathAccount> accounts;
  for (const auto& [tag, value] : TRY(read_tlvs(response.data.reveal(), response.data.size()))) {
    if (tag != kNameList) {
      return fail(Fault::malformed, "the list of accounts has an entry of type {:02x}", tag);
    }
    accounts.push_back(TRY(parse_account(value)));
  }
  return accounts;
}

// CALCULATE ALL says which accounts need a touch. It gives the codes of the others as well; they are not used.
Result<> OathSession::learn_touch(std::vector<OathAccount>& accounts, Time now) {
  ByteWriter data;
  write_tlv(data, kChallenge, time_challenge(now, kUsualPeriod));
  const Secret request = data.take();
  const Response response = TRY(run({.instruction = kCalculateAll, .p2 = kTruncate, .data = request.reveal()}));
  if (response.status != Status::ok) {
    return {};  // a key that does not know the command
  }
  std::span<const std::byte> name;
  for (const auto& [tag, value] : TRY(read_tlvs(response.data.reveal(), response.data.size()))) {
    if (tag == kName) {
      name = value;
      continue;
    }
    const auto found = std::ranges::find_if(
        accounts, [name](const OathAccount& it) { return std::ranges::equal(bytes_of(it.id), name); });
    if (found != accounts.end() && (tag == kTouch || tag == kTruncated)) {
      found->touch = tag == kTouch;
    }
  }
  return {};
}

Result<> OathSession::begin_code(const OathAccount& account, Time now, Counting counting) {
  const bool timed = account.type == OathType::totp;
  if (!timed && counting == Counting::no) {
    return hinted(fail(Fault::device, "the account counts its codes (HOTP), and AWS wants codes by the clock (TOTP)"),
                  "choose another account");
  }
  ByteWriter data;
  write_tlv(data, kName, bytes_of(account.id));
  const auto challenge = time_challenge(now, timed ? account.period() : kUsualPeriod);
  write_tlv(data, kChallenge, std::span(challenge).first(timed ? challenge.size() : 0));
  const Secret request = data.take();
  const Secret command = encode({.instruction = kCalculate, .p2 = kTruncate, .data = request.reveal()});
  return channel_->begin(command.reveal(), deadline_);
}

Result<std::optional<Secret>> OathSession::finish_code(const Secret& raw) {
  const Response response = TRY(collect(*channel_, raw, kSendRemaining, deadline_));
  if (response.status == Status::no_such_object) {
    return std::nullopt;
  }
  if (response.status != Status::ok) {
    return refused(response.status);
  }
  const auto fields = TRY(read_tlvs(response.data.reveal(), kMostFields));
  const auto truncated = field(fields, kTruncated);
  if (!truncated || truncated->size() != 5) {
    return fail(Fault::malformed, "the key's answer holds no code");
  }
  std::uint32_t number = 0;
  for (const std::byte byte : truncated->subspan(1)) {
    number = number << 8 | std::to_integer<std::uint32_t>(byte);
  }
  const auto digits = std::to_integer<unsigned>(truncated->front());
  if (digits < 6 || digits > 8) {
    return fail(Fault::malformed, "the key's code has {} digits", digits);
  }
  return crypto::digits_of(number, digits);
}

Result<Status> OathSession::write(const NewAccount& account) {
  if (account.touch && version_ < kTouchSince) {
    return fail(Fault::device,
                "this key's firmware ({}.{}.{}) cannot ask for a touch",
                version_.major,
                version_.minor,
                version_.patch);
  }
  if (account.hash == OathHash::sha512 && version_ < kSha512Since) {
    return fail(
        Fault::device, "this key's firmware ({}.{}.{}) has no SHA-512", version_.major, version_.minor, version_.patch);
  }
  const Secret key = crypto::shortened_hmac_key(account.hash == OathHash::sha1     ? crypto::OathDigest::sha1
                                                : account.hash == OathHash::sha256 ? crypto::OathDigest::sha256
                                                                                   : crypto::OathDigest::sha512,
                                                account.secret.reveal());
  ByteWriter value;
  value.u8(type_byte(account.type, account.hash));
  value.u8(account.digits);
  value.bytes(key.reveal());
  for (std::size_t size = key.size(); size < kLeastKey; ++size) {
    value.u8(0);
  }
  const Secret typed_key = value.take();
  ByteWriter data;
  write_tlv(data, kName, bytes_of(account.id));
  write_tlv(data, kKey, typed_key.reveal());
  if (account.touch) {
    data.u8(kProperty);  // two bytes, no length
    data.u8(kTouchRequired);
  }
  if (account.counter > 0) {
    const auto part = [&](unsigned shift) { return static_cast<std::byte>(account.counter >> shift & 0xFF); };
    write_tlv(data, kInitialCounter, std::array{part(24), part(16), part(8), part(0)});
  }
  const Secret request = data.take();
  return TRY(run({.instruction = kPut, .data = request.reveal()})).status;
}

Result<> OathSession::put(const NewAccount& account) {
  const Status status = TRY(write(account));
  return status == Status::ok ? Result<>() : refused(status);
}

Result<> OathSession::replace(const NewAccount& account) {
  const Status status = TRY(write(account));
  if (status == Status::conditions_not_satisfied) {
    TRY(remove({.id = account.id}));
    auto again = put(account);
    if (!again) {
      again.error().text = "the old account was deleted, and the new one is not on the key: " + again.error().text;
      again.error().hint += (again.error().hint.empty() ? "" : "; ") + std::string("then add the account again");
    }
    return again;
  }
  return status == Status::ok ? Result<>() : refused(status);
}

Result<> OathSession::remove(const OathAccount& account) {
  ByteWriter data;
  write_tlv(data, kName, bytes_of(account.id));
  const Secret request = data.take();
  return run_plain({.instruction = kDelete, .data = request.reveal()});
}

Result<> OathSession::rename(const OathAccount& account, std::string_view id) {
  if (version_ < kRenameSince) {
    return hinted(fail(Fault::device,
                       "this key's firmware ({}.{}.{}) cannot rename",
                       version_.major,
                       version_.minor,
                       version_.patch),
                  "delete the account and add it again");
  }
  ByteWriter data;
  write_tlv(data, kName, bytes_of(account.id));
  write_tlv(data, kName, bytes_of(id));
  const Secret request = data.take();
  return run_plain({.instruction = kRename, .data = request.reveal()});
}

Result<> OathSession::set_access_key(const Secret& access_key) {
  std::array<std::byte, kChallengeSize> challenge{};
  random_->fill(challenge);
  ByteWriter key;
  key.u8(type_byte(OathType::totp, OathHash::sha1));
  key.bytes(access_key.reveal());
  const Secret typed_key = key.take();
  const Secret proof = crypto::hmac_sha1(access_key.reveal(), challenge);
  ByteWriter data;
  write_tlv(data, kKey, typed_key.reveal());
  write_tlv(data, kChallenge, challenge);
  write_tlv(data, kResponse, proof.reveal());
  const Secret request = data.take();
  return run_plain({.instruction = kSetCode, .data = request.reveal()});
}

Result<> OathSession::clear_access_key() {
  ByteWriter data;
  write_tlv(data, kKey, {});
  const Secret request = data.take();
  return run_plain({.instruction = kSetCode, .data = request.reveal()});
}

Result<> OathSession::reset() { return run_plain({.instruction = kReset, .p1 = 0xDE, .p2 = 0xAD}); }

}  // namespace touchsts::card
