// What a run that failed tells those that waited for it.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "base/error.h"
#include "base/secret.h"
#include "base/time.h"

namespace touchsts::flight {

// Reach says which people a run can ask for something.
enum class Reach : std::uint8_t { nobody, by_notice, on_terminal };

// FailureNote holds no secrets, since errors hold none.
struct FailureNote {
  std::string boot_id;  // the boot that `when` counts from
  Deadline when;
  Reach reach = Reach::nobody;  // a run that can reach a person better does not take over a failure for want of one
  Error error;
};

// seal_note: a sealed note (flight/sealed_note.h) of a version, boot id, time in nanoseconds, reach, fault, text and
// hint. Texts are cut at 1000 bytes.
Secret seal_note(const FailureNote& note);

// open_note gives nothing for anything else: an empty file, a torn note, one of another version.
std::optional<FailureNote> open_note(std::span<const std::byte> bytes);

}  // namespace touchsts::flight
