// The client's side of Assuan, in which gpg-agent and pinentry are spoken to (libassuan's manual, "Client requests" and
// "Server responses"): lines of at most 1000 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "io/local_sockets.h"

namespace touchsts::assuan {

// Error codes (libgpg-error), the low 16 bits of what ERR says.
inline constexpr std::uint32_t kTimeout = 62;
inline constexpr std::uint32_t kCanceled = 99;
inline constexpr std::uint32_t kFullyCanceled = 198;

struct Answer {
  std::uint32_t error = 0;  // 0: OK
  std::string text;         // what an error says; foreign
  Secret data;              // of all D lines, unescaped; at most 64 KiB
};

// escaped makes text fit for an argument: '%', CR and LF become %XX.
std::string escaped(std::string_view text);

class Client {
 public:
  // The first answer of the other side is its greeting, which nothing has to be sent for.
  explicit Client(std::unique_ptr<io::LocalStream> stream) : stream_(std::move(stream)) {}

  // open awaits the greeting.
  static Result<Client> open(std::unique_ptr<io::LocalStream> stream, Deadline deadline);

  // begin sends a command; poll gives its answer once it is there, or nothing at `until`. What the server inquires is
  // declined, but for news (PINENTRY_LAUNCHED). Fault::malformed when the other side does not speak Assuan,
  // Fault::device when it is gone.
  Result<> begin(std::string_view command, Deadline deadline);
  Result<std::optional<Answer>> poll(Deadline until);

  // call is both; Fault::device when the answer is not there at the deadline.
  Result<Answer> call(std::string_view command, Deadline deadline);

  [[nodiscard]] int descriptor() const { return stream_->descriptor(); }

 private:
  Result<bool> take(const Secret& line);

  std::unique_ptr<io::LocalStream> stream_;
  Deadline deadline_;
  int lines_ = 0;  // of the answer so far
  SecretWriter data_;
  Answer answer_;
};

}  // namespace touchsts::assuan
