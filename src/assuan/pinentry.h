// Asking a person through pinentry (pinentry's manual, "Protocol").
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "assuan/client.h"
#include "io/background.h"
#include "io/clock.h"

namespace touchsts::assuan {

struct Question {
  std::string description;
  std::string prompt;
  std::string error;     // of the answer before; "" when there was none
  std::string terminal;  // for the kinds of pinentry that draw on one; "" when there is none
  std::string terminal_kind;
};

// A Pinentry is a question on its way. It is driven as Background; destroying it takes the question back.
class Pinentry : public io::Background {
 public:
  // `stream` is the stdin and stdout of a pinentry that has just started.
  Pinentry(std::unique_ptr<io::LocalStream> stream, const Question& question, io::Clock& clock, Deadline deadline);

  std::optional<Wish> wants() override;
  void advance() override;
  [[nodiscard]] bool answered() const override { return answer_.has_value(); }
  void abandon() override;

  // take is the answer, once there is one: what was typed. Fault::no_human: the person gave up, or the time was over.
  // Fault::device: there is no pinentry that works.
  Result<Secret> take() { return *std::move(answer_); }

 private:
  Result<std::optional<Secret>> step();
  Result<std::optional<Secret>> conclude(Answer answer);

  std::optional<Client> client_;
  io::Clock& clock_;
  Deadline deadline_;
  std::deque<std::string> commands_;  // still to be sent; the last one asks
  std::optional<Result<Secret>> answer_;
};

}  // namespace touchsts::assuan
