// Sessions as awsprocesscreds-saml keeps them: plain JSON, one file for each set of options, named by its SHA-1.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "io/world.h"
#include "issue/carry_out.h"

namespace touchsts::cli::compat {

// ProcessCredsCache only takes and leaves what the original's names tell apart: a role whose ARN is named, without
// policies and duration. What is no such file is as if it were not there. What goes wrong is in the log.
class ProcessCredsCache : public issue::Cache {
 public:
  enum class Writes { no, yes };  // others who come at the home folder can read what is written

  ProcessCredsCache(io::World& world, Writes writes) : world_(world), writes_(writes) {}

  std::optional<aws::Credentials> find(const issue::Plan& plan, std::size_t count, Time until) override;
  void keep(const issue::Plan& plan, std::size_t count, const aws::Credentials& result) override;

 private:
  [[nodiscard]] std::string path_of(const issue::Plan& plan, std::size_t count) const;

  io::World& world_;
  Writes writes_;
};

// cache_key is the name of the original's file without ".json": 40 hexadecimal digits.
std::string cache_key(const issue::SamlRole& step);

// The file: {"Credentials": {"AccessKeyId": ..., "SecretAccessKey": ..., "SessionToken": ..., "Expiration":
// "2026-11-21T08:42:38+00:00"}}. Nothing when it is none.
Secret cached_answer(const aws::Credentials& credentials);
std::optional<aws::Credentials> parse_cached_answer(std::string_view text);

}  // namespace touchsts::cli::compat
