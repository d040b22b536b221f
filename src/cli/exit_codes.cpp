#include "cli/exit_codes.h"

#include <utility>

namespace touchsts::cli {
namespace {

constexpr ExitCode kTable[] = {
    {0, "done"},
    {1, "another failure"},
    {2, "wrong usage: an unknown option, a missing value, something that is no MFA code"},
    {3, "configuration missing or wrong, or a site that it does not trust (saml_origins)"},
    {4, "denied by the service"},
    {5, "device absent, busy, wrong or removed"},
    {6, "interaction needed: no terminal, no input, or timed out"},
    {7, "network or TLS"},
    {8, "malformed data from outside"},
    {9, "key store: the cache's key cannot be had"},
    {70, "internal error"},
    {125, "exec: touchsts failed before the command ran"},
    {126, "exec: the command cannot be run"},
    {127, "exec: the command was not found"},
};

}  // namespace

int exit_code(Fault fault) {
  switch (fault) {
    case Fault::other:
      return 1;
    case Fault::usage:
      return 2;
    case Fault::configuration:
      return 3;
    case Fault::denied:
      return 4;
    case Fault::device:
      return 5;
    case Fault::no_human:
      return 6;
    case Fault::network:
      return 7;
    case Fault::malformed:
      return 8;
    case Fault::key_store:
      return 9;
    case Fault::internal:
      return 70;
  }
  std::unreachable();
}

std::span<const ExitCode> exit_codes() { return kTable; }

}  // namespace touchsts::cli
