#include "steps/selector.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "codec/ascii.h"
#include "codec/number.h"

namespace touchsts::steps {
namespace {

constexpr std::size_t kLongestTyped = 64;  // bytes
constexpr std::ptrdiff_t kPage = 10;       // lines
constexpr int kTries = 3;                  // numbers that are none

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

// The first `most` characters.
std::string cut(const std::string& text, std::size_t most) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    count += begins_character(text[i]) ? 1 : 0;
    if (count > most) {
      return text.substr(0, i);
    }
  }
  return text;
}

bool contains_words(const std::string& label, const std::string& typed) {
  const std::string all = codec::lower(label);
  std::size_t at = 0;
  while (at < typed.size()) {
    const auto end = std::min(typed.find(' ', at), typed.size());
    if (!all.contains(codec::lower(typed.substr(at, end - at)))) {
      return false;
    }
    at = end + 1;
  }
  return true;
}

Result<std::size_t> by_number(Person& person,
                              const std::string& question,
                              const std::vector<std::string>& labels,
                              Deadline deadline) {
  std::string text = question + ":\n";
  for (std::size_t i = 0; i < labels.size(); ++i) {
    text += formatted("{:>3}  {}\n", i + 1, Untrusted{labels[i]});
  }
  for (int count = 0; count < kTries; ++count) {
    const auto typed = TRY(person.ask(text + "Number: ", deadline, {}));
    const auto number = typed ? codec::parse_number<std::size_t>(typed->reveal_text()) : std::nullopt;
    if (number && *number >= 1 && *number <= labels.size()) {
      return *number - 1;
    }
    person.tell(formatted("that is no number from 1 to {}", labels.size()));
  }
  return fail(Fault::no_human, "nothing was chosen");
}

}  // namespace

Selector::Selector(std::string question, std::vector<std::string> labels)
    : question_(std::move(question)), labels_(std::move(labels)) {
  for (auto& label : labels_) {
    label = printable(label);
  }
  narrow();
}

void Selector::narrow() {
  matches_.clear();
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    if (contains_words(labels_[i], typed_)) {
      matches_.push_back(i);
    }
  }
  cursor_ = 0;
}

void Selector::move(std::ptrdiff_t by) {
  const auto last = static_cast<std::ptrdiff_t>(matches_.size()) - 1;
  cursor_ = static_cast<std::size_t>(
      std::clamp(static_cast<std::ptrdiff_t>(cursor_) + by, std::ptrdiff_t{0}, std::max(last, std::ptrdiff_t{0})));
}

io::Menu::State Selector::key(std::string_view bytes) {
  constexpr std::pair<std::string_view, std::ptrdiff_t> kMoves[] = {{"\x1b[A", -1},
                                                                    {"\x1bOA", -1},
                                                                    {"\x10", -1},  // ^P
                                                                    {"\x1b[B", 1},
                                                                    {"\x1bOB", 1},
                                                                    {"\x0e", 1},  // ^N
                                                                    {"\t", 1},
                                                                    {"\x1b[5~", -kPage},
                                                                    {"\x1b[6~", kPage},
                                                                    {"\x1b[H", -1'000'000},
                                                                    {"\x1b[1~", -1'000'000},
                                                                    {"\x1b[F", 1'000'000},
                                                                    {"\x1b[4~", 1'000'000}};
  const auto found = std::ranges::find(kMoves, bytes, &std::pair<std::string_view, std::ptrdiff_t>::first);
  if (found != std::end(kMoves)) {
    move(found->second);
    return State::open;
  }
  if (bytes == "\r" || bytes == "\n") {
    return matches_.empty() ? State::open : State::chosen;
  }
  if (bytes == "\x1b" || bytes == "\x04") {  // Escape, ^D
    return State::given_up;
  }
  if (bytes == "\x7f" || bytes == "\b") {
    while (!typed_.empty() && !begins_character(typed_.back())) {
      typed_.pop_back();
    }
    if (!typed_.empty()) {
      typed_.pop_back();
    }
    narrow();
  } else if (bytes == "\x15") {  // ^U
    typed_.clear();
    narrow();
  } else if (!bytes.empty() && static_cast<unsigned char>(bytes.front()) >= 0x20 &&
             typed_.size() + bytes.size() <= kLongestTyped) {
    typed_ += printable(bytes);
    narrow();
  }
  return State::open;
}

std::vector<std::string> Selector::lines(std::size_t rows, std::size_t columns) const {
  std::vector<std::string> all{cut(formatted("{} (arrows, letters, Enter): {}", question_, typed_), columns)};
  const std::size_t room = std::max<std::size_t>(rows, 2) - 1;
  const std::size_t shown = std::min(room, matches_.size());
  const std::size_t first = std::min(cursor_ >= shown ? cursor_ - shown + 1 : 0, matches_.size() - shown);
  for (std::size_t i = first; i < first + shown; ++i) {
    all.push_back(cut((i == cursor_ ? "> " : "  ") + labels_[matches_[i]], columns));
  }
  if (matches_.empty()) {
    all.push_back(cut("  (none)", columns));
  }
  return all;
}

Result<std::size_t> select(io::World& world,
                           Person& person,
                           const std::string& question,
                           const std::vector<std::string>& labels,
                           Deadline deadline) {
  const std::string_view kind = world.environment.get("TERM");
  if (!world.terminal.in_reach() || kind.empty() || kind == "dumb") {
    return by_number(person, question, labels, deadline);
  }
  Selector selector(question, labels);
  TRY(world.terminal.choose(selector, deadline));
  return selector.chosen();
}

}  // namespace touchsts::steps
