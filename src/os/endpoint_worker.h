// The process that answers at the credential endpoint.
#pragma once

#include <string_view>

#include "io/credential_endpoint.h"
#include "os/descriptor.h"

namespace touchsts::os {

// What goes to the worker, as one message.
Secret pack(const io::EndpointAnswer& answer);

struct EndpointSockets {
  Descriptor listener;  // does not block
  Descriptor channel;   // answers come in (SOCK_SEQPACKET); a byte goes out for each request that was let in
  Descriptor owner;     // readable when the endpoint is not needed any more (pidfd_open(2)); may be missing
};

// start_worker replaces this process by one that answers until the owner or the other end of the channel is gone. It is
// started anew, with an empty environment, and has no more rights than it needs for that.
[[noreturn]] void start_worker(EndpointSockets sockets, const Descriptor& program);

// run_worker is what that process does.
[[noreturn]] void run_worker(std::string_view argument);

}  // namespace touchsts::os
