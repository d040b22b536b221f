#include "steps/enrolment.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "aws/mfa_account.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "card/account.h"
#include "codec/base32.h"
#include "crypto/oath.h"
#include "steps/key_code.h"

namespace touchsts::steps {
namespace {

constexpr Seconds kStep = card::kUsualPeriod;

std::int64_t step_of(Time time) { return time.time_since_epoch().count() / kStep.count(); }

// The first of the usual names that a key can hold.
Result<std::string> account_id(const std::string& serial) {
  for (const auto& name : aws::names_of_mfa_device(serial)) {
    if (name.size() <= card::kLongestId) {
      return name;
    }
  }
  return hinted(fail(Fault::usage, "the name of the device is too long for an account of a YubiKey"),
                "give a shorter one with --name");
}

class Enrolment {
 public:
  Enrolment(io::World& world,
            MfaDevices& devices,
            std::span<OpenedKey> keys,
            const EnrolmentWishes& wishes,
            Deadline deadline)
      : world_(world), devices_(devices), keys_(keys), wishes_(wishes), deadline_(deadline) {}

  Result<std::string> run() {
    const auto& owner = devices_.owner();
    id_ = TRY(account_id(formatted("arn:{}:iam::{}:mfa/{}", owner.partition, owner.account, wishes_.name)));
    for (auto& opened : keys_) {
      if (std::ranges::contains(TRY(opened.session.list()), id_, &card::OathAccount::id)) {
        return hinted(fail(Fault::usage, "the key has an account '{}' already", Untrusted{id_}),
                      "delete it first, or choose another name with --name");
      }
    }
    const auto device = TRY(devices_.create(wishes_.name));
    // A person who gives up at the touch wants nothing left behind either.
    UndoWhenEnded undo(*this, device.serial);
    auto done = write_and_enable(device, undo);
    if (done) {
      return device.serial;
    }
    Error error = std::move(done).error();
    take_back(device.serial, error);
    return std::unexpected(std::move(error));
  }

 private:
  class UndoWhenEnded : public io::Background {
   public:
    UndoWhenEnded(Enrolment& enrolment, const std::string& serial) : enrolment_(enrolment), serial_(serial) {}
    std::optional<Wish> wants() override { return std::nullopt; }
    void advance() override {}
    void abandon() override {
      Error error;
      enrolment_.take_back(serial_, error);
      if (!error.hint.empty()) {
        enrolment_.world_.terminal.tell(error.hint);
      }
    }

   private:
    Enrolment& enrolment_;
    const std::string& serial_;
  };

  Result<> write_and_enable(const aws::VirtualMfaDevice& device, io::Background& undo) {
    for (auto& opened : keys_) {
      TRY(opened.session.put({.id = id_, .touch = wishes_.touch, .secret = device.seed}));
      ++written_;
    }
    TRY(prove(device.seed, undo));
    if (wishes_.show_seed) {
      SecretWriter text;
      text.append("the seed, once and never again: ");
      text.append(codec::base32_encode(device.seed.reveal()).reveal_text());
      world_.terminal.tell(text.take().reveal_text());
    }
    return enable(device, undo);
  }

  // One code of the key, with its touch, shows that it holds the seed.
  Result<> prove(const Secret& seed, io::Background& undo) {
    auto& [key, session] = keys_.front();
    const std::int64_t step = step_of(world_.clock.now());
    proof_ = std::make_unique<KeyCode>(
        world_, std::move(key), std::move(session), card::OathAccount{.id = id_}, world_.clock.now());
    const Secret code = TRY(await_code(world_, *proof_, "touch your YubiKey to show that it works", deadline_, &undo));
    // The step may have changed just before the key was asked.
    const auto expected = codes(seed, step);
    if (!same_secret(code, expected.first) && !same_secret(code, expected.second)) {
      return hinted(fail(Fault::device, "the key's code is not the one that the seed gives"), "is it a YubiKey?");
    }
    return {};
  }

  card::OathSession& session_of(OpenedKey& opened) {
    return proof_ != nullptr && &opened == &keys_.front() ? proof_->session() : opened.session;
  }

  aws::CodePair codes(const Secret& seed, std::int64_t first) {
    return {crypto::totp_sha1(seed.reveal(), static_cast<std::uint64_t>(first)),
            crypto::totp_sha1(seed.reveal(), static_cast<std::uint64_t>(first + 1))};
  }

  // The codes of the last two steps leave the present one free for a login right afterwards. Should IAM want newer
  // ones, the next step is waited for.
  Result<> enable(const aws::VirtualMfaDevice& device, io::Background& undo) {
    if (TRY(devices_.enable(device.serial, codes(device.seed, step_of(devices_.now()) - 2)))) {
      return {};
    }
    world_.terminal.tell("IAM wants newer codes; waiting for the next one");
    const std::int64_t next = step_of(devices_.now()) + 1;
    const Seconds wait = Seconds(next * kStep.count()) - devices_.now().time_since_epoch();
    const Deadline until = world_.clock.steady() + wait;
    if (until >= deadline_) {
      return fail(Fault::no_human, "there is no time left for the next code");
    }
    io::Background* const meanwhile[] = {&undo};
    world_.terminal.wait(until, meanwhile);
    if (TRY(devices_.enable(device.serial, codes(device.seed, next - 1)))) {
      return {};
    }
    return hinted(fail(Fault::denied, "IAM does not take the codes of the new device"), "check this machine's clock");
  }

  void take_back(const std::string& serial, Error& error) {
    for (auto& opened : keys_.first(std::exchange(written_, 0))) {
      if (const auto gone = session_of(opened).remove({.id = id_}); !gone) {
        error.hint += formatted("{}the account '{}' is still on the key ({}): touchsts oath delete",
                                error.hint.empty() ? "" : "; ",
                                Untrusted{id_},
                                gone.error().text);
      }
    }
    if (const auto gone = devices_.remove(serial); !gone) {
      error.hint += formatted("{}the device {} is still at IAM ({}): aws iam delete-virtual-mfa-device",
                              error.hint.empty() ? "" : "; ",
                              Untrusted{serial},
                              gone.error().text);
    }
  }

  io::World& world_;
  MfaDevices& devices_;
  std::span<OpenedKey> keys_;
  const EnrolmentWishes& wishes_;
  Deadline deadline_;
  std::string id_;
  std::size_t written_ = 0;         // keys that have the account
  std::unique_ptr<KeyCode> proof_;  // has the first key, from when it is asked for a code
};

}  // namespace

Result<> check_wishes(io::World& world, const EnrolmentWishes& wishes) {
  TRY(aws::check_device_name(wishes.name));
  if (wishes.show_seed && !world.terminal.in_reach()) {
    return hinted(fail(Fault::no_human, "there is no terminal to show the seed on"), "leave --show-seed out");
  }
  return {};
}

Result<std::string> enrol(io::World& world,
                          MfaDevices& devices,
                          std::span<OpenedKey> keys,
                          const EnrolmentWishes& wishes,
                          Deadline deadline) {
  return Enrolment(world, devices, keys, wishes, deadline).run();
}

}  // namespace touchsts::steps
