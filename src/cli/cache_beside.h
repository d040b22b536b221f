// Results that are also kept where another program keeps its own.
#pragma once

#include <cstddef>
#include <optional>

#include "aws/credentials.h"
#include "base/time.h"
#include "issue/carry_out.h"

namespace touchsts::cli {

// CacheBeside is asked when our cache holds nothing, and written when the answer is out.
class CacheBeside : public issue::Cache {
 public:
  virtual void flush() = 0;
};

// Both is our cache and that one.
class Both : public issue::Cache {
 public:
  Both(issue::Cache& ours, issue::Cache& beside) : ours_(ours), beside_(beside) {}

  std::optional<aws::Credentials> find(const issue::Plan& plan, std::size_t count, Time until) override {
    auto found = ours_.find(plan, count, until);
    return found ? std::move(found) : beside_.find(plan, count, until);
  }
  void keep(const issue::Plan& plan, std::size_t count, const aws::Credentials& result) override {
    ours_.keep(plan, count, result);
    beside_.keep(plan, count, result);
  }

 private:
  issue::Cache& ours_;
  issue::Cache& beside_;
};

}  // namespace touchsts::cli
