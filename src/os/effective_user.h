// Who we are, without asking the kernel again for every file.
#pragma once

#include <sys/auxv.h>
#include <sys/types.h>

namespace touchsts::os {

// The effective user at start; touchsts never changes it.
inline uid_t effective_user() { return static_cast<uid_t>(getauxval(AT_EUID)); }

}  // namespace touchsts::os
