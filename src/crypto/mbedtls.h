// What every call into Mbed TLS needs.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <span>

namespace touchsts::crypto {

inline const unsigned char* raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

inline unsigned char* raw(std::span<std::byte> bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

// must_succeed is for functions that fail only when memory is out or the library is built without what they do.
inline void must_succeed(int status) {
  if (status != 0) {
    std::abort();
  }
}

}  // namespace touchsts::crypto
