#include "flight/device_turn.h"
#include "flight/failure_note.h"
#include "flight/sealed_note.h"
#include "fuzz/fuzz.h"

// What is read from a note is what its writer wrote.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  const auto bytes = fuzz::bytes(data, size);
  (void)flight::open_note(bytes);
  (void)flight::open_spent(bytes);
  const Secret whole = flight::sealed(Secret(bytes));
  if (const auto note = flight::open_note(whole.reveal())) {
    const auto again = flight::open_note(flight::seal_note(*note).reveal());
    must(again && again->when == note->when && again->reach == note->reach && again->boot_id == note->boot_id);
    must(note->error.text.starts_with(again->error.text) && note->error.hint.starts_with(again->error.hint));
  }
  const auto spent = flight::open_spent(whole.reveal());
  must(flight::open_spent(flight::seal_spent(spent).reveal()).codes == spent.codes);
  return 0;
}
