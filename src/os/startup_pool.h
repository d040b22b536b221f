// Fewer system calls for memory in a process that lives for a millisecond; see the .cpp.
#pragma once

namespace touchsts::os {

// keep_small_pages holds one object of each size that Mbed TLS takes and gives back for every hash and cipher: musl
// unmaps a page whenever its last object goes, and maps it again for the next.
void keep_small_pages();

// leave ends the process without giving memory back piece by piece. Sanitizer builds end the long way, so that leaks
// and coverage are counted.
[[noreturn]] void leave(int code);

}  // namespace touchsts::os
