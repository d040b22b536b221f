// What a process gives up that reads what strangers send.
#pragma once

#include <initializer_list>

namespace touchsts::os {

// enter_jail leaves this process the system calls that it needs to answer on the sockets it has: it can open no file or
// connection, and start, trace or signal no process, any more (seccomp(2)). Every other call fails with EPERM. False
// when the kernel knows no such filters; then nothing has changed.
bool enter_jail();

// close_all_but closes every descriptor from `first` on that is not among `kept`.
void close_all_but(int first, std::initializer_list<int> kept);

// can_jail tells whether enter_jail would work.
bool can_jail();

}  // namespace touchsts::os
