// The YubiKey's OATH applet (Yubico, "YKOATH Protocol").
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "card/account.h"
#include "card/apdu.h"
#include "card/channel.h"
#include "io/random.h"

namespace touchsts::card {

inline constexpr std::size_t kAccessKeySize = 16;  // bytes

struct Version {
  std::uint8_t major = 0;
  std::uint8_t minor = 0;
  std::uint8_t patch = 0;
  auto operator<=>(const Version&) const = default;
};

// NewAccount is what PUT writes; the secret is the bare key, of any length.
struct NewAccount {
  std::string id;
  OathType type = OathType::totp;
  OathHash hash = OathHash::sha1;
  std::uint8_t digits = 6;
  bool touch = true;
  const Secret& secret;
  std::uint32_t counter = 0;  // of HOTP: where it begins
};

// Counting says whether a code may be had of an account that counts its codes (HOTP).
enum class Counting { no, yes };

// access_key_of derives the key of a password-protected applet: PBKDF2-HMAC-SHA-1, 1000 rounds, 16 bytes.
Secret access_key_of(const Secret& password, std::span<const std::byte> salt);

// OathSession is a selected applet. It borrows its channel; another applet's SELECT ends it. Every call has the one
// deadline it was made with. Errors are Fault::device, and Fault::malformed for answers that are none.
class OathSession {
 public:
  static Result<OathSession> select(Channel& channel, io::Random& random, Deadline deadline);

  [[nodiscard]] const Version& version() const { return version_; }
  [[nodiscard]] std::span<const std::byte> salt() const { return salt_; }
  [[nodiscard]] std::string device_id() const;  // 22 characters of base 64; changes with RESET only
  [[nodiscard]] bool locked() const { return locked_; }

  // unlock proves that we know the access key and that the device does. False: it is the wrong key.
  Result<bool> unlock(const Secret& access_key);

  // list names the accounts. learn_touch also says which need a touch, as far as the key tells: not of HOTP.
  Result<std::vector<OathAccount>> list();
  Result<> learn_touch(std::vector<OathAccount>& accounts, Time now);

  // begin_code asks for the code of one account at `now`; the person may have to touch the key. finish_code takes the
  // channel's response and gives the digits. Nothing: there is no such account. A code of HOTP moves the key's counter
  // on, and what counts on it loses step: it is Fault::device unless `counting` allows it.
  Result<> begin_code(const OathAccount& account, Time now, Counting counting = Counting::no);
  Result<std::optional<Secret>> finish_code(const Secret& response);

  // put writes a new account. replace also writes over one of this name; a key that refuses that has it deleted first,
  // and should the new one then not go in, the error says that the old one is gone.
  Result<> put(const NewAccount& account);
  Result<> replace(const NewAccount& account);
  Result<> remove(const OathAccount& account);
  Result<> rename(const OathAccount& account, std::string_view id);
  Result<> set_access_key(const Secret& access_key);  // 16 bytes
  Result<> clear_access_key();
  Result<> reset();  // deletes everything

 private:
  OathSession(Channel& channel, io::Random& random, Deadline deadline)
      : channel_(&channel), random_(&random), deadline_(deadline) {}

  Result<Response> run(const Apdu& command);
  Result<Status> write(const NewAccount& account);
  Result<> run_plain(const Apdu& command);
  std::unexpected<Error> refused(Status status) const;

  Channel* channel_;
  io::Random* random_;
  Deadline deadline_;
  Version version_;
  std::vector<std::byte> salt_;
  std::vector<std::byte> challenge_;
  bool locked_ = false;
};

}  // namespace touchsts::card
