#include "card/scd_channel.h"

#include <chrono>
#include <string>
#include <utility>

#include "assuan/client.h"
#include "base/untrusted.h"
#include "codec/hex.h"

namespace touchsts::card {
namespace {

using namespace std::chrono_literals;

constexpr auto kTouchAfter = 300ms;  // scdaemon keeps time extensions to itself
constexpr auto kFarewell = 1s;

class ScdChannel : public Channel {
 public:
  ScdChannel(assuan::Client agent, io::Clock& clock) : agent_(std::move(agent)), clock_(clock) {}
  ScdChannel(const ScdChannel&) = delete;
  ScdChannel& operator=(const ScdChannel&) = delete;
  ~ScdChannel() override {
    if (busy_ || broken_) {
      return;  // scdaemon resets the card of a session that ends with the card locked
    }
    (void)agent_.call("SCD RESET", clock_.steady() + kFarewell).has_value();  // and unlocks it
  }

  Result<> begin(std::span<const std::byte> command, Deadline deadline) override {
    if (broken_) {
      return fail(Fault::device, "the connection to gpg-agent was given up");
    }
    TRY(within("gpg-agent", agent_.begin("SCD APDU " + codec::hex(command), deadline)));
    busy_ = true;
    begun_ = clock_.steady();
    return {};
  }

  Result<std::optional<Secret>> poll(Deadline until) override {
    auto response = next(until);
    if (!response || *response) {
      busy_ = false;
      broken_ = !response;
    }
    return response;
  }

  [[nodiscard]] int descriptor() const override { return agent_.descriptor(); }
  [[nodiscard]] bool awaits_touch() const override { return busy_ && clock_.steady() - begun_ >= kTouchAfter; }

  // gpg-agent cannot take a command back, so the connection goes.
  void cancel() override { broken_ = broken_ || std::exchange(busy_, false); }

 private:
  Result<std::optional<Secret>> next(Deadline until) {
    auto answer = TRY(within("gpg-agent", agent_.poll(until)));
    if (!answer) {
      return std::nullopt;
    }
    if (answer->error != 0) {
      return fail(Fault::device, "scdaemon refused: {}", Untrusted{answer->text});
    }
    if (answer->data.size() < 2) {
      return fail(Fault::malformed, "scdaemon gave an answer of {} bytes", answer->data.size());
    }
    return std::optional(std::move(answer->data));
  }

  assuan::Client agent_;
  io::Clock& clock_;
  Deadline begun_;
  bool busy_ = false;
  bool broken_ = false;
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
  return std::make_unique<ScdChannel>(std::move(agent), clock);
}

}  // namespace touchsts::card
