// The accounts of an OATH applet and their names (YKOATH, "NAME").
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace touchsts::card {

enum class OathType : std::uint8_t { hotp = 0x10, totp = 0x20 };
enum class OathHash : std::uint8_t { sha1 = 1, sha256 = 2, sha512 = 3 };

inline constexpr std::size_t kLongestId = 64;  // bytes, of a whole id
inline constexpr Seconds kUsualPeriod{30};

// OathAccount is one credential as LIST names it: id = [PERIOD/][ISSUER:]NAME.
struct OathAccount {
  std::string id;  // foreign bytes, exactly as stored
  OathType type = OathType::totp;
  OathHash hash = OathHash::sha1;
  std::optional<bool> touch;  // whether a code needs one; LIST does not say

  // Views into the id. A period that is not written is 30 s; HOTP has none.
  [[nodiscard]] Seconds period() const;
  [[nodiscard]] std::string_view issuer() const;
  [[nodiscard]] std::string_view name() const;
  [[nodiscard]] std::string_view label() const;  // the id without its period
};

// make_id puts an id together; a name without an issuer may be ISSUER:NAME. Fault::usage when it is longer than
// kLongestId, has no name, is not UTF-8, has control characters, or would be read back with another period or issuer.
Result<std::string> make_id(Seconds period, std::string_view issuer, std::string_view name);

// shown_name is what tells an account from the others of a key: its label, or the id where labels repeat.
std::string_view shown_name(const OathAccount& account, std::span<const OathAccount> all);

// list_names is some of these accounts for an error or a hint, safe to show.
std::string list_names(std::span<const OathAccount> accounts);

// only_one gives the one account that was chosen of `all` for `wanted`. Fault::device when there is none or several,
// with the choices.
Result<OathAccount> only_one(std::span<const OathAccount> chosen,
                             std::span<const OathAccount> all,
                             std::string_view wanted);

// find_label looks for what a person calls an account: the exact id, else the exact label, else the only account whose
// label contains `label`, upper and lower case alike. Fault::device when there is none or several, with the choices.
Result<OathAccount> find_label(std::span<const OathAccount> accounts, std::string_view label);

// find_named looks for the account whose label is one of `names`. Fault::device when there is none or several.
Result<OathAccount> find_named(std::span<const OathAccount> accounts, std::span<const std::string> names);

}  // namespace touchsts::card
