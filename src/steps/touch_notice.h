// What says, beside the terminal, that the key waits for its touch.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/world.h"

namespace touchsts::steps {

// A TouchNotice stands as long as it lives: a notice of the desktop, and a program of the person's own.
class TouchNotice {
 public:
  explicit TouchNotice(io::World& world) : world_(world) {}

  // run_command starts `command` (shell_words) with `text` in TOUCHSTS_NOTICE; "" is none. Fault::configuration when it
  // is not well quoted.
  Result<> run_command(const std::string& command, const std::string& text);

  // show_on_desktop puts up the notice, once.
  void show_on_desktop(const std::string& text, const char* title = "Touch your YubiKey");
  [[nodiscard]] bool on_desktop() const { return desktop_ != nullptr; }

  // add_to lists what is to be driven.
  void add_to(std::vector<io::Background*>& meanwhile) const;

 private:
  io::World& world_;
  std::unique_ptr<io::Background> desktop_;
  std::unique_ptr<io::Background> command_;
  bool tried_desktop_ = false;
};

}  // namespace touchsts::steps
