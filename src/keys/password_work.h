// How much a passphrase is made to cost, on this machine and in the memory that we may use.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "io/clock.h"
#include "io/files.h"
#include "keys/slots.h"

namespace touchsts::keys {

// RFC 9106, 4: 64 MiB and three passes where memory is short; OWASP's least is 19 MiB and two.
inline constexpr crypto::Argon2Cost kUsualCost{.memory = 64 * 1024, .passes = 3, .lanes = 1};
inline constexpr crypto::Argon2Cost kLeastCost{.memory = 19 * 1024, .passes = 2, .lanes = 1};
inline constexpr PasswordWork kPbkdf2Work{.argon2 = {}, .rounds = 600'000};

// memory_limit is the most that the control groups of this process allow, in KiB; nothing when they do not limit it.
std::optional<std::uint64_t> memory_limit(io::Files& files);

// limit_in reads a control group's file: a number of bytes, or "max". In KiB.
std::optional<std::uint64_t> limit_in(std::string_view text);

// check_memory fails with Fault::key_store when `work` does not fit: better than being killed in the middle of it.
Result<> check_memory(const PasswordWork& work, std::optional<std::uint64_t> limit);

// choose_work spends about 300 ms, never less than kLeastCost. `one_pass` is what a pass over `memory` KiB takes here.
PasswordWork choose_work(std::chrono::nanoseconds one_pass, std::uint32_t memory);

// calibrated_work measures one pass and chooses.
Result<PasswordWork> calibrated_work(io::Clock& clock, io::Files& files);

}  // namespace touchsts::keys
