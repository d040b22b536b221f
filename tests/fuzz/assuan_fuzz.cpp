#include "assuan/client.h"
#include "assuan/pinentry.h"
#include "fuzz/scripted_stream.h"

// A gpg-agent and a pinentry that say anything: they are asked to an end, and no answer is longer than it may be.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  const auto said = fuzz::bytes(data, size);
  if (auto agent = assuan::Client::open(std::make_unique<fuzz::ScriptedStream>(said), {})) {
    const auto answer = agent->call("SCD APDU 00", {});
    must(!answer || answer->data.size() <= 65'536);
  }
  fuzz::StandingClock clock;
  assuan::Pinentry pinentry(
      std::make_unique<fuzz::ScriptedStream>(said),
      {.description = "a\nb%", .prompt = "code:", .error = "", .terminal = "", .terminal_kind = ""},
      clock,
      {});
  for (std::size_t turns = 0; !pinentry.answered(); ++turns) {
    must(turns <= size + 16);  // a line each, and the end
    pinentry.advance();
  }
  const auto typed = pinentry.take();
  must(!typed || typed->size() <= 65'536);
  return 0;
}
