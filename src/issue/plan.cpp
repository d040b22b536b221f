#include "issue/plan.h"

#include <algorithm>

namespace touchsts::issue {
namespace {

struct WholeLife {
  Seconds operator()(const LongTermKeys&) const { return Seconds(0); }
  Seconds operator()(const SessionToken& step) const { return step.duration.value_or(aws::kUsualSession); }
  Seconds operator()(const AssumeRole& step) const { return step.request.duration.value_or(aws::kUsualRole); }
};

}  // namespace

Seconds must_last(const Step& step) { return std::min(Seconds(900), std::visit(WholeLife(), step) / 3); }

}  // namespace touchsts::issue
