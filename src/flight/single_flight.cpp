#include "flight/single_flight.h"

#include <algorithm>
#include <chrono>
#include <string_view>

#include "flight/sealed_note.h"
#include "issue/identity.h"

namespace touchsts::flight {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kPurpose = "result";
constexpr auto kTellAfter = 1s;
// Runs that began together end together: the one that was waited for says why, just after its own deadline.
constexpr auto kGrace = 2s;

}  // namespace

SingleFlight::SingleFlight(LockFiles& locks, cache::EntryStore& store, io::Terminal& terminal, const Manner& manner)
    : locks_(locks), store_(store), terminal_(terminal), manner_(manner), began_(locks.clock().steady()) {}

Reach SingleFlight::reach() {
  return !manner_.may_prompt ? Reach::nobody : terminal_.in_reach() ? Reach::on_terminal : Reach::by_notice;
}

Result<std::optional<aws::Credentials>> SingleFlight::join(const issue::Plan& plan, std::size_t count, Time until) {
  auto lock = locks_.open(kPurpose, issue::identity(plan, count).reveal());
  if (!lock) {
    return std::nullopt;
  }
  std::optional<aws::Credentials> found;
  std::optional<Error> failure;
  const auto settled = [&] {
    found = store_.find(plan, count, until);
    failure = found ? std::nullopt : inherited(*lock);
    return found || failure;
  };
  // Asked only while the lock is another's. What we did before that took its time is no waiting.
  bool told = !manner_.tells;
  const Deadline waits_from = locks_.clock().steady();
  const auto still_held = [&] {
    if (!told && locks_.clock().steady() >= waits_from + kTellAfter) {
      terminal_.tell(
          "waiting for another touchsts, which is getting these credentials; touch the YubiKey if it blinks");
      told = true;
    }
    return settled();
  };
  const auto taken = locks_.take(*lock, manner_.deadline + kGrace, still_held);
  if (!taken) {
    locks_.report(taken.error());
    return std::nullopt;
  }
  // Its last owner may have left something since we looked.
  if (*taken && !settled()) {
    held_.emplace_back(count, std::move(lock));
    return std::nullopt;
  }
  if (failure) {
    return std::unexpected(*std::move(failure));
  }
  if (!found) {
    return hinted(fail(Fault::no_human, "another touchsts was still getting these credentials"), "try again");
  }
  return found;
}

void SingleFlight::finished(std::size_t count) {
  if (const auto kept = store_.flush(); !kept) {
    locks_.report(kept.error());
  }
  std::erase_if(held_, [count](const auto& held) { return held.first == count; });
}

void SingleFlight::failed(const Error& error) {
  const bool own = error.fault == Fault::usage || error.fault == Fault::configuration || error.fault == Fault::internal;
  // Who has more time may find that the network is well again.
  const bool out_of_time = error.fault == Fault::network && locks_.clock().steady() >= manner_.deadline;
  if (own || out_of_time || !manner_.shares_failures) {
    return;
  }
  const Secret note = seal_note(
      {.boot_id = locks_.clock().boot_id(), .when = locks_.clock().steady(), .reach = reach(), .error = error});
  for (const auto& [count, lock] : held_) {
    if (const auto left = lock->leave_note(note.reveal()); !left) {
      locks_.report(left.error());
    }
  }
}

std::optional<Error> SingleFlight::inherited(io::Lock& lock) {
  auto note = manner_.shares_failures ? open_note(lock.note(kLargestNote)) : std::nullopt;
  if (!note || note->when <= began_ || note->boot_id != locks_.clock().boot_id()) {
    return std::nullopt;
  }
  if (note->error.fault == Fault::no_human && note->reach < reach()) {
    return std::nullopt;
  }
  return std::move(note->error);
}

}  // namespace touchsts::flight
