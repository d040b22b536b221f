// Notes in lock files are replaced in place, under the eyes of readers: a seal tells whole ones from torn ones.
#pragma once

#include <optional>
#include <span>

#include "base/secret.h"

namespace touchsts::flight {

inline constexpr std::size_t kLargestNote = 4096;  // bytes, sealed

// sealed puts a u32_le size and the first eight bytes of a SHA-256 in front of `note`.
Secret sealed(const Secret& note);

// unsealed gives the view of a whole note in `bytes`; what stands behind it is left from a longer one.
std::optional<std::span<const std::byte>> unsealed(std::span<const std::byte> bytes);

}  // namespace touchsts::flight
