// Unpredictable bytes.
#pragma once

#include <cstddef>
#include <span>

namespace touchsts::io {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> bytes) = 0;  // never fails: the process ends when the kernel gives none
};

}  // namespace touchsts::io
