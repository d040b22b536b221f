#include "cli/compat/flags.h"

namespace touchsts::cli::compat {

void set_flag(aws::Profile& flags, std::string_view key, std::string_view value, std::string_view from) {
  if (!value.empty()) {
    flags.values.insert_or_assign(
        std::string(key),
        aws::Value{.text = std::string(value), .secret = {}, .sub = {}, .place = {std::string(from), 0}});
  }
}

}  // namespace touchsts::cli::compat
