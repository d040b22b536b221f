// Sessions as aws-credential-process keeps them: JSON in items of the desktop's secret store, by Python's keyring
// library.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "io/world.h"
#include "issue/carry_out.h"

namespace touchsts::cli::compat {

// KeyringSessions only takes and leaves what the original's names tell apart: an MFA session of an access key, and a
// role without anything that limits or names its session. What goes wrong is in the log.
class KeyringSessions : public issue::Cache {
 public:
  // `usual_name` is the session name that the original gives a role.
  KeyringSessions(io::World& world, std::string service, std::string usual_name)
      : world_(world), service_(std::move(service)), usual_name_(std::move(usual_name)) {}

  std::optional<aws::Credentials> find(const issue::Plan& plan, std::size_t count, Time until) override;
  void keep(const issue::Plan& plan, std::size_t count, const aws::Credentials& result) override;

  // flush writes what was kept: it takes its time, so the answer goes first.
  void flush();

 private:
  [[nodiscard]] std::string user_of(const issue::Plan& plan, std::size_t count) const;

  io::World& world_;
  std::string service_;
  std::string usual_name_;
  std::vector<std::pair<std::string, Secret>> pending_;
};

// The item's secret: {"expiration": "2026-11-21T08:42:38+00:00", "access_key_id": ..., ...}. Nothing when it is none.
Secret session_text(const aws::Credentials& credentials);
std::optional<aws::Credentials> parse_session_text(std::string_view text);

}  // namespace touchsts::cli::compat
