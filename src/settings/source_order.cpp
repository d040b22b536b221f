#include "settings/source_order.h"

#include <algorithm>
#include <array>

namespace touchsts::settings {
namespace {

constexpr std::array<SourceKey, 9> kSources = {{{"role_arn", "a role", true},
                                                {"web_identity_token_file", "a web identity"},
                                                {"sso_session", "IAM Identity Center (SSO)"},
                                                {"sso_start_url", "IAM Identity Center (SSO)"},
                                                {"sso_account_id", "IAM Identity Center (SSO)"},
                                                {"sso_role_name", "IAM Identity Center (SSO)"},
                                                {"login_session", "a console log-in"},
                                                {"aws_access_key_id", "access keys", true},
                                                {"aws_secret_access_key", "access keys", true}}};

}  // namespace

std::span<const SourceKey> sources() { return kSources; }

const SourceKey* first_source(const aws::Profile& profile, std::string_view credentials_file) {
  const auto has = [&profile](const SourceKey& source) {
    const aws::Value* const value = profile.find(source.key);
    return value != nullptr && !(value->text.empty() && value->secret.empty());
  };
  const auto* const found = std::ranges::find_if(kSources, has);
  if (found == kSources.end()) {
    return nullptr;
  }
  const auto* const keys = std::ranges::find(kSources, "aws_access_key_id", &SourceKey::key);
  const bool keys_first =
      found->key == "login_session" && has(*keys) && profile.find(keys->key)->place.file == credentials_file;
  return keys_first ? keys : found;
}

}  // namespace touchsts::settings
