#include "os/waiting.h"

#include <algorithm>
#include <chrono>
#include <poll.h>
#include <vector>

namespace touchsts::os {
namespace {

using namespace std::chrono;

constexpr auto kBackgroundTick = milliseconds(100);

int poll_time(Deadline deadline, bool background) {
  const auto left = ceil<milliseconds>(deadline - steady_clock::now());
  const auto longest = background ? kBackgroundTick : milliseconds(60'000);
  return static_cast<int>(std::clamp(left, milliseconds(0), longest).count());
}

}  // namespace

bool any_answered(io::Backgrounds meanwhile) {
  return std::ranges::any_of(meanwhile, [](const io::Background* work) { return work->answered(); });
}

bool wait_for(int descriptor, short events, Deadline deadline, io::Backgrounds meanwhile, int interrupt) {
  std::vector<pollfd> ready;
  ready.reserve(meanwhile.size() + 2);
  while (!any_answered(meanwhile)) {
    ready.assign({{descriptor, events, 0}, {interrupt, POLLIN, 0}});
    for (io::Background* const work : meanwhile) {
      if (const auto wish = work->wants()) {
        ready.push_back({wish->descriptor, wish->events, 0});
      }
    }
    const bool background = ready.size() > 2;
    const int count = poll(ready.data(), ready.size(), poll_time(deadline, background));
    if (count > 0 && ready[1].revents != 0) {
      return false;
    }
    if (count > 0 && ready[0].revents != 0) {
      return true;
    }
    for (io::Background* const work : meanwhile) {
      if (work->wants()) {
        work->advance();
      }
    }
    if (steady_clock::now() >= deadline) {
      return false;
    }
  }
  return false;
}

}  // namespace touchsts::os
