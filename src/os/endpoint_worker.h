// The process that answers at the credential endpoint.
#pragma once

#include "io/credential_endpoint.h"
#include "os/descriptor.h"

namespace touchsts::os {

// What goes to the worker, as one message.
Secret pack(const io::EndpointAnswer& answer);

struct EndpointSockets {
  Descriptor listener;  // does not block
  Descriptor channel;   // answers come in (SOCK_SEQPACKET); a byte goes out for each request
  Descriptor owner;     // readable when nobody needs the endpoint any more (pidfd_open(2)); may be missing
};

// work answers until the owner or the other end of the channel is gone. It has no more rights than it needs for that.
[[noreturn]] void work(EndpointSockets sockets);

}  // namespace touchsts::os
