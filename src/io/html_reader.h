// Reading pages of strangers.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "codec/html.h"

namespace touchsts::io {

class HtmlReader {
 public:
  virtual ~HtmlReader() = default;

  // read is codec::read_html in a place where the page can do no harm. Also Fault::malformed when the page brings its
  // reader down or takes it too long.
  virtual Result<codec::HtmlPage> read(const Secret& page, Deadline deadline) = 0;
};

}  // namespace touchsts::io
