#include "os/waiting.h"

#include <algorithm>
#include <chrono>
#include <poll.h>

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

bool wait_for(int descriptor, short events, Deadline deadline, io::Background* meanwhile, int interrupt) {
  while (true) {
    const auto wish = meanwhile != nullptr ? meanwhile->wants() : std::nullopt;
    pollfd ready[3] = {{descriptor, events, 0},
                       {interrupt, POLLIN, 0},
                       {wish ? wish->descriptor : -1, wish ? wish->events : short{0}, 0}};
    const int count = poll(ready, 3, poll_time(deadline, wish.has_value()));
    if (count > 0 && ready[1].revents != 0) {
      return false;
    }
    if (count > 0 && ready[0].revents != 0) {
      return true;
    }
    if (wish) {
      meanwhile->advance();
    }
    if (steady_clock::now() >= deadline) {
      return false;
    }
  }
}

}  // namespace touchsts::os
