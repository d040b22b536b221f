// Command and response APDUs (ISO 7816-4, 5.1) with the chaining that YubiKeys use.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "base/secret.h"
#include "card/channel.h"

namespace touchsts::card {

struct Apdu {
  std::uint8_t instruction = 0;
  std::uint8_t p1 = 0;
  std::uint8_t p2 = 0;
  std::span<const std::byte> data;  // at most 255 bytes
};

// Status words (ISO 7816-4, 5.1.3, and the applets' own use of them).
enum class Status : std::uint16_t {
  ok = 0x9000,
  storage_failed = 0x6581,
  security_not_satisfied = 0x6982,  // a password is needed; or the touch did not come
  no_such_object = 0x6984,
  conditions_not_satisfied = 0x6985,  // of PUT on some keys: there is an account of this name
  wrong_data = 0x6A80,
  not_found = 0x6A82,  // the applet, after SELECT
  full = 0x6A84,
  wrong_parameters = 0x6B00,
  not_supported = 0x6D00,
  no_applet = 0x6999,
};

struct Response {
  Secret data;
  Status status = Status::ok;  // may be a value without a name
};

// encode gives a short command APDU with CLA 00: case 3 with data, else case 2 with Le 00, for all that the applet has.
// A card may send nothing for a command without both (CanoKey's does not).
Secret encode(const Apdu& command);

// split parts a raw response into data and status word; it has at least two bytes.
Response split(const Secret& raw);

// exchange sends a command and collects its whole answer: as long as the status is 61xx, `more` (SEND REMAINING of
// OATH, GET RESPONSE elsewhere) fetches the rest, up to 64 KiB. Fault::malformed for more, and for a part without data.
Result<Response> exchange(Channel& channel, const Apdu& command, std::uint8_t more, Deadline deadline);

// select starts the applet `aid` (ISO 7816-4, 11.1.1), which answers with what it is.
Result<Response> select(Channel& channel, std::span<const std::byte> aid, std::uint8_t more, Deadline deadline);

// collect does the second half of it: `first` is the raw answer to a command that went out by Channel::begin.
Result<Response> collect(Channel& channel, const Secret& first, std::uint8_t more, Deadline deadline);

}  // namespace touchsts::card
