#include "issue/carry_out.h"

#include <utility>

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
    const Seconds life = count == all ? must_last(plan.steps.back()) : kIntermediateLife;
    if (auto found = cache.find(plan, count, now + life)) {
      return {count, std::move(found)};
    }
  }
  return {};
}

}  // namespace

Result<aws::Credentials> carry_out(const Plan& plan, Time now, Reuse reuse, Cache& cache, StepRunner& runner) {
  auto [done, held] = latest_held(plan, now, reuse, cache);
  for (; done < plan.steps.size(); ++done) {
    auto made = runner.run(plan, plan.steps[done], held ? &*held : nullptr);
    if (!made) {
      if (made.error().fault == Fault::network && reuse == Reuse::everything) {
        if (auto old = cache.find(plan, plan.steps.size(), now + kIntermediateLife)) {
          return *std::move(old);
        }
      }
      return made;
    }
    held = *std::move(made);
    if (held->expires) {  // what never expires, long-term keys, is never cached
      cache.keep(plan, done + 1, *held);
    }
  }
  if (held->account_id.empty()) {
    held->account_id = plan.account_id;
  }
  return *std::move(held);
}

}  // namespace touchsts::issue
