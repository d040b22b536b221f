#include "cli/mfa_commands.h"

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "aws/arn.h"
#include "aws/iam.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "cli/key_store.h"
#include "cli/native.h"
#include "codec/json.h"
#include "settings/network.h"
#include "settings/plan_profile.h"
#include "steps/enrolment.h"
#include "steps/key_code.h"
#include "steps/mfa_devices.h"
#include "steps/step_runner.h"
#include "steps/yubikeys.h"

namespace touchsts::cli {
namespace {

constexpr Seconds kUsualTimeout{120};  // a person, two codes and six requests
constexpr Seconds kToTakeBack{15};     // after that, for what an enrolment that fails has begun

struct Wishes {
  Command command;
  TextFormat format;
  Seconds timeout;
  bool may_prompt;
  std::string backup_yubikey;
  steps::EnrolmentWishes enrolment;
};

class Mfa {
 public:
  Mfa(const Wishes& wishes,
      const settings::Surroundings& around,
      const settings::ProfileRequest& request,
      const settings::Prepared& prepared,
      io::World& world)
      : wishes_(wishes),
        around_(around),
        profile_(around, request.profile, &request.flags),
        prepared_(prepared),
        world_(world),
        deadline_(world.clock.steady() + wishes.timeout),
        last_(deadline_ + (wishes.command == Command::mfa_enroll ? kToTakeBack : Seconds(0))),
        asking_(wishes.may_prompt ? steps::Asking::yes : steps::Asking::no) {}

  Result<int> run() {
    const auto iam_endpoint = TRY(settings::choose_iam_endpoint(
        around_, profile_, aws::partition_of_region(prepared_.plan.endpoint.signing_region)));
    const auto iam_network = settings::choose_network(around_, profile_, iam_endpoint.origin);
    steps::QueryClient sts(world_, prepared_.plan.endpoint, {prepared_.network, prepared_.attempts, last_});
    steps::QueryClient iam(world_, iam_endpoint, {iam_network, prepared_.attempts, last_, "iam", aws::advise_iam});
    const auto* const first = std::get_if<issue::LongTermKeys>(&prepared_.plan.steps.front());
    if (first == nullptr) {
      return hinted(fail(Fault::configuration, "MFA devices are of users with access keys, not of who logs in by SAML"),
                    "name a profile with access keys");
    }
    auto store = TRY(open_key_store({}, around_, world_));
    const auto keys =
        TRY(steps::long_term_keys(world_, around_, *first, {store, asking_ == steps::Asking::yes, deadline_}));
    auto devices = TRY(steps::MfaDevices::of_caller(sts, iam, keys));
    switch (wishes_.command) {
      case Command::mfa_enroll:
        return enroll(devices);
      case Command::mfa_resync:
        return resync(devices);
      default:
        return list(devices);
    }
  }

 private:
  Result<int> done(const std::string& text) {
    TRY(world_.output.result(text));
    return 0;
  }

  Result<steps::OpenedKey> open(std::string_view serial_text) {
    const auto serial = TRY(settings::parse_yubikey_serial(serial_text));
    const steps::KeyWish wish{serial, std::string(profile_.text("pcsc_reader"))};
    return steps::with_oath(world_, TRY(steps::open_one(world_, wish, deadline_)), asking_, last_);
  }

  Result<int> enroll(steps::MfaDevices& devices) {
    std::vector<steps::OpenedKey> keys;
    keys.push_back(TRY(open(profile_.text("yubikey_serial"))));
    if (!wishes_.backup_yubikey.empty()) {
      keys.push_back(TRY(open(wishes_.backup_yubikey)));
    }
    const std::string serial = TRY(steps::enrol(world_, devices, keys, wishes_.enrolment, deadline_));
    return done(formatted("enrolled; put this into the profile:\nmfa_serial = {}\n", Untrusted{serial}));
  }

  Result<int> list(steps::MfaDevices& devices) {
    codec::Json json = codec::Json::array();
    std::string text;
    for (const auto& device : TRY(devices.list())) {
      json.push_back({{"serial", device.serial}, {"enabled", device.enabled}});
      text += formatted("{}  since {}\n", Untrusted{device.serial}, Untrusted{device.enabled});
    }
    if (text.empty()) {
      text = formatted("user {} has no MFA device\n", Untrusted{devices.owner().user});
    }
    return done(wishes_.format == TextFormat::json ? codec::to_text(json) + "\n" : text);
  }

  Result<issue::Mfa> device_of_profile() {
    for (const auto& step : prepared_.plan.steps) {
      const auto* const role = std::get_if<issue::AssumeRole>(&step);
      const auto* const session = std::get_if<issue::SessionToken>(&step);
      const auto& mfa = role != nullptr ? role->mfa : session != nullptr ? session->mfa : std::optional<issue::Mfa>();
      if (mfa) {
        return *mfa;
      }
    }
    return hinted(fail(Fault::configuration, "profile {} names no MFA device", Untrusted{prepared_.profile}),
                  "name one with mfa_serial or --mfa-serial");
  }

  Result<Secret> from_key(steps::KeyCode& key) {
    return steps::await_code(world_, key, wishes_.may_prompt ? "touch your YubiKey" : "", deadline_);
  }

  Result<Secret> from_person(std::string_view prompt) {
    if (!wishes_.may_prompt) {
      return fail(Fault::no_human, "two codes must be typed, and --no-prompt forbids to ask");
    }
    auto typed = TRY(world_.terminal.ask(prompt, deadline_, {}));
    if (!typed) {
      return fail(Fault::no_human, "no MFA code was given");
    }
    TRY(aws::check_token_code(typed->reveal_text()));
    return *std::move(typed);
  }

  // IAM wants two neighbouring codes.
  Result<int> resync(steps::MfaDevices& devices) {
    const auto mfa = TRY(device_of_profile());
    aws::CodePair codes;
    const Time now = devices.now();
    const auto search = TRY(steps::find_key_code(world_, mfa, asking_, now, deadline_));
    if (const auto& key = search.code) {
      codes.second = TRY(from_key(*key));
      key->again_at(now - card::kUsualPeriod);
      codes.first = TRY(from_key(*key));
    } else {
      world_.terminal.tell(in_one_line(search.why));
      codes.first = TRY(from_person("the code that the device shows now: "));
      codes.second = TRY(from_person("the next code that it shows: "));
    }
    if (!TRY(devices.resync(mfa.serial, codes))) {
      return hinted(fail(Fault::denied, "IAM does not take these codes for {}", Untrusted{mfa.serial}),
                    "they must be two neighbouring ones of this device");
    }
    return done(formatted("{} is in step again\n", Untrusted{mfa.serial}));
  }

  const Wishes& wishes_;
  const settings::Surroundings& around_;
  settings::ProfileView profile_;
  const settings::Prepared& prepared_;
  io::World& world_;
  Deadline deadline_;  // of the person
  Deadline last_;      // of requests and of the key's commands
  steps::Asking asking_;
};

}  // namespace

Result<int> mfa_command(NativeOptions options,
                        const settings::Surroundings& around,
                        TextFormat format,
                        io::World& world) {
  const Wishes wishes{.command = options.command,
                      .format = format,
                      .timeout = options.timeout ? Seconds(*options.timeout) : kUsualTimeout,
                      .may_prompt = !options.no_prompt,
                      .backup_yubikey = options.backup_yubikey,
                      .enrolment = {.name = options.account.empty() ? world.facts.user : options.account,
                                    .touch = !options.no_touch,
                                    .show_seed = options.show_seed}};
  if (wishes.command == Command::mfa_enroll) {
    if (wishes.enrolment.name.empty()) {
      return hinted(fail(Fault::usage, "the environment has no user name to call the device by"),
                    "give one: --name NAME");
    }
    TRY(steps::check_wishes(world, wishes.enrolment));
  }
  const auto invocation = TRY(read_native(std::move(options), world));
  const auto prepared = TRY(settings::prepare(around, invocation.request));
  return Mfa(wishes, around, invocation.request, prepared, world).run();
}

}  // namespace touchsts::cli
