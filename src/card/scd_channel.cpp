#include "card/scd_channel.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "assuan/client.h"
#include "base/untrusted.h"
#include "card/shared_channel.h"
#include "codec/hex.h"

namespace touchsts::card {
namespace {

using namespace std::chrono_literals;

// Other programs find the card locked until scdaemon has reset it, which can take seconds on a busy machine.
constexpr auto kShortestFarewell = 200ms;
constexpr auto kLongestFarewell = 10s;

class ScdChannel : public SharedChannel {
 public:
  ScdChannel(assuan::Client agent, io::Clock& clock, Deadline deadline)
      : SharedChannel("gpg-agent", clock), agent_(std::move(agent)), deadline_(deadline) {}
  ScdChannel(const ScdChannel&) = delete;
  ScdChannel& operator=(const ScdChannel&) = delete;
  ~ScdChannel() override {
    // While a command runs nothing else can be asked for; the next client's reset then mends it.
    if (in_order()) {
      const Deadline now = clock().steady();
      const Deadline until = std::clamp(deadline_, now + kShortestFarewell, now + kLongestFarewell);
      (void)agent_.call("SCD RESET", until).has_value();  // and unlocks it
    }
  }

  [[nodiscard]] int descriptor() const override { return agent_.descriptor(); }

 private:
  Result<> send(std::span<const std::byte> command, Deadline deadline) override {
    return agent_.begin("SCD APDU " + codec::hex(command), deadline);
  }

  Result<std::optional<Answer>> receive(Deadline until) override {
    auto answer = TRY(agent_.poll(until));
    if (!answer) {
      return std::nullopt;
    }
    if (answer->error != 0) {
      return Answer(fail(Fault::device, "scdaemon refused: {}", Untrusted{answer->text}));
    }
    if (answer->data.size() < 2) {
      return Answer(fail(Fault::malformed, "scdaemon gave an answer of {} bytes", answer->data.size()));
    }
    return Answer(std::move(answer->data));
  }

  assuan::Client agent_;
  Deadline deadline_;
};

Result<> must(assuan::Client& agent, std::string_view command, Deadline deadline) {
  const auto answer = TRY(within("gpg-agent", agent.call(command, deadline)));
  return answer.error == 0 ? Result<>()
                           : hinted(fail(Fault::device, "scdaemon refused: {}", Untrusted{answer.text}),
                                    "free the key with: gpgconf --kill scdaemon");
}

}  // namespace

Result<std::unique_ptr<Channel>> open_scd_channel(std::unique_ptr<io::LocalStream> stream,
                                                  io::Clock& clock,
                                                  Deadline deadline) {
  auto agent = TRY(within("gpg-agent", assuan::Client::open(std::move(stream), deadline)));
  TRY(must(agent, "GETINFO scd_running", deadline));  // asking it for a card would start it
  // A card without an applet that scdaemon knows can be had too.
  if (TRY(within("gpg-agent", agent.call("SCD SERIALNO", deadline))).error != 0) {
    TRY(must(agent, "SCD SERIALNO undefined", deadline));
  }
  TRY(must(agent, "SCD LOCK --wait", deadline));
  return std::make_unique<ScdChannel>(std::move(agent), clock, deadline);
}

}  // namespace touchsts::card
