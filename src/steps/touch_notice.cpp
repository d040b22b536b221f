#include "steps/touch_notice.h"

#include <utility>

#include "base/untrusted.h"
#include "codec/shell_words.h"

namespace touchsts::steps {

Result<> TouchNotice::run_command(const std::string& command, const std::string& text) {
  if (command.empty()) {
    return {};
  }
  const auto words = TRY(within("touch_command", codec::shell_words(command)));
  command_ = world_.programs.launch(words, {{"TOUCHSTS_NOTICE", text}});
  return {};
}

void TouchNotice::show_on_desktop(const std::string& text, const char* title) {
  if (!std::exchange(tried_desktop_, true)) {
    desktop_ = world_.desktop.show(title, text);
  }
}

void TouchNotice::add_to(std::vector<io::Background*>& meanwhile) const {
  for (io::Background* const notice : {desktop_.get(), command_.get()}) {
    if (notice != nullptr) {
      meanwhile.push_back(notice);
    }
  }
}

}  // namespace touchsts::steps
