// A Channel over USB: CCID 1.1 at short or extended APDU level, slot 0.
#pragma once

#include <cstdint>
#include <memory>

#include "card/ccid_descriptor.h"
#include "card/ccid_message.h"
#include "card/channel.h"
#include "io/clock.h"
#include "io/usb.h"

namespace touchsts::card {

// A CcidChannel owns its pipe. Whatever the device sends, every call ends at its deadline: answers that are not for our
// command are dropped (a program that was killed may have left some), time extensions are counted, and what is no CCID
// at all aborts the command. The device is never reset.
class CcidChannel : public Channel {
 public:
  // open powers the card on. `first_sequence` should be random: it tells our answers from a predecessor's. The clock
  // must outlive the channel.
  static Result<std::unique_ptr<CcidChannel>> open(std::unique_ptr<io::UsbPipe> pipe,
                                                   const CcidInterface& reader,
                                                   io::Clock& clock,
                                                   std::uint8_t first_sequence,
                                                   Deadline deadline);
  CcidChannel(const CcidChannel&) = delete;
  CcidChannel& operator=(const CcidChannel&) = delete;
  ~CcidChannel() override;

  Result<> begin(std::span<const std::byte> command, Deadline deadline) override;
  Result<std::optional<Secret>> poll(Deadline until) override;
  [[nodiscard]] int descriptor() const override { return pipe_->descriptor(); }
  [[nodiscard]] bool awaits_touch() const override { return busy_ && extensions_ > 0; }
  void cancel() override;

 private:
  enum class Next { wait, finished };

  CcidChannel(std::unique_ptr<io::UsbPipe> pipe,
              const CcidInterface& reader,
              io::Clock& clock,
              std::uint8_t first_sequence);
  Result<> power_on(Deadline deadline);
  Result<bool> await_power(Deadline deadline);
  Result<> send(const CcidCommand& command, Deadline deadline);
  Result<> send_block(Chain chain, std::span<const std::byte> data, Deadline deadline);
  Result<> send_next_part(Deadline deadline);
  Result<std::optional<Secret>> read(Deadline until);
  Result<Next> handle(std::span<const std::byte> message);
  Result<Next> handle_block(const CcidReply& reply);
  void abort();

  std::unique_ptr<io::UsbPipe> pipe_;
  std::size_t longest_message_;
  io::Clock& clock_;
  std::uint8_t sequence_;
  bool busy_ = false;
  int extensions_ = 0;
  int strangers_ = 0;  // answers to another program's command
  int stalls_ = 0;
  Deadline deadline_;  // of the command under way
  Secret command_;
  std::size_t sent_ = 0;  // bytes of it
  SecretWriter response_;
};

}  // namespace touchsts::card
