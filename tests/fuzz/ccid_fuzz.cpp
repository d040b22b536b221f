#include "card/ccid_descriptor.h"
#include "card/ccid_message.h"
#include "fuzz/fuzz.h"

// A reader that is found has what it needs; an answer that is taken says exactly how long it is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  const auto bytes = std::as_bytes(std::span(data, size));
  if (const auto readers = card::find_ccid(bytes)) {
    for (const auto& reader : *readers) {
      must((reader.endpoints.bulk_in & 0x8F) > 0x80 && (reader.endpoints.bulk_out & 0x0F) > 0);
      must(reader.longest_message >= 271 && reader.longest_message <= 65'554);
    }
  }
  if (const auto reply = card::parse_reply(bytes)) {
    must(reply->data.size() + card::kCcidHeaderSize == size);
  }
  return 0;
}
