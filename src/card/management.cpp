#include "card/management.h"

#include <array>
#include <span>

#include "base/byte_reader.h"
#include "card/apdu.h"
#include "card/tlv.h"

namespace touchsts::card {
namespace {

constexpr std::uint8_t kGetResponse = 0xC0;
constexpr std::uint8_t kReadConfig = 0x1D;
constexpr std::uint8_t kSerialTag = 0x02;
constexpr std::uint8_t kOtpRequest = 0x01;
constexpr std::uint8_t kOtpSerial = 0x10;
constexpr std::size_t kMostFields = 64;
constexpr std::array kManagement = {std::byte{0xA0},
                                    std::byte{0x00},
                                    std::byte{0x00},
                                    std::byte{0x05},
                                    std::byte{0x27},
                                    std::byte{0x47},
                                    std::byte{0x11},
                                    std::byte{0x17}};
constexpr std::array kOtp = {std::byte{0xA0},
                             std::byte{0x00},
                             std::byte{0x00},
                             std::byte{0x05},
                             std::byte{0x27},
                             std::byte{0x20},
                             std::byte{0x01}};

std::optional<std::uint32_t> number_of(std::span<const std::byte> bytes) {
  if (bytes.size() != 4) {
    return std::nullopt;
  }
  std::uint32_t number = 0;
  for (const std::byte byte : bytes) {
    number = number << 8 | std::to_integer<std::uint32_t>(byte);
  }
  return number == 0 ? std::nullopt : std::optional(number);
}

Result<bool> has(Channel& channel, std::span<const std::byte> applet, Deadline deadline) {
  const Response response = TRY(select(channel, applet, kGetResponse, deadline));
  return response.status == Status::ok;
}

// The applet's answer to a command, or nothing when it does not know the command.
Result<std::optional<Secret>> ask(Channel& channel, const Apdu& command, Deadline deadline) {
  Response response = TRY(exchange(channel, command, kGetResponse, deadline));
  if (response.status != Status::ok) {
    return std::nullopt;
  }
  return std::move(response.data);
}

// READ CONFIG (firmware 4.1 and later): a length byte, then TLVs.
Result<std::optional<std::uint32_t>> from_management(Channel& channel, Deadline deadline) {
  if (!TRY(has(channel, kManagement, deadline))) {
    return std::nullopt;
  }
  const auto config = TRY(ask(channel, {.instruction = kReadConfig}, deadline));
  if (!config) {
    return std::nullopt;
  }
  ByteReader in(config->reveal());
  const std::size_t length = TRY(within("the key's answer", in.u8()));
  const auto body = TRY(within("the key's answer", in.take(length)));
  for (const auto& [tag, value] : TRY(read_tlvs(body, kMostFields))) {
    if (tag == kSerialTag) {
      return number_of(value);
    }
  }
  return std::nullopt;
}

Result<std::optional<std::uint32_t>> from_otp(Channel& channel, Deadline deadline) {
  if (!TRY(has(channel, kOtp, deadline))) {
    return std::nullopt;
  }
  const auto serial = TRY(ask(channel, {.instruction = kOtpRequest, .p1 = kOtpSerial}, deadline));
  return serial ? number_of(serial->reveal()) : std::nullopt;
}

}  // namespace

Result<std::optional<std::uint32_t>> read_serial(Channel& channel, Deadline deadline) {
  const auto serial = TRY(from_management(channel, deadline));
  return serial ? Result<std::optional<std::uint32_t>>(serial) : from_otp(channel, deadline);
}

}  // namespace touchsts::card
