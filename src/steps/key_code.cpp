#include "steps/key_code.h"

#include <poll.h>
#include <utility>
#include <vector>

#include "aws/arn.h"
#include "base/untrusted.h"

namespace touchsts::steps {
namespace {

// A key with an account that may be the one.
struct Candidate {
  OpenKey key;
  card::OathSession session;
  card::OathAccount account;
};

Result<std::optional<Candidate>> look_at(
    io::World& world, OpenKey key, const issue::Mfa& mfa, Asking asking, Deadline deadline) {
  auto session = TRY(open_oath(world, key, asking, deadline));
  const auto accounts = TRY(session.list());
  auto account = !mfa.oath_account.empty() ? card::find_label(accounts, mfa.oath_account)
                 : !mfa.oath_names.empty() ? card::find_named(accounts, mfa.oath_names)
                                           : card::find_named(accounts, aws::names_of_mfa_device(mfa.serial));
  if (!account) {
    world.log.debug("key: {}: {}", key.node, in_one_line(account.error()));
    return mfa.oath_account.empty() ? Result<std::optional<Candidate>>(std::nullopt)
                                    : std::unexpected(std::move(account).error());
  }
  return Candidate{std::move(key), std::move(session), *std::move(account)};
}

}  // namespace

void KeyCode::again_at(Time when) {
  moment_ = when;
  answer_.reset();
  missing_ = false;
  if (auto begun = session_.begin_code(account_, when); !begun) {
    answer_ = std::unexpected(std::move(begun).error());
  }
}

void KeyCode::again(card::OathAccount account) {
  account_ = std::move(account);
  again_at(moment_);
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
    missing_ = true;
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

Result<std::unique_ptr<KeyCode>> find_key_code(
    io::World& world, const issue::Mfa& mfa, Asking asking, Time when, Deadline deadline) {
  const bool must = mfa.yubikey_serial || !mfa.oath_account.empty() || !mfa.pcsc_reader.empty();
  auto keys = open_keys(world, {mfa.yubikey_serial, mfa.pcsc_reader}, deadline);
  if (!keys && !must) {
    // The code can still be typed; why the key is not used is said where the person sees it.
    world.terminal.tell(in_one_line(keys.error()));
    return nullptr;
  }
  std::vector<Candidate> candidates;
  std::optional<Error> trouble;
  for (auto& key : TRY(std::move(keys))) {
    auto candidate = look_at(world, std::move(key), mfa, asking, deadline);
    if (candidate && *candidate) {
      candidates.push_back(*std::move(*candidate));
    } else if (!candidate && !trouble) {
      trouble = std::move(candidate).error();
    }
  }
  if (candidates.size() > 1) {
    return hinted(fail(Fault::device,
                       "{} YubiKeys have the account '{}'",
                       candidates.size(),
                       Untrusted{candidates.front().account.label()}),
                  "name one with yubikey_serial or --yubikey");
  }
  if (candidates.size() == 1) {
    auto& [key, session, account] = candidates.front();
    return std::make_unique<KeyCode>(world, std::move(key), std::move(session), std::move(account), when);
  }
  if (trouble && must) {
    return std::unexpected(*std::move(trouble));
  }
  if (must) {
    return hinted(fail(Fault::device, "no YubiKey with the account of {} is plugged in", Untrusted{mfa.serial}),
                  "plug it in");
  }
  return nullptr;
}

}  // namespace touchsts::steps
