#include "flight/failure_note.h"

#include <algorithm>
#include <string_view>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "flight/sealed_note.h"

namespace touchsts::flight {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kLongestText = 1000;

Result<std::string> text_in(ByteReader& in) {
  const auto bytes = TRY(in.take_sized());
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Result<FailureNote> parse(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  FailureNote note;
  if (TRY(in.u8()) != kVersion) {
    return fail(Fault::malformed, "a note of another version");
  }
  note.boot_id = TRY(text_in(in));
  const auto nanoseconds = static_cast<std::int64_t>(TRY(in.u64_le()));
  note.when = Deadline(std::chrono::duration_cast<Deadline::duration>(std::chrono::nanoseconds(nanoseconds)));
  note.reach = static_cast<Reach>(std::min<std::uint8_t>(TRY(in.u8()), 2));
  const auto fault = TRY(in.u8());
  if (fault > static_cast<std::uint8_t>(Fault::internal)) {
    return fail(Fault::malformed, "no fault");
  }
  note.error.fault = static_cast<Fault>(fault);
  note.error.text = TRY(text_in(in));
  note.error.hint = TRY(text_in(in));
  TRY(in.finish());
  return note;
}

std::string_view cut(std::string_view text) { return text.substr(0, kLongestText); }

}  // namespace

Secret seal_note(const FailureNote& note) {
  ByteWriter out;
  out.u8(kVersion);
  out.sized(note.boot_id);
  out.u64_le(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(note.when.time_since_epoch()).count()));
  out.u8(static_cast<std::uint8_t>(note.reach));
  out.u8(static_cast<std::uint8_t>(note.error.fault));
  out.sized(cut(note.error.text));
  out.sized(cut(note.error.hint));
  return sealed(out.take());
}

std::optional<FailureNote> open_note(std::span<const std::byte> bytes) {
  const auto inner = unsealed(bytes);
  auto note = inner ? parse(*inner) : fail(Fault::malformed, "no note");
  return note ? std::optional(*std::move(note)) : std::nullopt;
}

}  // namespace touchsts::flight
