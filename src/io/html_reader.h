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

  // jailed tells whether what reads can do nothing else, rather than only being short of memory and time.
  virtual bool jailed() = 0;

  // read is codec::read_html in a place where the page can do no harm. Also Fault::malformed when the page brings its
  // reader down or takes it too long.
  virtual Result<codec::HtmlPage> read(const Secret& page, Deadline deadline) = 0;
};

}  // namespace touchsts::io
