#include "os/trust_store.h"

namespace touchsts::os {
namespace {

constexpr unsigned char kRoots[] = {
#embed "mozilla_roots.der"
};

}  // namespace

std::span<const std::byte> builtin_roots() { return std::as_bytes(std::span(kRoots)); }

}  // namespace touchsts::os
