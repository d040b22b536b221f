// Living on after whoever runs us.
#pragma once

#include <memory>

#include "io/background.h"

namespace touchsts::os {

// outlive_caller forks. It returns in the child, which takes the secrets along, with what is answered as soon as the
// caller is gone (nobody reads our output any more). The parent stays behind as what the caller knows: it hands on what
// the child writes to stdout and stderr, and ends as the child does. Null, in the only process, when there can be no
// child.
std::unique_ptr<io::Background> outlive_caller();

}  // namespace touchsts::os
