#include "issue/plan.h"

#include <algorithm>

namespace touchsts::issue {
namespace {

struct WholeLife {
  Seconds operator()(const LongTermKeys&) const { return Seconds(0); }
  Seconds operator()(const SessionToken& step) const { return step.duration.value_or(aws::kUsualSession); }
  Seconds operator()(const AssumeRole& step) const { return step.request.duration.value_or(aws::kUsualRole); }
  Seconds operator()(const SamlRole& step) const { return step.duration.value_or(aws::kUsualRole); }
};

}  // namespace

Seconds whole_life(const Step& step) { return std::visit(WholeLife(), step); }

Seconds must_last(const Plan& plan) {
  return plan.min_ttl.value_or(std::min(Seconds(900), whole_life(plan.steps.back()) / 3));
}

Seconds ahead_of_time(const Plan& plan) {
  return std::max(must_last(plan), std::min(must_last(plan) * 4 / 3, whole_life(plan.steps.back()) * 9 / 10));
}

}  // namespace touchsts::issue
