#include "card/shared_channel.h"

#include <chrono>
#include <string>
#include <utility>

namespace touchsts::card {
namespace {

using namespace std::chrono_literals;

constexpr auto kTouchAfter = 300ms;

}  // namespace

Result<> SharedChannel::begin(std::span<const std::byte> command, Deadline deadline) {
  if (state_ == State::lost) {
    return fail(Fault::device, "the connection to {} was given up", program_);
  }
  state_ = State::lost;  // unless all of the command goes out
  TRY(within(std::string(program_), send(command, deadline)));
  state_ = State::busy;
  begun_ = clock_.steady();
  return {};
}

Result<std::optional<Secret>> SharedChannel::poll(Deadline until) {
  auto answer = within(std::string(program_), receive(until));
  if (!answer) {
    state_ = State::lost;
    return std::unexpected(std::move(answer).error());
  }
  if (!*answer) {
    return std::nullopt;
  }
  state_ = State::idle;
  if (!**answer) {
    return std::unexpected(std::move(**answer).error());
  }
  return std::optional(std::move(***answer));
}

bool SharedChannel::awaits_touch() const { return state_ == State::busy && clock_.steady() - begun_ >= kTouchAfter; }

void SharedChannel::cancel() { state_ = state_ == State::busy ? State::lost : state_; }

}  // namespace touchsts::card
