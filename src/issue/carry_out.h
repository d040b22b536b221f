// The heart: from a Plan to Credentials, calling the world only for steps that the cache does not cover.
#pragma once

#include <cstddef>
#include <optional>

#include "aws/credentials.h"
#include "base/result.h"
#include "base/time.h"
#include "issue/plan.h"

namespace touchsts::issue {

// Cache holds what earlier runs got.
class Cache {
 public:
  virtual ~Cache() = default;

  // find gives the result of the first `count` steps of `plan` if it is held and still good at `until`.
  virtual std::optional<aws::Credentials> find(const Plan& plan, std::size_t count, Time until) = 0;

  // keep stores it, best effort: a full disk never costs the user the answer.
  virtual void keep(const Plan& plan, std::size_t count, const aws::Credentials& result) = 0;
};

// Flight keeps runs beside each other from doing the same work: one does it, the others take what it leaves.
class Flight {
 public:
  virtual ~Flight() = default;

  // join waits for whoever does the first `count` steps of `plan`. It gives their result, good at `until`, or nothing:
  // then they are ours, until finished. An error is why whoever was waited for failed, or that there is no time left.
  virtual Result<std::optional<aws::Credentials>> join(const Plan& plan, std::size_t count, Time until) = 0;

  virtual void finished(std::size_t count) = 0;

  // failed tells those who wait for what is ours.
  virtual void failed(const Error& error) = 0;
};

// StepRunner does the work of one step, given the result of the step before (null for the first).
class StepRunner {
 public:
  virtual ~StepRunner() = default;
  virtual Result<aws::Credentials> run(const Plan& plan, const Step& step, const aws::Credentials* before) = 0;
};

// Reuse says which held results may be used.
enum class Reuse { everything, sessions_only, nothing };

// carry_out walks back to the latest step whose result is still held, and forward from there. When the service cannot
// be reached, a held result that is good for another minute is better than none. Where nothing may be reused, nothing
// is shared with other runs either.
Result<aws::Credentials> carry_out(
    const Plan& plan, Time now, Reuse reuse, Cache& cache, Flight& flight, StepRunner& runner);

}  // namespace touchsts::issue
