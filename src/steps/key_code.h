// The code of an MFA device from the YubiKey that has its account.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "io/world.h"
#include "issue/plan.h"
#include "steps/yubikeys.h"

namespace touchsts::steps {

// A KeyCode is a code on its way: the key calculates it, perhaps after a touch. It is driven as Background.
class KeyCode : public io::Background {
 public:
  // The constructor asks `key`, whose applet `session` is, for the code of `account` at `when`.
  KeyCode(io::World& world,
          OpenKey key,
          card::OathSession session,
          card::OathAccount account,
          Time when,
          card::Counting counting = card::Counting::no)
      : world_(world),
        key_(std::move(key)),
        session_(std::move(session)),
        account_(std::move(account)),
        counting_(counting) {
    again_at(when);
  }
  KeyCode(const KeyCode&) = delete;
  KeyCode& operator=(const KeyCode&) = delete;
  ~KeyCode() override { abandon(); }

  std::optional<Wish> wants() override;
  void advance() override;
  [[nodiscard]] bool answered() const override { return answer_.has_value(); }
  void abandon() override;

  [[nodiscard]] bool awaits_touch() const { return key_.channel->awaits_touch(); }
  [[nodiscard]] const card::OathAccount& account() const { return account_; }

  // take is the answer, once there is one: the digits, or what went wrong. Fault::no_human: the touch did not come.
  Result<Secret> take() { return *std::move(answer_); }

  // again_at asks once more, for the code of that moment. A key that cannot be asked has answered so.
  void again_at(Time when);
  [[nodiscard]] Time moment() const { return moment_; }

  // session is for other commands, between an answer and the next question.
  card::OathSession& session() { return session_; }

 private:
  io::World& world_;
  OpenKey key_;
  card::OathSession session_;
  card::OathAccount account_;
  card::Counting counting_;
  Time moment_;
  std::optional<Result<Secret>> answer_;
};

// Ends a wait as soon as the key answers or says that it waits for its touch.
class UntilTouch : public io::Background {
 public:
  explicit UntilTouch(KeyCode& code) : code_(code) {}
  std::optional<Wish> wants() override { return code_.wants(); }
  void advance() override { code_.advance(); }
  [[nodiscard]] bool answered() const override { return code_.answered() || code_.awaits_touch(); }
  void abandon() override { code_.abandon(); }

 private:
  KeyCode& code_;
};

// await_code waits for what `key` answers. If that takes a touch, the person is told `wish`; an empty one means that
// prompting is forbidden. The key is idle afterwards. `also` is driven, too.
Result<Secret> await_code(
    io::World& world, KeyCode& key, std::string_view wish, Deadline deadline, io::Background* also = nullptr);

// KeySearch is what came of looking for the key that has the account of an MFA device: `code` is under way, or it is
// null and `why` says so. That no key is used is no mistake where nothing in the configuration names one; a `why` with
// a hint is worth telling.
struct KeySearch {
  std::unique_ptr<KeyCode> code;
  Error why;
};

// find_key_code begins the code of `mfa` at `when`. It fails when the configuration names a key or an account that is
// not available.
Result<KeySearch> find_key_code(io::World& world, const issue::Mfa& mfa, Asking asking, Time when, Deadline deadline);

}  // namespace touchsts::steps
