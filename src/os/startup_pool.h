// Fewer system calls for memory in a process that lives for a millisecond; see the .cpp.
#pragma once

namespace touchsts::os {

// keep_small_pages holds one object of each size that Mbed TLS takes and gives back for every hash and cipher: musl
// unmaps a page whenever its last object goes, and maps it again for the next.
void keep_small_pages();

}  // namespace touchsts::os
