// HTML, read in a child that has the page and nothing else: no file, no network, no secret of ours, little memory and
// time.
#pragma once

#include <string_view>

#include "io/html_reader.h"

namespace touchsts::os {

class JailedHtml : public io::HtmlReader {
 public:
  using Reading = Result<codec::HtmlPage> (*)(std::string_view);

  // `reading` is what the child does.
  explicit JailedHtml(Reading reading = codec::read_html) : reading_(reading) {}

  bool jailed() override;
  Result<codec::HtmlPage> read(const Secret& page, Deadline deadline) override;

 private:
  Reading reading_;
};

}  // namespace touchsts::os
