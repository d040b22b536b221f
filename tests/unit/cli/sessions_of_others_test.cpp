// Sessions that other programs keep are checked like answers of STS.
#include <string>

#include <doctest/doctest.h>

#include "base/format.h"
#include "cli/compat/keyring_sessions.h"
#include "cli/compat/process_creds_cache.h"

namespace touchsts::cli::compat {
namespace {

bool taken(std::string_view id, std::string_view secret, std::string_view token) {
  const auto of_keyring = parse_session_text(formatted(
      R"({{"expiration": "2023-11-15T10:13:20+00:00", "access_key_id": "{}", "secret_access_key": "{}", "session_token": "{}"}})",
      id,
      secret,
      token));
  const auto of_file = parse_cached_answer(formatted(
      R"({{"Credentials": {{"AccessKeyId": "{}", "SecretAccessKey": "{}", "SessionToken": "{}", "Expiration": "2023-11-15T10:13:20+00:00"}}}})",
      id,
      secret,
      token));
  CHECK(of_keyring.has_value() == of_file.has_value());
  return of_keyring.has_value();
}

}  // namespace

TEST_CASE("sessions of other programs are taken when they are what STS makes") {
  CHECK(taken("ASIA1", "s/+=", "t$(x);"));
  CHECK(taken(std::string(1024, 'A'), std::string(1024, 's'), std::string(16'384, 't')));
  for (const std::string_view bad : {"", "a b", "a\\nb", "a\\u0000", "\u00e9", "\\u2019", "\\u001b[2J", "\\u007f"}) {
    CAPTURE(bad);
    CHECK_FALSE(taken(bad, "s", "t"));
    CHECK_FALSE(taken("A", bad, "t"));
    CHECK_FALSE(taken("A", "s", bad));
  }
  CHECK_FALSE(taken(std::string(1025, 'A'), "s", "t"));
  CHECK_FALSE(taken("A", std::string(1025, 's'), "t"));
  CHECK_FALSE(taken("A", "s", std::string(16'385, 't')));
}

}  // namespace touchsts::cli::compat
