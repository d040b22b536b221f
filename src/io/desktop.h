// The desktop that this person is logged in to.
#pragma once

#include <memory>
#include <string>

#include "io/background.h"

namespace touchsts::io {

class Desktop {
 public:
  virtual ~Desktop() = default;

  // show puts up a notice until what it returns is destroyed; it appears while that is driven as Background. Null when
  // no desktop is in reach.
  virtual std::unique_ptr<Background> show(const std::string& summary, const std::string& body) = 0;
};

}  // namespace touchsts::io
