#include "card/account.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/format.h"
#include "base/untrusted.h"
#include "base/utf8.h"
#include "codec/ascii.h"

namespace touchsts::card {
namespace {

constexpr std::size_t kMostShown = 10;

struct Parts {
  std::optional<Seconds> period;
  std::string_view issuer;
  std::string_view name;
  std::string_view label;
};

// [PERIOD/][ISSUER:]NAME; what does not look like a period or an issuer belongs to the name.
Parts parts_of(std::string_view id) {
  Parts parts{.period = {}, .issuer = {}, .name = {}, .label = id};
  unsigned period = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), period);
  if (error == std::errc() && end != id.data() + id.size() && *end == '/' && period > 0 &&
      end + 1 != id.data() + id.size()) {
    parts.period = Seconds(period);
    parts.label = id.substr(static_cast<std::size_t>(end - id.data()) + 1);
  }
  const std::size_t colon = parts.label.find(':');
  if (colon != std::string_view::npos && colon > 0 && colon + 1 < parts.label.size()) {
    parts.issuer = parts.label.substr(0, colon);
    parts.name = parts.label.substr(colon + 1);
  } else {
    parts.name = parts.label;
  }
  return parts;
}

bool contains_caseless(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return codec::lower(a) == codec::lower(b); };
  return std::ranges::search(text, part, same).begin() != text.end() || part.empty();
}

// C0, DEL and C1. `text` is UTF-8.
bool has_control(std::string_view text) {
  while (!text.empty()) {
    const auto [code, size] = first_character(text);
    if (code < 0x20 || (code >= 0x7F && code < 0xA0)) {
      return true;
    }
    text.remove_prefix(size);
  }
  return false;
}

// The applet stores any bytes. Other programs show names on terminals and split them as parts_of does.
Result<> check_name(std::string_view issuer, std::string_view name) {
  if (name.empty()) {
    return fail(Fault::usage, "the account has no name");
  }
  for (const std::string_view part : {issuer, name}) {
    if (!is_utf8(part)) {
      return fail(Fault::usage, "the account's issuer or name is not UTF-8");
    }
    if (has_control(part)) {
      return fail(Fault::usage, "the account's issuer or name has control characters in it");
    }
  }
  if (issuer.contains(':')) {
    return hinted(fail(Fault::usage, "the issuer '{}' contains a ':'", Untrusted{issuer}),
                  "a ':' separates issuer and name: choose an issuer without one");
  }
  const auto colon = name.find(':');
  if (issuer.empty() && (colon == 0 || colon == name.size() - 1)) {
    return hinted(fail(Fault::usage, "in '{}' one side of the ':' is empty", Untrusted{name}),
                  "write ISSUER:NAME, or a name without ':'");
  }
  return {};
}

template <class Fits>
std::vector<OathAccount> those(std::span<const OathAccount> accounts, Fits fits) {
  std::vector<OathAccount> chosen;
  std::ranges::copy_if(accounts, std::back_inserter(chosen), fits);
  return chosen;
}

}  // namespace

Seconds OathAccount::period() const {
  return type == OathType::totp ? parts_of(id).period.value_or(kUsualPeriod) : Seconds(0);
}
std::string_view OathAccount::issuer() const { return parts_of(id).issuer; }
std::string_view OathAccount::name() const { return parts_of(id).name; }
std::string_view OathAccount::label() const { return parts_of(id).label; }

Result<std::string> make_id(Seconds period, std::string_view issuer, std::string_view name) {
  TRY(check_name(issuer, name));
  std::string id = period == kUsualPeriod ? "" : formatted("{}/", period.count());
  id += issuer;
  id += issuer.empty() ? "" : ":";
  id += name;
  if (id.size() > kLongestId) {
    return hinted(
        fail(Fault::usage, "the account's name has {} bytes, and a key takes at most {}", id.size(), kLongestId),
        "choose a shorter issuer or name");
  }
  if (const auto read = parts_of(id).period; read.value_or(kUsualPeriod) != period) {
    return hinted(fail(Fault::usage, "'{}' would be read as a period of {} s and a name", Untrusted{id}, read->count()),
                  "choose a name that does not begin with a number and '/'");
  }
  return id;
}

std::string_view shown_name(const OathAccount& account, std::span<const OathAccount> all) {
  const auto same = [&](const OathAccount& it) { return it.label() == account.label(); };
  return std::ranges::count_if(all, same) > 1 ? std::string_view(account.id) : account.label();
}

std::string list_names(std::span<const OathAccount> accounts) {
  std::string text;
  for (std::size_t i = 0; i < accounts.size() && i < kMostShown; ++i) {
    text += formatted("{}'{}'", i == 0 ? "" : ", ", Untrusted{shown_name(accounts[i], accounts)});
  }
  return accounts.size() > kMostShown ? text + ", ..." : text;
}

Result<OathAccount> only_one(std::span<const OathAccount> chosen,
                             std::span<const OathAccount> all,
                             std::string_view wanted) {
  if (chosen.size() == 1) {
    return chosen.front();
  }
  if (chosen.empty()) {
    return hinted(fail(Fault::device, "the key has no account '{}'", Untrusted{wanted}),
                  all.empty() ? "it has none at all: add one with touchsts oath add" : "it has " + list_names(all));
  }
  return hinted(fail(Fault::device, "{} accounts on the key fit '{}'", chosen.size(), Untrusted{wanted}),
                "name one of " + list_names(chosen));
}

Result<OathAccount> find_label(std::span<const OathAccount> accounts, std::string_view label) {
  if (label.empty()) {
    return hinted(fail(Fault::usage, "the name of an account is empty"), "touchsts oath list shows the accounts");
  }
  for (const auto& account : accounts) {
    if (account.id == label) {
      return account;
    }
  }
  auto chosen = those(accounts, [&](const OathAccount& account) { return account.label() == label; });
  if (chosen.empty()) {
    chosen = those(accounts, [&](const OathAccount& account) { return contains_caseless(account.label(), label); });
  }
  return only_one(chosen, accounts, label);
}

Result<OathAccount> find_named(std::span<const OathAccount> accounts, std::span<const std::string> names) {
  const auto chosen =
      those(accounts, [&](const OathAccount& account) { return std::ranges::contains(names, account.label()); });
  return only_one(chosen, accounts, names.empty() ? "" : names.front());
}

}  // namespace touchsts::card
