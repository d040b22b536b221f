// Where the person's desktop keeps secrets beyond a reboot (freedesktop.org's Secret Service).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace touchsts::io {

class SecretStore {
 public:
  virtual ~SecretStore() = default;

  using Attributes = std::vector<std::pair<std::string, std::string>>;  // not secret; an item is found by them

  // Ask::yes lets the desktop ask the person to unlock it, where there is a display. Some stores (KeePassXC) answer
  // each change by a prompt, which often needs no person: those may go on in any case, until the deadline.
  enum class Ask { no, yes };

  // find gives the secret of an item with these attributes, or nothing when there is none. Fault::key_store when the
  // store does not answer until the deadline, or the item stays locked.
  virtual Result<std::optional<Secret>> find(const Attributes& attributes, Ask ask, Deadline deadline) = 0;

  // keep makes an item, in place of one with the same attributes. `label` is what people see. Fault::no_human when the
  // store's prompt for that was not answered.
  virtual Result<> keep(
      const std::string& label, const Attributes& attributes, const Secret& secret, Ask ask, Deadline deadline) = 0;

  // remove deletes every item with these attributes; none is fine.
  virtual Result<> remove(const Attributes& attributes, Deadline deadline) = 0;
};

}  // namespace touchsts::io
