#include "assuan/client.h"

#include <charconv>
#include <span>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"

namespace touchsts::assuan {
namespace {

constexpr std::size_t kLongestLine = 1002;  // its end included
constexpr std::size_t kMostData = std::size_t{64} * 1024;
constexpr int kMostLines = 1000;  // of one answer: status, comments, data

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::unexpected<Error> not_assuan() { return fail(Fault::malformed, "what answers does not speak Assuan"); }

// The word a line starts with is cut off.
std::string_view word(std::string_view& line) {
  const std::size_t end = line.find(' ');
  const std::string_view first = line.substr(0, end);
  line = end == std::string_view::npos ? std::string_view() : line.substr(end + 1);
  return first;
}

// Appends what the data of D lines stand for. What one line begins, the next may go on with.
bool unescape(std::string_view text, SecretWriter& out) {
  while (!text.empty()) {
    const std::size_t plain = text.find('%');
    out.append(text.substr(0, plain));
    if (plain == std::string_view::npos) {
      return true;
    }
    text.remove_prefix(plain);
    std::uint8_t value = 0;
    if (text.size() < 3 || std::from_chars(text.data() + 1, text.data() + 3, value, 16).ptr != text.data() + 3) {
      return false;
    }
    const auto byte = std::byte(value);
    out.append(std::span(&byte, 1));
    text.remove_prefix(3);
  }
  return true;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    result += c == '%' ? "%25" : c == '\r' ? "%0D" : c == '\n' ? "%0A" : std::string(1, c);
  }
  return result;
}

Result<Client> Client::open(std::unique_ptr<io::LocalStream> stream, Deadline deadline) {
  Client client(std::move(stream));
  client.deadline_ = deadline;
  const auto greeting = TRY(client.poll(deadline));
  if (!greeting || greeting->error != 0) {
    return not_assuan();
  }
  return client;
}

Result<> Client::begin(std::string_view command, Deadline deadline) {
  deadline_ = deadline;
  lines_ = 0;
  answer_ = {};
  data_ = {};
  SecretWriter line;
  line.append(command);
  line.append("\n");
  const Secret out = line.take();
  if (out.size() > kLongestLine) {
    return fail(Fault::other, "a command of {} bytes is too long for Assuan", command.size());
  }
  return stream_->write(out.reveal(), deadline);
}

// True at the last line of an answer.
Result<bool> Client::take(const Secret& line) {
  std::string_view rest = line.reveal_text();
  rest.remove_suffix(rest.ends_with('\r') ? 1 : 0);
  const std::string_view kind = word(rest);
  if (kind == "OK") {
    return true;
  }
  if (kind == "ERR") {
    const std::string_view number = word(rest);
    std::uint32_t code = 0;
    if (std::from_chars(number.data(), number.data() + number.size(), code).ec != std::errc() || (code & 0xFFFF) == 0) {
      return not_assuan();
    }
    answer_.error = code & 0xFFFF;
    answer_.text = rest;
    return true;
  }
  if (kind == "D") {
    data_.append(rest);
    return data_.size() <= kMostData ? Result<bool>(false) : not_assuan();
  }
  if (kind == "INQUIRE") {
    TRY(stream_->write(bytes_of(rest.starts_with("PINENTRY_LAUNCHED") ? "END\n" : "CAN\n"), deadline_));
    return false;
  }
  if (kind == "S" || kind.starts_with('#')) {
    return false;
  }
  return not_assuan();
}

Result<std::optional<Answer>> Client::poll(Deadline until) {
  while (true) {
    const auto line = TRY(stream_->read_line(kLongestLine, until));
    if (!line) {
      return std::nullopt;
    }
    // One that never pauses would never let a deadline pass.
    if (++lines_ > kMostLines) {
      return fail(Fault::malformed, "what answers sends lines without end");
    }
    if (TRY(take(*line))) {
      lines_ = 0;
      SecretWriter data;
      const Secret escaped = data_.take();
      if (!unescape(escaped.reveal_text(), data)) {
        return not_assuan();
      }
      answer_.data = data.take();
      return std::exchange(answer_, {});
    }
  }
}

Result<Answer> Client::call(std::string_view command, Deadline deadline) {
  TRY(begin(command, deadline));
  auto answer = TRY(poll(deadline));
  if (!answer) {
    return fail(Fault::device, "no answer came in time");
  }
  return *std::move(answer);
}

}  // namespace touchsts::assuan
