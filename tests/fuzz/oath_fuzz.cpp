#include "card/management.h"
#include "card/oath.h"
#include "fake/fake_world.h"
#include "fuzz/fuzz.h"

namespace {

using namespace touchsts;

// Gives the input as answers: a length byte and that many bytes each, at least a status word.
class AnswersOf : public card::Channel {
 public:
  explicit AnswersOf(std::span<const std::byte> input) : rest_(input) {}
  Result<> begin(std::span<const std::byte>, Deadline) override { return {}; }
  Result<std::optional<Secret>> poll(Deadline) override {
    if (rest_.empty()) {
      return fail(Fault::device, "the key was removed");
    }
    const std::size_t size = std::min<std::size_t>(std::to_integer<std::size_t>(rest_.front()), rest_.size() - 1);
    const auto answer = rest_.subspan(1, size);
    rest_ = rest_.subspan(1 + size);
    return std::optional(answer.size() < 2 ? Secret(std::string_view("\x90\x00", 2)) : Secret(answer));
  }
  [[nodiscard]] int descriptor() const override { return -1; }
  [[nodiscard]] bool awaits_touch() const override { return false; }
  void cancel() override {}

 private:
  std::span<const std::byte> rest_;
};

}  // namespace

// Whatever a key answers, what is taken of it keeps to the limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fuzz::must;
  AnswersOf channel(std::as_bytes(std::span(data, size)));
  fake::FakeRandom random;
  auto session = card::OathSession::select(channel, random, Deadline());
  if (!session) {
    (void)card::read_serial(channel, Deadline());
    return 0;
  }
  must(session->device_id().size() == 22);
  const auto accounts = session->list();
  if (!accounts) {
    return 0;
  }
  must(accounts->size() <= 64);
  for (const auto& account : *accounts) {
    must(account.id.size() <= card::kLongestId && account.id.ends_with(account.name()));
    if (session->begin_code(account, Time(Seconds(59)))) {
      const auto raw = channel.poll(Deadline());
      if (raw && *raw) {
        const auto code = session->finish_code(**raw);
        must(!code || !*code || ((*code)->size() >= 6 && (*code)->size() <= 8));
      }
    }
  }
  return 0;
}
