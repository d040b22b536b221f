#include <algorithm>
#include <vector>

#include "crypto/hash.h"
#include "fuzz/fuzz.h"
#include "keys/slots.h"

// What is read is written the same, and asks for no more work than touchsts makes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  const auto input = fuzz::bytes(data, size);
  std::vector<std::byte> file(input.begin(), input.end());
  for (const bool summed : {false, true}) {
    if (summed && file.size() >= 8) {  // behind the right sum the rest is reached
      const auto sum = crypto::sha256(std::span(file).first(file.size() - 8));
      std::copy_n(sum.begin(), 8, file.end() - 8);
    }
    const auto slots = keys::decode_slots(file);
    if (!slots) {
      continue;
    }
    must(keys::encode_slots(*slots) == file);
    for (const auto& slot : slots->slots) {
      must(slot.work.argon2.memory <= keys::kLargestCost.memory &&
           slot.work.argon2.passes <= keys::kLargestCost.passes && slot.work.rounds <= keys::kMostRounds);
    }
  }
  return 0;
}
