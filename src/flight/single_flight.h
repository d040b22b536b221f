// Of many runs that want the same, one does the work; the others take what it leaves: a result, or why there is none.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cache/entry_store.h"
#include "flight/failure_note.h"
#include "flight/lock_files.h"
#include "io/terminal.h"
#include "issue/carry_out.h"

namespace touchsts::flight {

// SingleFlight is one run among others. What it joins as the first one is its own until it is finished, or until this
// object ends: by then the result must be in the store.
class SingleFlight : public issue::Flight {
 public:
  struct Manner {
    Deadline deadline;            // of waiting
    bool may_prompt = true;       // a person may be asked for something
    bool shares_failures = true;  // not when it has means of its own, like a code that was given
    bool tells = false;           // on the terminal, that another run is waited for
  };

  SingleFlight(LockFiles& locks, cache::EntryStore& store, io::Terminal& terminal, const Manner& manner);

  Result<std::optional<aws::Credentials>> join(const issue::Plan& plan, std::size_t count, Time until) override;
  void finished(std::size_t count) override;
  void failed(const Error& error) override;

 private:
  Reach reach();
  std::optional<Error> inherited(io::Lock& lock);

  LockFiles& locks_;
  cache::EntryStore& store_;
  io::Terminal& terminal_;
  Manner manner_;
  Deadline began_;
  std::vector<std::pair<std::size_t, std::unique_ptr<io::Lock>>> held_;  // by the number of steps
};

}  // namespace touchsts::flight
