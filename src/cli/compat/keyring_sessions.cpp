#include "cli/compat/keyring_sessions.h"

#include <algorithm>

#include "base/format.h"
#include "cli/compat/kept_keys.h"
#include "cli/compat/session_json.h"
#include "codec/json_text.h"
#include "codec/timestamp.h"

namespace touchsts::cli::compat {
namespace {

constexpr Seconds kPatience{5};

}  // namespace

Secret session_text(const aws::Credentials& credentials) {
  return session_json(credentials,
                      {{SessionPart::expiration, "expiration"},
                       {SessionPart::access_key_id, "access_key_id"},
                       {SessionPart::secret_access_key, "secret_access_key"},
                       {SessionPart::session_token, "session_token"}});
}

std::optional<aws::Credentials> parse_session_text(std::string_view text) {
  auto fields = codec::read_json_texts(text);
  if (!fields) {
    return std::nullopt;
  }
  const auto take = [&fields](std::string_view name) {
    const auto found =
        std::ranges::find(*fields, name, [](const auto& field) { return std::string_view(field.first); });
    return found != fields->end() ? std::move(found->second) : Secret();
  };
  aws::Credentials credentials;
  credentials.expires = codec::parse_rfc3339(take("expiration").reveal_text());
  credentials.access_key_id = take("access_key_id").reveal_text();
  credentials.secret_access_key = take("secret_access_key");
  credentials.session_token = take("session_token");
  return aws::is_whole_session(credentials) ? std::optional(std::move(credentials)) : std::nullopt;
}

// By what the original finds the result of the first `count` steps; "" when it would find something else by that name.
std::string KeyringSessions::user_of(const issue::Plan& plan, std::size_t count) const {
  const auto* const keys = std::get_if<issue::LongTermKeys>(&plan.steps.front());
  if (keys == nullptr || count < 2 || count > 3) {
    return {};
  }
  if (std::holds_alternative<issue::SessionToken>(plan.steps[count - 1])) {
    return keys->access_key_id + "-mfa-session";
  }
  const auto* const role = std::get_if<issue::AssumeRole>(&plan.steps[count - 1]);
  if (role == nullptr) {
    return {};
  }
  const auto& request = role->request;
  const bool plain = request.session_name == usual_name_ && request.policy.empty() && request.policy_arns.empty() &&
                     request.source_identity.empty() && request.external_id.empty() && request.tags.empty();
  return plain ? formatted("{}-assume-session-{}", keys->access_key_id, request.role_arn) : "";
}

std::optional<aws::Credentials> KeyringSessions::find(const issue::Plan& plan, std::size_t count, Time until) {
  const std::string user = user_of(plan, count);
  if (user.empty()) {
    return std::nullopt;
  }
  const auto found = world_.secrets.find(
      keyring_attributes(service_, user), io::SecretStore::Ask::yes, world_.clock.steady() + kPatience);
  if (!found || !*found) {
    world_.log.debug("secret store: {}: {}", user, found ? "no such item" : in_one_line(found.error()));
    return std::nullopt;
  }
  auto session = parse_session_text((*found)->reveal_text());
  return session && *session->expires > until ? std::move(session) : std::nullopt;
}

void KeyringSessions::keep(const issue::Plan& plan, std::size_t count, const aws::Credentials& result) {
  if (std::string user = user_of(plan, count); !user.empty()) {
    pending_.emplace_back(std::move(user), session_text(result));
  }
}

void KeyringSessions::flush() {
  for (const auto& [user, session] : pending_) {
    if (const auto kept = keep_in_keyring(world_, service_, user, session); !kept) {
      world_.log.warn("secret store: {}", in_one_line(kept.error()));
    }
  }
  pending_.clear();
}

}  // namespace touchsts::cli::compat
