#include "steps/key_code.h"

#include <algorithm>
#include <iterator>
#include <poll.h>
#include <utility>
#include <vector>

#include "aws/mfa_account.h"
#include "base/format.h"
#include "base/untrusted.h"

namespace touchsts::steps {
namespace {

// The accounts of a key that fit best, and how well.
struct Choice {
  std::vector<card::OathAccount> accounts;
  aws::NameFit fit = aws::NameFit::none;
};

aws::NameFit fit_of(const card::OathAccount& account, const issue::Mfa& mfa) {
  if (mfa.oath_names.empty()) {
    return aws::fit_of_account_name(mfa.serial, account.label());
  }
  return std::ranges::contains(mfa.oath_names, account.label()) ? aws::NameFit::sure : aws::NameFit::none;
}

Choice choose(std::span<const card::OathAccount> accounts, const issue::Mfa& mfa) {
  Choice choice;
  for (const auto& account : accounts) {
    const auto fit = fit_of(account, mfa);
    if (fit == aws::NameFit::none || fit < choice.fit) {
      continue;
    }
    if (fit > choice.fit) {
      choice = {.accounts = {}, .fit = fit};
    }
    choice.accounts.push_back(account);
  }
  return choice;
}

// A key with an account that may be the one, or several.
struct Candidate {
  OpenKey key;
  card::OathSession session;
  Choice choice;
};

// Looks at the accounts of one key after the other.
class Search {
 public:
  Search(io::World& world, const issue::Mfa& mfa, Asking asking, Deadline deadline)
      : world_(world), mfa_(mfa), asking_(asking), deadline_(deadline) {}

  void look_at(OpenKey key) {
    if (auto looked = look(key); !looked) {
      world_.log.debug("key: {}: {}", key.node, in_one_line(looked.error()));
      trouble_ = trouble_ ? std::move(trouble_) : std::optional(std::move(looked).error());
    }
  }

  // several_keys: they fit equally well, and a person has to say which is meant.
  [[nodiscard]] bool several_keys() const { return candidates_.size() > 1; }

  // The one key and its one account; else why there is none.
  Result<Candidate> result() {
    if (candidates_.empty()) {
      return std::unexpected(trouble_ ? *std::move(trouble_) : nothing_fits());
    }
    aws::NameFit best = aws::NameFit::none;
    for (const Candidate& it : candidates_) {
      best = std::max(best, it.choice.fit);
    }
    std::erase_if(candidates_, [best](const Candidate& it) { return it.choice.fit < best; });
    auto& [key, session, choice] = candidates_.front();
    const std::string_view label = choice.accounts.front().label();
    if (several_keys()) {
      return hinted(fail(Fault::device, "{} YubiKeys have the account '{}'", candidates_.size(), Untrusted{label}),
                    "name one with yubikey_serial, or --yubikey");
    }
    if (choice.accounts.size() > 1) {
      return hinted(
          fail(Fault::device,
               "{} accounts on the YubiKey may belong to {}",
               choice.accounts.size(),
               Untrusted{mfa_.serial}),
          formatted("name one of {} with oath_account, or --oath-account", card::list_names(choice.accounts)));
    }
    return std::move(candidates_.front());
  }

 private:
  Result<> look(OpenKey& key) {
    auto session = TRY(open_oath(world_, key, asking_, deadline_));
    auto accounts = TRY(session.list());
    Choice choice;
    if (mfa_.oath_account.empty()) {
      choice = choose(accounts, mfa_);
    } else {
      choice = {.accounts = {TRY(card::find_label(accounts, mfa_.oath_account))}, .fit = aws::NameFit::sure};
    }
    std::ranges::move(accounts, std::back_inserter(seen_));
    if (!choice.accounts.empty()) {
      candidates_.push_back({std::move(key), std::move(session), std::move(choice)});
    }
    return {};
  }

  Error nothing_fits() const {
    if (seen_.empty()) {
      return {Fault::device, "the YubiKey has no accounts", "add one with touchsts oath add"};
    }
    return {Fault::device,
            formatted("no account on the YubiKey belongs to {}", Untrusted{mfa_.serial}),
            formatted("it has {}: name the right one with oath_account, or --oath-account", card::list_names(seen_))};
  }

  io::World& world_;
  const issue::Mfa& mfa_;
  Asking asking_;
  Deadline deadline_;
  std::vector<Candidate> candidates_;
  std::vector<card::OathAccount> seen_;
  std::optional<Error> trouble_;
};

}  // namespace

void KeyCode::again_at(Time when) {
  moment_ = when;
  answer_.reset();
  if (auto begun = session_.begin_code(account_, when, counting_); !begun) {
    answer_ = std::unexpected(std::move(begun).error());
  }
}

std::optional<io::Background::Wish> KeyCode::wants() {
  return answer_ ? std::nullopt : std::optional(Wish{key_.channel->descriptor(), POLLIN});
}

void KeyCode::advance() {
  auto response = key_.channel->poll(world_.clock.steady());
  if (!response) {
    answer_ = std::unexpected(std::move(response).error());
    return;
  }
  if (!*response) {
    return;
  }
  auto code = session_.finish_code(**response);
  if (!code) {
    answer_ = std::unexpected(std::move(code).error());
  } else if (!*code) {
    answer_ = fail(Fault::device, "the key has no account '{}'", Untrusted{account_.label()});
  } else {
    answer_ = *std::move(*code);
  }
}

void KeyCode::abandon() {
  if (!answer_) {
    key_.channel->cancel();
  }
}

Result<Secret> await_code(
    io::World& world, KeyCode& key, std::string_view wish, Deadline deadline, io::Background* also) {
  UntilTouch until_touch(key);
  std::vector<io::Background*> all = {&until_touch};
  if (also != nullptr) {
    all.push_back(also);
  }
  world.terminal.wait(deadline, all);
  const bool asks = !key.answered() && key.awaits_touch();
  if (asks && !wish.empty()) {
    world.terminal.tell(wish);
    all.front() = &key;
    world.terminal.wait(deadline, all);
  }
  if (key.answered()) {
    return key.take();
  }
  key.abandon();
  if (!asks) {
    return hinted(fail(Fault::device, "the key did not answer in time"), "plug it out and in again");
  }
  if (wish.empty()) {
    return fail(Fault::no_human, "the YubiKey wants to be touched, and --no-prompt forbids to ask");
  }
  return hinted(fail(Fault::no_human, "nobody touched the YubiKey in time"), "touch it when it blinks");
}

Result<KeySearch> find_key_code(io::World& world, const issue::Mfa& mfa, Asking asking, Time when, Deadline deadline) {
  const bool must = mfa.yubikey_serial || !mfa.oath_account.empty() || !mfa.pcsc_reader.empty();
  const auto without = [must](Error why) {
    return must ? Result<KeySearch>(std::unexpected(std::move(why))) : KeySearch{nullptr, std::move(why)};
  };
  auto keys = open_keys(world, {mfa.yubikey_serial, mfa.pcsc_reader}, deadline);
  if (!keys) {
    return without(std::move(keys).error());
  }
  if (keys->empty()) {
    Error why = no_key_found().error();
    why.hint = must ? why.hint : "";
    return without(std::move(why));
  }
  Search search(world, mfa, asking, deadline);
  for (auto& key : *keys) {
    search.look_at(std::move(key));
  }
  auto found = search.result();
  if (!found) {
    return search.several_keys() ? Result<KeySearch>(std::unexpected(std::move(found).error()))
                                 : without(std::move(found).error());
  }
  auto& [key, session, choice] = *found;
  return KeySearch{
      std::make_unique<KeyCode>(world, std::move(key), std::move(session), std::move(choice.accounts.front()), when),
      {}};
}

}  // namespace touchsts::steps
