#include "issue/carry_out.h"

#include <utility>
#include <variant>

namespace touchsts::issue {
namespace {

struct Held {
  std::size_t done = 0;  // steps covered
  std::optional<aws::Credentials> result;
};

Held latest_held(const Plan& plan, Time now, Reuse reuse, Cache& cache) {
  const std::size_t all = plan.steps.size();
  for (std::size_t count = all; count > 0 && reuse != Reuse::nothing; --count) {
    if (count == all && reuse == Reuse::sessions_only) {
      continue;
    }
    const Seconds life = count == all ? must_last(plan) : kIntermediateLife;
    if (auto found = cache.find(plan, count, now + life)) {
      return {count, std::move(found)};
    }
  }
  return {};
}

// One run of a plan.
class Run {
 public:
  Run(const Plan& plan, Time now, Reuse reuse, Cache& cache, Flight& flight, StepRunner& runner)
      : plan_(plan), now_(now), reuse_(reuse), cache_(cache), flight_(flight), runner_(runner) {}

  Result<aws::Credentials> result() {
    const std::size_t all = plan_.steps.size();
    held_ = latest_held(plan_, now_, reuse_, cache_);
    if (held_.done < all && reuse_ == Reuse::everything) {
      if (auto theirs = TRY(flight_.join(plan_, all, now_ + must_last(plan_)))) {
        return *std::move(theirs);
      }
      held_ = latest_held(plan_, now_, reuse_, cache_);  // others may have come further meanwhile
    }
    while (held_.done < all) {
      TRY(next());
    }
    return *std::move(held_.result);
  }

 private:
  // One step more.
  Result<> next() {
    const std::size_t count = held_.done + 1;
    const auto& step = plan_.steps[held_.done];
    const bool intermediate = count < plan_.steps.size();
    const bool shared = intermediate && reuse_ != Reuse::nothing && !std::holds_alternative<LongTermKeys>(step);
    if (shared) {
      if (auto theirs = TRY(flight_.join(plan_, count, now_ + kIntermediateLife))) {
        held_ = {count, std::move(theirs)};
        return {};
      }
    }
    held_ = {count, TRY(runner_.run(plan_, step, held_.result ? &*held_.result : nullptr))};
    if (held_.result->expires) {  // what never expires, long-term keys, is never cached
      cache_.keep(plan_, count, *held_.result);
    }
    if (shared) {
      flight_.finished(count);
    }
    return {};
  }

  const Plan& plan_;
  Time now_;
  Reuse reuse_;
  Cache& cache_;
  Flight& flight_;
  StepRunner& runner_;
  Held held_;
};

}  // namespace

Result<aws::Credentials> carry_out(
    const Plan& plan, Time now, Reuse reuse, Cache& cache, Flight& flight, StepRunner& runner) {
  auto result = Run(plan, now, reuse, cache, flight, runner).result();
  if (!result) {
    flight.failed(result.error());
    if (result.error().fault == Fault::network && reuse == Reuse::everything) {
      if (auto old = cache.find(plan, plan.steps.size(), now + kIntermediateLife)) {
        result = *std::move(old);
      }
    }
  }
  if (result && result->account_id.empty()) {
    result->account_id = plan.account_id;
  }
  return result;
}

}  // namespace touchsts::issue
