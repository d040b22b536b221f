// Fewer system calls for memory in a process that lives for a millisecond; see the .cpp.
#pragma once

namespace touchsts::os {

// share_pool_with_mbedtls: call it before anything of Mbed TLS is used.
void share_pool_with_mbedtls();

// leave ends the process without giving memory back piece by piece. Sanitizer builds end the long way, so that leaks
// and coverage are counted.
[[noreturn]] void leave(int code);

}  // namespace touchsts::os
