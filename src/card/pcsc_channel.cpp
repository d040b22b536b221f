#include "card/pcsc_channel.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "base/untrusted.h"
#include "card/pcsc_error.h"
#include "card/shared_channel.h"

namespace touchsts::card {
namespace {

using namespace std::chrono_literals;

// Commands (pcsc-lite, winscard_msg.h). All numbers are in the machine's order, which is little end first on all of
// ours.
constexpr std::uint32_t kEstablishContext = 0x01;
constexpr std::uint32_t kConnect = 0x04;
constexpr std::uint32_t kDisconnect = 0x06;
constexpr std::uint32_t kBeginTransaction = 0x07;
constexpr std::uint32_t kEndTransaction = 0x08;
constexpr std::uint32_t kTransmit = 0x09;
constexpr std::uint32_t kVersion = 0x11;
constexpr std::uint32_t kReaderStates = 0x12;

constexpr std::uint32_t kProtocolMajor = 4;
constexpr std::uint32_t kNewestMinor = 5;
constexpr std::uint32_t kOldestMinor = 2;
constexpr std::uint32_t kShared = 2;       // SCARD_SHARE_SHARED
constexpr std::uint32_t kAnyProtocol = 3;  // SCARD_PROTOCOL_T0 | T1
constexpr std::uint32_t kLeaveCard = 0;    // SCARD_LEAVE_CARD
constexpr std::uint32_t kPresent = 0x04;   // SCARD_PRESENT
constexpr std::uint32_t kPciSize = 16;     // of SCARD_IO_REQUEST
constexpr std::size_t kNameSize = 128;     // bytes of a reader's name
constexpr std::size_t kStateSize = 184;    // of one reader's state
constexpr std::size_t kReaders = 16;
constexpr std::size_t kStateAt = kNameSize + 4;    // readerState, behind the name and a counter
constexpr std::size_t kSharingAt = kNameSize + 8;  // readerSharing, the number of its clients
constexpr std::size_t kProtocolAt = kStateSize - 4;
constexpr std::size_t kTransmitSize = 32;
constexpr std::uint32_t kLongest = 65'548;  // MAX_BUFFER_SIZE_EXTENDED

std::uint32_t u32_at(const Secret& bytes, std::size_t at) {
  ByteReader in(bytes.reveal().subspan(at));
  return in.u32_le().value_or(0);
}

std::string name_at(const Secret& states, std::size_t at) {
  const std::string_view text = states.reveal_text().substr(at, kNameSize);
  return std::string(text.substr(0, text.find('\0')));
}

Result<> check(std::uint32_t result) { return result == 0 ? Result<>() : std::unexpected(pcsc_error(result)); }

}  // namespace

Result<> PcscClient::send(std::uint32_t command, std::span<const std::byte> body) {
  ByteWriter out;
  out.u32_le(static_cast<std::uint32_t>(body.size()));
  out.u32_le(command);
  out.bytes(body);
  const Secret message = out.take();
  return stream_->write(message.reveal(), deadline_);
}

Result<Secret> PcscClient::receive(std::size_t size) {
  auto bytes = TRY(within("pcscd", stream_->read(size, deadline_)));
  if (!bytes) {
    return fail(Fault::device, "pcscd does not answer");
  }
  return *std::move(bytes);
}

Result<Secret> PcscClient::call(std::uint32_t command, std::span<const std::byte> body) {
  TRY(within("pcscd", send(command, body)));
  Secret answer = TRY(receive(body.size()));
  TRY(check(u32_at(answer, body.size() - 4)));
  return answer;
}

// The minor version to go on with: `minor` when pcscd takes it, else the one it would rather have, or the next older
// one.
Result<std::uint32_t> PcscClient::agree(std::uint32_t minor) {
  ByteWriter version;
  version.u32_le(kProtocolMajor);
  version.u32_le(minor);
  version.u32_le(0);
  const Secret asked = version.take();
  TRY(within("pcscd", send(kVersion, asked.reveal())));
  const Secret answer = TRY(receive(asked.size()));
  const std::uint32_t theirs = u32_at(answer, 4);
  const std::uint32_t result = u32_at(answer, 8);
  if (u32_at(answer, 0) != kProtocolMajor || (result == kPcscServiceStopped && theirs > kNewestMinor)) {
    return hinted(fail(Fault::device, "this pcscd speaks version {}:{} of its protocol", u32_at(answer, 0), theirs),
                  "touchsts speaks 4:2 to 4:5");
  }
  if (result == kPcscServiceStopped && minor > kOldestMinor) {
    return theirs >= kOldestMinor && theirs < minor ? theirs : minor - 1;
  }
  TRY(check(result));
  return minor;
}

Result<> PcscClient::establish_context() {
  ByteWriter scope;
  scope.u32_le(0);  // SCARD_SCOPE_USER
  scope.u32_le(0);
  scope.u32_le(0);
  const Secret establish = scope.take();
  const Secret established = TRY(call(kEstablishContext, establish.reveal()));
  context_ = u32_at(established, 4);
  return {};
}

// Older pcscds take no version but their own, and a connection on which they refused one is of no more use.
Result<std::optional<PcscClient>> PcscClient::open(io::LocalSockets& sockets, Deadline deadline) {
  for (std::uint32_t minor = kNewestMinor;;) {
    auto stream = sockets.connect(kPcscSocket);
    if (!stream) {
      return std::nullopt;
    }
    PcscClient client(std::move(stream), deadline);
    const std::uint32_t agreed = TRY(client.agree(minor));
    if (agreed == minor) {
      TRY(client.establish_context());
      return std::optional(std::move(client));
    }
    minor = agreed;
  }
}

Result<Secret> PcscClient::reader_states() {
  TRY(within("pcscd", send(kReaderStates, {})));
  return receive(kReaders * kStateSize);
}

Result<std::vector<std::string>> PcscClient::readers() {
  const Secret states = TRY(reader_states());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kReaders; ++i) {
    const std::string name = name_at(states, i * kStateSize);
    if (!name.empty() && (u32_at(states, i * kStateSize + kStateAt) & kPresent) != 0) {
      names.push_back(name);
    }
  }
  return names;
}

class PcscChannel : public SharedChannel {
 public:
  PcscChannel(PcscClient client, std::uint32_t card, std::uint32_t protocol, io::Clock& clock)
      : SharedChannel("pcscd", clock), client_(std::move(client)), card_(card), protocol_(protocol) {}
  PcscChannel(const PcscChannel&) = delete;
  PcscChannel& operator=(const PcscChannel&) = delete;
  ~PcscChannel() override {
    if (!in_order()) {
      return;  // pcscd ends what a client that went away has begun
    }
    client_.deadline_ = clock().steady() + 500ms;
    if (handle_call(kEndTransaction, true)) {
      (void)handle_call(kDisconnect, true).has_value();
    }
  }

  [[nodiscard]] int descriptor() const override { return client_.stream_->descriptor(); }

  // begin_transaction keeps others away; whether there are any.
  Result<bool> begin_transaction(const std::string& reader) {
    TRY(handle_call(kBeginTransaction, false));
    const Secret states = TRY(client_.reader_states());
    for (std::size_t at = 0; at < states.size(); at += kStateSize) {
      if (name_at(states, at) == reader) {
        // pcscd does not tell those who come while it resets the card; without a protocol it refuses all they send.
        if (u32_at(states, at + kProtocolAt) != protocol_) {
          return hinted(fail(Fault::device, "pcscd has just reset the card"), "try again");
        }
        return u32_at(states, at + kSharingAt) == 1;
      }
    }
    return fail(Fault::device, "pcscd has no reader '{}' any more", Untrusted{reader});
  }

  Result<> handle_call(std::uint32_t command, bool disposition) {
    ByteWriter out;
    out.u32_le(card_);
    if (disposition) {
      out.u32_le(kLeaveCard);
    }
    out.u32_le(0);
    const Secret body = out.take();
    TRY(client_.call(command, body.reveal()));
    return {};
  }

 private:
  Result<> send(std::span<const std::byte> command, Deadline deadline) override {
    client_.deadline_ = deadline;
    ByteWriter out;
    out.u32_le(card_);
    out.u32_le(protocol_);
    out.u32_le(kPciSize);
    out.u32_le(static_cast<std::uint32_t>(command.size()));
    out.u32_le(kAnyProtocol);
    out.u32_le(kPciSize);
    out.u32_le(kLongest);
    out.u32_le(0);
    const Secret head = out.take();
    size_ = 0;
    TRY(client_.send(kTransmit, head.reveal()));
    return client_.stream_->write(command, deadline);
  }

  Result<std::optional<Answer>> receive(Deadline until) override {
    if (size_ == 0) {
      const auto head = TRY(client_.stream_->read(kTransmitSize, until));
      if (!head) {
        return std::nullopt;
      }
      if (auto refused = check(u32_at(*head, kTransmitSize - 4)); !refused) {
        return Answer(std::unexpected(std::move(refused).error()));
      }
      size_ = u32_at(*head, kTransmitSize - 8);
      if (size_ < 2 || size_ > kLongest) {
        return fail(Fault::malformed, "an answer of {} bytes", size_);
      }
    }
    auto response = TRY(client_.stream_->read(size_, until));
    return response ? std::optional<Answer>(*std::move(response)) : std::nullopt;
  }

  PcscClient client_;
  std::uint32_t card_;
  std::uint32_t protocol_;
  std::size_t size_ = 0;  // of the answer; 0 as long as it is not known
};

Result<PcscClient::Shared> PcscClient::connect(PcscClient client, const std::string& reader, io::Clock& clock) {
  if (reader.size() >= kNameSize) {
    return fail(Fault::device, "pcscd has no reader '{}'", Untrusted{reader});
  }
  ByteWriter out;
  out.u32_le(client.context_);
  out.bytes(std::as_bytes(std::span(reader)));
  const std::vector<std::byte> rest(kNameSize - reader.size());
  out.bytes(rest);
  out.u32_le(kShared);
  out.u32_le(kAnyProtocol);
  out.u32_le(0);  // hCard
  out.u32_le(0);  // dwActiveProtocol
  out.u32_le(0);
  const Secret request = out.take();
  const Secret connected = TRY(client.call(kConnect, request.reveal()));
  constexpr std::size_t kCardAt = 4 + kNameSize + 8;
  auto channel = std::make_unique<PcscChannel>(
      std::move(client), u32_at(connected, kCardAt), u32_at(connected, kCardAt + 4), clock);
  const bool alone = TRY(channel->begin_transaction(reader));
  return Shared{.channel = std::move(channel), .alone = alone};
}

}  // namespace touchsts::card
