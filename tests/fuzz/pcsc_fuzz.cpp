#include "card/pcsc_channel.h"
#include "fuzz/scripted_stream.h"

namespace {

struct ScriptedSockets : touchsts::io::LocalSockets {
  std::span<const std::byte> said;
  std::unique_ptr<touchsts::io::LocalStream> connect(const std::string&) override {
    return std::make_unique<touchsts::fuzz::ScriptedStream>(said);
  }
};

}  // namespace

// A pcscd that says anything: names of readers are text that ends, and an answer of a card has its status word.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  fuzz::StandingClock clock;
  ScriptedSockets sockets;
  sockets.said = fuzz::bytes(data, size);
  auto opened = card::PcscClient::open(sockets, {});
  if (!opened) {
    return 0;
  }
  auto client = *std::move(opened);
  const auto readers = client->readers();
  for (const auto& name : readers.value_or(std::vector<std::string>())) {
    must(!name.empty() && name.size() <= 128 && !name.contains('\0'));
  }
  auto shared = card::PcscClient::connect(*std::move(client), "reader", clock);
  if (shared) {
    const auto answer = card::transmit(*shared->channel, {}, {});
    must(!answer || (answer->size() >= 2 && answer->size() <= 65'548));
  }
  return 0;
}
