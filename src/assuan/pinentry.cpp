#include "assuan/pinentry.h"

#include <chrono>
#include <poll.h>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"

namespace touchsts::assuan {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLongestText = 600;  // of an argument, before it is escaped

std::string with(std::string_view command, const std::string& text) {
  return formatted("{} {}", command, escaped(std::string_view(text).substr(0, kLongestText)));
}

}  // namespace

Pinentry::Pinentry(std::unique_ptr<io::LocalStream> stream,
                   const Question& question,
                   io::Clock& clock,
                   Deadline deadline)
    : client_(std::move(stream)), clock_(clock), deadline_(deadline) {
  if (!question.terminal.empty()) {
    commands_.push_back(with("OPTION", "ttyname=" + question.terminal));
    commands_.push_back(with("OPTION", "ttytype=" + question.terminal_kind));
  }
  commands_.push_back("OPTION lc-ctype=C.UTF-8");
  commands_.push_back("OPTION touch-file=/dev/null");
  const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - clock.steady()).count();
  commands_.push_back(formatted("SETTIMEOUT {}", left));
  commands_.push_back("SETTITLE touchsts");
  commands_.push_back(with("SETDESC", question.description));
  commands_.push_back(with("SETPROMPT", question.prompt));
  if (!question.error.empty()) {
    commands_.push_back(with("SETERROR", question.error));
  }
  commands_.push_back("GETPIN");
}

std::optional<io::Background::Wish> Pinentry::wants() {
  return answer_ ? std::nullopt : std::optional(Wish{client_->descriptor(), POLLIN});
}

// It ends when its stdin does.
void Pinentry::abandon() { client_.reset(); }

void Pinentry::advance() {
  auto answer = step();
  if (!answer) {
    answer_ = std::unexpected(std::move(answer).error());
  } else if (*answer) {
    answer_ = *std::move(*answer);
  }
}

Result<std::optional<Secret>> Pinentry::step() {
  while (true) {
    auto answer = TRY(within("pinentry", client_->poll(clock_.steady())));
    if (!answer) {
      return std::nullopt;
    }
    if (commands_.empty()) {
      return conclude(*std::move(answer));
    }
    // What a kind of pinentry does not know it refuses, and goes on.
    TRY(within("pinentry", client_->begin(commands_.front(), deadline_)));
    commands_.pop_front();
  }
}

Result<std::optional<Secret>> Pinentry::conclude(Answer answer) {
  switch (answer.error) {
    case 0:
      return std::optional(std::move(answer.data));
    case kCanceled:
    case kFullyCanceled:
      return fail(Fault::no_human, "no answer was given");
    case kTimeout:
      return fail(Fault::no_human, "nobody answered in time");
    default:
      return fail(Fault::device, "pinentry cannot ask: {}", Untrusted{answer.text});
  }
}

}  // namespace touchsts::assuan
