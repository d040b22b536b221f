// What happened, for those who ask. Never a secret: callers log names, hosts, states and lengths.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "base/result.h"

namespace touchsts::io {

enum class LogLevel { error, warn, info, debug, trace };

class Log {
 public:
  virtual ~Log() = default;

  // aim sets what is kept and where: a file (appended to, made 0600), or stderr when `file` is empty.
  virtual Result<> aim(LogLevel level, const std::string& file) = 0;
  [[nodiscard]] virtual bool wants(LogLevel level) const = 0;
  [[nodiscard]] virtual bool to_file() const = 0;
  virtual void write(LogLevel level, std::string_view text) = 0;  // text is made printable on the way out

  template <class... Args>
  void debug(std::format_string<Args...> text, Args&&... args) {
    if (wants(LogLevel::debug)) {
      write(LogLevel::debug, formatted(text, std::forward<Args>(args)...));
    }
  }
  template <class... Args>
  void warn(std::format_string<Args...> text, Args&&... args) {
    if (wants(LogLevel::warn)) {
      write(LogLevel::warn, formatted(text, std::forward<Args>(args)...));
    }
  }
};

}  // namespace touchsts::io
