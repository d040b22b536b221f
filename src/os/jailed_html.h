// HTML, read in a process of its own that has the page and nothing else: it is started anew, with an empty environment,
// no file, no network, little memory and time.
#pragma once

#include <string>
#include <string_view>

#include "io/html_reader.h"

namespace touchsts::os {

// Where the kernel has no system call filters there is no jail, and the pages are not read, unless that is allowed
// (TOUCHSTS_SANDBOX=0).
enum class Unjailed { refused, allowed };

class JailedHtml : public io::HtmlReader {
 public:
  // `what` tells the process what to read with (run_page_reader), for those who attack it.
  explicit JailedHtml(Unjailed unjailed, const char* what = "") : unjailed_(unjailed), what_(what) {}

  bool jailed() override;
  Result<codec::HtmlPage> read(const Secret& page, Deadline deadline) override;

 private:
  Unjailed unjailed_;
  const char* what_;
};

using PageReading = Result<codec::HtmlPage> (*)(std::string_view page);

// page_reader_argument is what `what` and `unjailed` become in argv[1] of the process; parse_page_reader reads it back.
struct PageReader {
  Unjailed unjailed;
  std::string what;
};
std::string page_reader_argument(const PageReader& reader);
PageReader parse_page_reader(std::string_view argument);

// run_page_reader is what that process does: the page comes from stdin, a socket, and what was found goes back there.
[[noreturn]] void run_page_reader(Unjailed unjailed, PageReading reading = codec::read_html);

}  // namespace touchsts::os
