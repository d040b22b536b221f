#include "cli/compat/flags.h"

namespace touchsts::cli::compat {

void set_flag(aws::Profile& flags, std::string_view key, std::string_view value, std::string_view from, int line) {
  if (!value.empty()) {
    flags.values.insert_or_assign(
        std::string(key),
        aws::Value{.text = std::string(value), .secret = {}, .sub = {}, .place = {std::string(from), line}});
  }
}

std::string botocore_region(const settings::Surroundings& around) {
  const std::string_view active = around.environment->get("AWS_PROFILE");
  const aws::Profile* const profile = around.profiles.find(active.empty() ? "default" : active);
  return profile != nullptr ? std::string(profile->text("region")) : "";
}

}  // namespace touchsts::cli::compat
