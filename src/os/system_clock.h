// The kernel's clocks and random numbers.
#pragma once

#include "io/clock.h"
#include "io/random.h"

namespace touchsts::os {

class SystemClock : public io::Clock {
 public:
  Time now() override;
  Deadline steady() override;
  Seconds since_boot() override;
  std::string boot_id() override;
  void sleep_until(Deadline time) override;
};

class SystemRandom : public io::Random {
 public:
  void fill(std::span<std::byte> bytes) override;
};

}  // namespace touchsts::os
