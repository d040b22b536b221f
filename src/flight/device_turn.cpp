#include "flight/device_turn.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "base/untrusted.h"
#include "flight/sealed_note.h"

namespace touchsts::flight {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::string_view kPurpose = "MFA device";
constexpr std::string_view kLastingPurpose = "spent MFA codes";

std::int64_t step_of(Time when) { return std::chrono::floor<Seconds>(when).time_since_epoch() / kTimeStep; }

Result<SpentCodes> parse(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  SpentCodes spent;
  if (TRY(in.u8()) != kVersion) {
    return fail(Fault::malformed, "a note of another version");
  }
  while (in.remaining() > 0 && spent.codes.size() < SpentCodes::kMost) {
    SpentCodes::Code code;
    code.step = static_cast<std::int64_t>(TRY(in.u64_le()));
    std::ranges::copy(TRY(in.take(code.tag.size())), code.tag.begin());
    spent.codes.push_back(code);
  }
  return spent;
}

}  // namespace

Secret seal_spent(const SpentCodes& spent) {
  ByteWriter out;
  out.u8(kVersion);
  for (const auto& code : spent.codes) {
    out.u64_le(static_cast<std::uint64_t>(code.step));
    out.bytes(code.tag);
  }
  return sealed(out.take());
}

SpentCodes open_spent(std::span<const std::byte> bytes) {
  const auto inner = unsealed(bytes);
  auto spent = inner ? parse(*inner) : SpentCodes();
  return spent ? *std::move(spent) : SpentCodes();
}

Result<> DeviceTurn::take(LockFiles& locks, Ledger& ledger, const std::string& serial, Deadline deadline) {
  if (!ledger.lock) {
    return {};
  }
  const auto taken = locks.take(*ledger.lock, deadline);
  if (!taken) {
    locks.report(taken.error());
    ledger.lock.reset();
    return {};
  }
  if (!*taken) {
    return hinted(fail(Fault::no_human, "another touchsts used the MFA device {} all the time", Untrusted{serial}),
                  "try again");
  }
  ledger.spent = open_spent(ledger.lock->note(kLargestNote));
  return {};
}

Result<DeviceTurn> DeviceTurn::take(LockFiles& locks, const std::string& serial, Deadline deadline) {
  const auto identity = std::as_bytes(std::span(serial));
  DeviceTurn turn(locks, serial);
  turn.keyed_.lock = locks.open(kPurpose, identity);
  TRY(take(locks, turn.keyed_, serial, deadline));
  turn.lasting_.lock = locks.open_lasting(kLastingPurpose, identity);
  TRY(take(locks, turn.lasting_, serial, deadline));
  return turn;
}

Time DeviceTurn::usable_from(Time when) const {
  std::int64_t step = step_of(when);
  const auto is_spent = [this](std::int64_t wanted) {
    return std::ranges::contains(keyed_.spent.codes, wanted, &SpentCodes::Code::step) ||
           std::ranges::contains(lasting_.spent.codes, wanted, &SpentCodes::Code::step);
  };
  if (!is_spent(step)) {
    return when;
  }
  while (is_spent(step)) {
    ++step;
  }
  return Time(step * kTimeStep);
}

Secret DeviceTurn::named(const Secret& code) const {
  ByteWriter out;
  out.sized(serial_);
  out.sized(code.reveal());
  return out.take();
}

bool DeviceTurn::spent(const Secret& code) const {
  const Secret text = named(code);
  return std::ranges::contains(keyed_.spent.codes, locks_->tag(text.reveal()), &SpentCodes::Code::tag) ||
         std::ranges::contains(lasting_.spent.codes, LockFiles::lasting_tag(text.reveal()), &SpentCodes::Code::tag);
}

void DeviceTurn::spend(Time when, const Secret& code) {
  const Secret text = named(code);
  for (auto& [ledger, tag] :
       {std::pair(&keyed_, locks_->tag(text.reveal())), std::pair(&lasting_, LockFiles::lasting_tag(text.reveal()))}) {
    auto& codes = ledger->spent.codes;
    codes.push_back({step_of(when), tag});
    if (codes.size() > SpentCodes::kMost) {
      codes.erase(codes.begin());
    }
    write_down(*ledger);
  }
}

void DeviceTurn::take_back() {
  for (Ledger* const ledger : {&keyed_, &lasting_}) {
    if (!ledger->spent.codes.empty()) {
      ledger->spent.codes.pop_back();
      write_down(*ledger);
    }
  }
}

void DeviceTurn::write_down(const Ledger& ledger) {
  if (ledger.lock) {
    if (const auto left = ledger.lock->leave_note(seal_spent(ledger.spent).reveal()); !left) {
      locks_->report(left.error());
    }
  }
}

}  // namespace touchsts::flight
