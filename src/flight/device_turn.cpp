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

Result<DeviceTurn> DeviceTurn::take(LockFiles& locks, const std::string& serial, Deadline deadline) {
  auto lock = locks.open(kPurpose, std::as_bytes(std::span(serial)));
  if (!lock) {
    return DeviceTurn(locks, serial, nullptr, {});
  }
  const auto taken = locks.take(*lock, deadline);
  if (!taken) {
    locks.report(taken.error());
    return DeviceTurn(locks, serial, nullptr, {});
  }
  if (!*taken) {
    return hinted(fail(Fault::no_human, "another touchsts used the MFA device {} all the time", Untrusted{serial}),
                  "try again");
  }
  auto spent = open_spent(lock->note(kLargestNote));
  return DeviceTurn(locks, serial, std::move(lock), std::move(spent));
}

Time DeviceTurn::usable_from(Time when) const {
  std::int64_t step = step_of(when);
  const auto is_spent = [this](std::int64_t wanted) {
    return std::ranges::contains(spent_.codes, wanted, &SpentCodes::Code::step);
  };
  if (!is_spent(step)) {
    return when;
  }
  while (is_spent(step)) {
    ++step;
  }
  return Time(step * kTimeStep);
}

std::array<std::byte, 8> DeviceTurn::tag(const Secret& code) const {
  ByteWriter out;
  out.sized(serial_);
  out.sized(code.reveal());
  const Secret text = out.take();
  return locks_->tag(text.reveal());
}

bool DeviceTurn::spent(const Secret& code) const {
  return std::ranges::contains(spent_.codes, tag(code), &SpentCodes::Code::tag);
}

void DeviceTurn::spend(Time when, const Secret& code) {
  auto& codes = spent_.codes;
  codes.push_back({step_of(when), tag(code)});
  if (codes.size() > SpentCodes::kMost) {
    codes.erase(codes.begin());
  }
  write_down();
}

void DeviceTurn::take_back() {
  if (!spent_.codes.empty()) {
    spent_.codes.pop_back();
    write_down();
  }
}

void DeviceTurn::write_down() {
  if (lock_) {
    if (const auto left = lock_->leave_note(seal_spent(spent_).reveal()); !left) {
      locks_->report(left.error());
    }
  }
}

}  // namespace touchsts::flight
