#include "cli/oath_commands.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "card/management.h"
#include "card/otpauth.h"
#include "codec/json.h"
#include "settings/plan_profile.h"
#include "steps/key_code.h"
#include "steps/yubikeys.h"

namespace touchsts::cli {
namespace {

constexpr Seconds kUsualTimeout{120};
constexpr std::size_t kLargestUri = 8192;

class Oath {
 public:
  Oath(const NativeOptions& options, io::World& world)
      : options_(options),
        world_(world),
        deadline_(world.clock.steady() + (options.timeout ? Seconds(*options.timeout) : kUsualTimeout)),
        asking_(options.no_prompt ? steps::Asking::no : steps::Asking::yes) {}

  Result<int> run() {
    switch (options_.command) {
      case Command::oath_info:
        return info();
      case Command::oath_list:
        return list();
      case Command::oath_code:
        return code();
      case Command::oath_add:
        return add();
      case Command::oath_delete:
        return remove();
      case Command::oath_rename:
        return rename();
      case Command::oath_password:
        return password();
      default:
        return reset();
    }
  }

 private:
  Result<steps::KeyWish> wish() {
    return steps::KeyWish{TRY(settings::parse_yubikey_serial(options_.yubikey)), options_.pcsc_reader};
  }

  Result<std::vector<steps::OpenKey>> keys() { return steps::open_some(world_, TRY(wish()), deadline_); }

  // What is about one account, or changes a key, wants exactly one.
  Result<steps::OpenKey> only_key() { return steps::open_one(world_, TRY(wish()), deadline_); }

  Result<steps::OpenedKey> open_only() { return steps::with_oath(world_, TRY(only_key()), asking_, deadline_); }

  Result<> print(const codec::Json& json, const std::string& text) {
    return world_.output.result(options_.format == "json" ? codec::to_text(json) + "\n" : text);
  }

  Result<int> info() {
    codec::Json json = codec::Json::array();
    std::string text;
    for (auto& key : TRY(keys())) {
      const auto serial = TRY(card::read_serial(*key.channel, deadline_));
      const auto session = TRY(card::OathSession::select(*key.channel, world_.random, deadline_));
      const auto& [major, minor, patch] = session.version();
      const std::string version = formatted("{}.{}.{}", major, minor, patch);
      json.push_back({{"serial", serial ? codec::Json(*serial) : codec::Json()},
                      {"version", version},
                      {"device_id", session.device_id()},
                      {"password", session.locked()},
                      {"node", key.node}});
      text += formatted("YubiKey {}: OATH {}, device {}, {}, {}\n",
                        serial ? std::to_string(*serial) : "without a number",
                        version,
                        session.device_id(),
                        session.locked() ? "with a password" : "no password",
                        key.node);
    }
    TRY(print(json, text));
    return 0;
  }

  static std::string_view hash_name(card::OathHash hash) {
    return hash == card::OathHash::sha1 ? "SHA1" : hash == card::OathHash::sha256 ? "SHA256" : "SHA512";
  }

  Result<int> list() {
    codec::Json json = codec::Json::array();
    std::string text;
    for (auto& key : TRY(keys())) {
      auto session = TRY(steps::open_oath(world_, key, asking_, deadline_));
      for (const auto& account : TRY(session.list())) {
        const bool timed = account.type == card::OathType::totp;
        json.push_back({{"issuer", std::string(account.issuer())},
                        {"name", std::string(account.name())},
                        {"type", timed ? "TOTP" : "HOTP"},
                        {"algorithm", hash_name(account.hash)},
                        {"period", timed ? codec::Json(account.period().count()) : codec::Json()},
                        {"device_id", session.device_id()}});
        text += formatted("{}  {:<6}  {}\n",
                          timed ? formatted("TOTP {:>3} s", account.period().count()) : "HOTP      ",
                          hash_name(account.hash),
                          Untrusted{account.label()});
      }
    }
    TRY(print(json, text));
    return 0;
  }

  // With one key and the exact name of an account, nothing is listed before it is asked for its code.
  Result<int> code() {
    auto [key, session] = TRY(open_only());
    steps::KeyCode code(world_, std::move(key), std::move(session), {.id = options_.account}, world_.clock.now());
    auto answer = await(code);
    if (code.missing()) {
      const auto accounts = TRY(code.session().list());
      code.again(TRY(card::find_label(accounts, options_.account)));
      answer = await(code);
    }
    const Secret digits = TRY(std::move(answer));
    const std::string label = printable(code.account().label());
    TRY(print({{"account", label}, {"code", std::string(digits.reveal_text())}},
              formatted("{}\n", digits.reveal_text())));
    return 0;
  }

  Result<Secret> await(steps::KeyCode& code) {
    return steps::await_code(world_, code, options_.no_prompt ? "" : "touch your YubiKey", deadline_);
  }

  Result<Secret> read_uri() {
    if (!options_.uri_file.empty()) {
      auto content =
          TRY(within("--uri-file " + printable(options_.uri_file), world_.files.read(options_.uri_file, kLargestUri)));
      if (!content) {
        return fail(Fault::usage, "--uri-file {}: there is no such file", Untrusted{options_.uri_file});
      }
      return std::move(content->bytes);
    }
    return ask("otpauth URI of the account: ");
  }

  Result<Secret> ask(std::string_view prompt) {
    if (options_.no_prompt) {
      return fail(Fault::no_human, "something must be typed, and --no-prompt forbids to ask");
    }
    auto typed = TRY(world_.terminal.ask(prompt, deadline_, {}));
    if (!typed) {
      return fail(Fault::no_human, "nothing was typed");
    }
    return *std::move(typed);
  }

  Result<int> add() {
    const Secret text = TRY(read_uri());
    const auto uri = TRY(card::parse_otpauth(text));
    const std::string id =
        TRY(card::make_id(uri.period, uri.issuer, options_.account.empty() ? uri.name : options_.account));
    auto opened = TRY(open_only());
    const auto accounts = TRY(opened.session.list());
    if (!options_.force && std::ranges::contains(accounts, id, &card::OathAccount::id)) {
      return hinted(fail(Fault::usage, "the key has an account '{}' already", Untrusted{id}),
                    "give --force to replace it");
    }
    TRY(opened.session.put({.id = id,
                            .type = uri.type,
                            .hash = uri.hash,
                            .digits = uri.digits,
                            .touch = !options_.no_touch,
                            .secret = uri.secret}));
    return done(formatted("added {}\n", Untrusted{id}));
  }

  Result<int> remove() {
    auto opened = TRY(open_only());
    const auto accounts = TRY(opened.session.list());
    const auto account = TRY(card::find_label(accounts, options_.account));
    if (!options_.force) {
      const Secret typed = TRY(ask(formatted("type 'delete' to delete {} for good: ", Untrusted{account.label()})));
      if (typed.reveal_text() != "delete") {
        return fail(Fault::no_human, "nothing was deleted");
      }
    }
    TRY(opened.session.remove(account));
    return done(formatted("deleted {}\n", Untrusted{account.label()}));
  }

  Result<int> rename() {
    auto opened = TRY(open_only());
    const auto accounts = TRY(opened.session.list());
    const auto account = TRY(card::find_label(accounts, options_.account));
    const std::size_t colon = options_.new_name.find(':');
    const bool issued = colon != std::string::npos;
    const std::string id =
        TRY(card::make_id(account.type == card::OathType::totp ? account.period() : card::kUsualPeriod,
                          issued ? options_.new_name.substr(0, colon) : "",
                          options_.new_name.substr(issued ? colon + 1 : 0)));
    TRY(opened.session.rename(account, id));
    return done(formatted("renamed {} to {}\n", Untrusted{account.label()}, Untrusted{options_.new_name}));
  }

  Result<int> password() {
    auto opened = TRY(open_only());
    if (options_.clear) {
      TRY(opened.session.clear_access_key());
      return done("the applet has no password any more\n");
    }
    const Secret first = TRY(ask("new password of the OATH applet: "));
    const Secret second = TRY(ask("the same again: "));
    if (first.empty() || !same_secret(first, second)) {
      return fail(Fault::usage,
                  "{}",
                  first.empty() ? "an empty password is none; --clear removes it" : "the two were not the same");
    }
    TRY(opened.session.set_access_key(card::access_key_of(first, opened.session.salt())));
    return done("the applet has a new password\n");
  }

  // Everything on the applet goes, so a person has to say so twice, and no flag can.
  Result<int> reset() {
    const auto key = TRY(only_key());
    auto session = TRY(card::OathSession::select(*key.channel, world_.random, deadline_));
    const Secret first = TRY(ask(formatted("every account on {} will be lost. Type 'reset': ", session.device_id())));
    const Secret second = TRY(ask(formatted("type the device id {} to go on: ", session.device_id())));
    if (first.reveal_text() != "reset" || second.reveal_text() != session.device_id()) {
      return fail(Fault::no_human, "nothing was reset");
    }
    TRY(session.reset());
    return done("the OATH applet is empty\n");
  }

  Result<int> done(std::string_view text) {
    TRY(world_.output.result(text));
    return 0;
  }

  const NativeOptions& options_;
  io::World& world_;
  Deadline deadline_;
  steps::Asking asking_;
};

}  // namespace

Result<int> oath_command(const NativeOptions& options, io::World& world) { return Oath(options, world).run(); }

}  // namespace touchsts::cli
