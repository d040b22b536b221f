#include "cli/report.h"

#include <string>

#include "base/untrusted.h"
#include "cli/exit_codes.h"

namespace touchsts::cli {
namespace {

constexpr std::size_t kLongestLine = 2000;  // characters; some SDKs deadlock on a full pipe

}  // namespace

int report(const Error& error, io::World& world) {
  const std::string text = in_one_line(error);
  world.output.complaint("touchsts: " + printable(text, kLongestLine) + "\n");
  if (world.log.wants(io::LogLevel::error) && world.log.to_file()) {
    world.log.write(io::LogLevel::error, text);
  }
  return exit_code(error.fault);
}

}  // namespace touchsts::cli
