// What the channels through another program (pcscd, scdaemon) have in common: it keeps time extensions to itself, and
// cannot take a command back.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "card/channel.h"
#include "io/clock.h"

namespace touchsts::card {

class SharedChannel : public Channel {
 public:
  Result<> begin(std::span<const std::byte> command, Deadline deadline) final;
  Result<std::optional<Secret>> poll(Deadline until) final;

  // awaits_touch: a card is never that slow otherwise.
  [[nodiscard]] bool awaits_touch() const final;

  // cancel gives the connection up.
  void cancel() final;

 protected:
  SharedChannel(std::string_view program, io::Clock& clock) : program_(program), clock_(clock) {}

  // send and receive are one command and its answer. An error is the end of the connection; what the program itself
  // refuses is an answer, and leaves the connection in order.
  virtual Result<> send(std::span<const std::byte> command, Deadline deadline) = 0;
  using Answer = Result<Secret>;
  virtual Result<std::optional<Answer>> receive(Deadline until) = 0;

  // in_order: there is a connection, and nothing is under way on it.
  [[nodiscard]] bool in_order() const { return state_ == State::idle; }
  [[nodiscard]] io::Clock& clock() const { return clock_; }

 private:
  enum class State { idle, busy, lost };

  std::string_view program_;
  io::Clock& clock_;
  State state_ = State::idle;
  Deadline begun_;
};

}  // namespace touchsts::card
