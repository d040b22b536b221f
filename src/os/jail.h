// What a process gives up that reads what strangers send.
#pragma once

#include <initializer_list>

namespace touchsts::os {

// What a process is for: each has the system calls that this takes, and no others.
enum class Jail { page_reader, endpoint_worker };

// enter_jail leaves this process the system calls of its kind on the descriptors that it has: it can open no file or
// connection, start, trace or signal no process, have no signal sent, and run no code that is not there yet
// (seccomp(2)). Every other call fails with EPERM. False when the kernel knows no such filters; then nothing has
// changed.
bool enter_jail(Jail kind);

// close_all_but closes every descriptor from `first` on that is not among `kept`.
void close_all_but(int first, std::initializer_list<int> kept);

}  // namespace touchsts::os
