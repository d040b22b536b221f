#include "card/ccid_channel.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace touchsts::card {
namespace {

using namespace std::chrono_literals;

constexpr int kMostExtensions = 200;  // a touch is awaited for some 15 s, with two of them a second
constexpr int kMostStrangers = 64;
constexpr int kMostStalls = 2;
constexpr auto kAbortTime = 500ms;
constexpr auto kBusyPause = 100ms;
constexpr std::uint8_t kAbortRequest = 0x01;  // CCID 1.1, 5.3.1
constexpr std::uint8_t kNoCard = 2;           // bmICCStatus

Error worded(io::UsbFailure failure) {
  using enum io::UsbTrouble;
  if (failure.trouble == gone) {
    return {Fault::device, "the key was removed", "plug it in and try again"};
  }
  return std::move(failure.error);
}

template <class T>
Result<T> worded(io::UsbResult<T> result) {
  if (!result) {
    return std::unexpected(worded(std::move(result).error()));
  }
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return *std::move(result);
  }
}

std::unexpected<Error> refused(const CcidReply& reply) {
  if (reply.card == kNoCard) {
    return fail(Fault::device, "there is no card in the reader");
  }
  return hinted(fail(Fault::device, "the reader refused a command (CCID error {:02x})", reply.error),
                "plug the key out and in again");
}

bool is_answer_to_reset(std::span<const std::byte> data) {
  return !data.empty() && (data[0] == std::byte{0x3B} || data[0] == std::byte{0x3F});  // ISO 7816-3, 8.1
}

}  // namespace

CcidChannel::CcidChannel(std::unique_ptr<io::UsbPipe> pipe,
                         const CcidInterface& reader,
                         io::Clock& clock,
                         std::uint8_t first_sequence)
    : pipe_(std::move(pipe)), longest_message_(reader.longest_message), clock_(clock), sequence_(first_sequence) {}

CcidChannel::~CcidChannel() { cancel(); }

Result<std::unique_ptr<CcidChannel>> CcidChannel::open(std::unique_ptr<io::UsbPipe> pipe,
                                                       const CcidInterface& reader,
                                                       io::Clock& clock,
                                                       std::uint8_t first_sequence,
                                                       Deadline deadline) {
  std::unique_ptr<CcidChannel> channel(new CcidChannel(std::move(pipe), reader, clock, first_sequence));
  TRY(channel->power_on(deadline));
  return channel;
}

Result<> CcidChannel::power_on(Deadline deadline) {
  while (clock_.steady() < deadline) {
    TRY(send({.type = CcidType::icc_power_on, .sequence = ++sequence_}, deadline));
    if (TRY(await_power(deadline))) {
      return {};
    }
    // A killed predecessor's command is still under way.
    abort();
    clock_.sleep_until(clock_.steady() + kBusyPause);
  }
  return hinted(fail(Fault::device, "the key stays busy with another program's command"), "plug it out and in again");
}

// False: the slot is busy.
Result<bool> CcidChannel::await_power(Deadline deadline) {
  for (int frames = 0; frames < kMostStrangers; ++frames) {
    const auto message = TRY(read(deadline));
    if (!message) {
      return hinted(fail(Fault::device, "the key does not answer"), "plug it out and in again");
    }
    const auto reply = parse_reply(message->reveal());
    if (!reply || reply->sequence != sequence_ || reply->status == CommandStatus::time_extension) {
      continue;  // left over from before, or more time is wanted
    }
    if (reply->status == CommandStatus::failed && reply->error == kSlotBusy) {
      return false;
    }
    if (reply->status != CommandStatus::done) {
      return refused(*reply);
    }
    if (reply->type == CcidType::data_block && is_answer_to_reset(reply->data)) {
      return true;
    }
  }
  return fail(Fault::device, "the key sends answers without a request");
}

Result<> CcidChannel::send(const CcidCommand& command, Deadline deadline) {
  const Secret message = encode(command);
  for (int tries = 0;; ++tries) {
    auto written = pipe_->write(message.reveal(), deadline);
    if (!written && written.error().trouble == io::UsbTrouble::stalled && tries == 0) {
      TRY(worded(pipe_->clear_halt()));
      continue;
    }
    return worded(std::move(written));
  }
}

Result<> CcidChannel::send_block(Chain chain, std::span<const std::byte> data, Deadline deadline) {
  return send({.type = CcidType::transfer_block, .sequence = ++sequence_, .chain = chain, .data = data}, deadline);
}

Result<> CcidChannel::send_next_part(Deadline deadline) {
  const std::size_t room = longest_message_ - kCcidHeaderSize;
  const auto rest = command_.reveal().subspan(sent_);
  const auto part = rest.first(std::min(rest.size(), room));
  const bool first = sent_ == 0;
  const bool last = part.size() == rest.size();
  const Chain chain = first ? (last ? Chain::whole : Chain::begins) : (last ? Chain::ends : Chain::goes_on);
  sent_ += part.size();
  return send_block(chain, part, deadline);
}

Result<> CcidChannel::begin(std::span<const std::byte> command, Deadline deadline) {
  cancel();
  command_ = Secret(command);
  sent_ = 0;
  response_.take();
  extensions_ = strangers_ = stalls_ = 0;
  deadline_ = deadline;
  TRY(send_next_part(deadline));
  busy_ = true;
  return {};
}

Result<std::optional<Secret>> CcidChannel::read(Deadline until) {
  while (true) {
    auto message = pipe_->read(longest_message_, until);
    if (!message && message.error().trouble == io::UsbTrouble::stalled && ++stalls_ <= kMostStalls) {
      TRY(worded(pipe_->clear_halt()));
      continue;
    }
    return worded(std::move(message));
  }
}

Result<std::optional<Secret>> CcidChannel::poll(Deadline until) {
  if (!busy_) {
    return fail(Fault::internal, "no command is under way");
  }
  while (true) {
    auto message = read(until);
    auto next = Next::wait;
    if (message && *message) {
      auto handled = handle((*message)->reveal());
      if (!handled) {
        busy_ = false;
        return std::unexpected(std::move(handled).error());
      }
      next = *handled;
    } else {
      busy_ = message.has_value();
      return message;
    }
    if (next == Next::finished) {
      busy_ = false;
      return response_.take();
    }
  }
}

Result<CcidChannel::Next> CcidChannel::handle(std::span<const std::byte> message) {
  const auto reply = parse_reply(message);
  if (!reply) {
    abort();
    return hinted(fail(Fault::device, "the key sent something that is no answer: {}", reply.error().text),
                  "plug it out and in again");
  }
  if (reply->sequence != sequence_ || reply->type != CcidType::data_block) {
    if (++strangers_ > kMostStrangers) {
      return fail(Fault::device, "the key sends answers without a request");
    }
    return Next::wait;
  }
  switch (reply->status) {
    case CommandStatus::time_extension:
      if (++extensions_ > kMostExtensions) {
        cancel();
        return fail(Fault::device, "the key asks for more time without end");
      }
      return Next::wait;
    case CommandStatus::done:
      return handle_block(*reply);
    default:
      return refused(*reply);
  }
}

Result<CcidChannel::Next> CcidChannel::handle_block(const CcidReply& reply) {
  const bool more_to_send = sent_ < command_.size();
  if (reply.chain == static_cast<std::uint8_t>(Chain::asks_for_more)) {
    if (!more_to_send || !reply.data.empty()) {
      return fail(Fault::device, "the key asks for more of a command that it has in whole");
    }
    TRY(send_next_part(deadline_));
    return Next::wait;
  }
  if (more_to_send) {
    return fail(Fault::device, "the key answers before it has the whole command");
  }
  if (response_.size() + reply.data.size() > kLongestResponse) {
    return fail(Fault::device, "the key's answer is longer than {} bytes", kLongestResponse);
  }
  response_.append(reply.data);
  switch (static_cast<Chain>(reply.chain)) {
    case Chain::whole:
    case Chain::ends:
      break;
    case Chain::begins:
    case Chain::goes_on:
      if (reply.data.empty()) {
        return fail(Fault::device, "the key's answer has an empty part");
      }
      TRY(send_block(Chain::asks_for_more, {}, deadline_));
      return Next::wait;
    default:
      return fail(Fault::device, "the key's answer is chained in an unknown way ({:02x})", reply.chain);
  }
  if (response_.size() < 2) {
    return fail(Fault::device, "the key's answer has no status word");
  }
  return Next::finished;
}

void CcidChannel::cancel() {
  if (std::exchange(busy_, false)) {
    abort();
  }
}

// Both halves of an abort (CCID 1.1, 5.3.1 and 6.1.13), then everything is read up to the answer to it. Errors do not
// matter: who comes next drops what is left.
void CcidChannel::abort() {
  const Deadline deadline = clock_.steady() + kAbortTime;
  ++sequence_;
  const auto asked = pipe_->control(kAbortRequest, static_cast<std::uint16_t>(sequence_ << 8), deadline);
  if (!asked && asked.error().trouble == io::UsbTrouble::gone) {
    return;
  }
  if (!send({.type = CcidType::abort, .sequence = sequence_}, deadline)) {
    return;
  }
  for (int frames = 0; frames < kMostStrangers; ++frames) {
    const auto message = read(deadline);
    if (!message || !*message) {
      return;
    }
    const auto reply = parse_reply((*message)->reveal());
    if (reply && reply->type == CcidType::slot_status && reply->sequence == sequence_) {
      return;
    }
  }
}

}  // namespace touchsts::card
