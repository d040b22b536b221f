// Notices on the session's D-Bus (org.freedesktop.Notifications).
#pragma once

#include "io/desktop.h"
#include "io/environment.h"

namespace touchsts::os {

class SessionBus : public io::Desktop {
 public:
  explicit SessionBus(const io::Environment& environment) : environment_(environment) {}
  std::unique_ptr<io::Background> show(const std::string& summary, const std::string& body) override;

 private:
  const io::Environment& environment_;
};

}  // namespace touchsts::os
