#include "cli/oath_commands.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "card/management.h"
#include "card/otpauth.h"
#include "codec/ascii.h"
#include "codec/json.h"
#include "settings/plan_profile.h"
#include "steps/key_code.h"
#include "steps/yubikeys.h"

namespace touchsts::cli {
namespace {

constexpr Seconds kUsualTimeout{120};
constexpr std::size_t kLargestUri = 8192;

// The profile that other commands would take, for what it says of keys.
std::string usual_profile(const io::Environment& environment) {
  for (const std::string_view variable : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
    if (const auto name = environment.get(variable); !name.empty()) {
      return std::string(name);
    }
  }
  return "default";
}

class Oath {
 public:
  Oath(const NativeOptions& options, const settings::Surroundings& around, io::World& world)
      : options_(options),
        profile_(around, usual_profile(world.environment), nullptr),
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
  // A reader counts for all commands, as the configuration names it for the profiles.
  Result<steps::KeyWish> wish(std::string_view serial) {
    return steps::KeyWish{
        TRY(settings::parse_yubikey_serial(serial)),
        options_.pcsc_reader.empty() ? std::string(profile_.text("pcsc_reader")) : options_.pcsc_reader};
  }

  Result<std::vector<steps::OpenKey>> keys() {
    return steps::open_some(world_, TRY(wish(options_.yubikey)), deadline_);
  }

  // What is about one account, or changes a key, wants exactly one.
  Result<steps::OpenKey> only_key() {
    return steps::open_one(
        world_, TRY(wish(options_.yubikey.empty() ? profile_.text("yubikey_serial") : options_.yubikey)), deadline_);
  }

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
      const auto serial = TRY(card::read_serial(*key.channel, deadline_));
      auto session = TRY(steps::open_oath(world_, key, asking_, deadline_));
      auto accounts = TRY(session.list());
      TRY(session.learn_touch(accounts, world_.clock.now()));
      for (const auto& account : accounts) {
        const bool timed = account.type == card::OathType::totp;
        json.push_back({{"id", account.id},
                        {"issuer", std::string(account.issuer())},
                        {"name", std::string(account.name())},
                        {"type", timed ? "TOTP" : "HOTP"},
                        {"algorithm", hash_name(account.hash)},
                        {"period", timed ? codec::Json(account.period().count()) : codec::Json()},
                        {"touch", account.touch ? codec::Json(*account.touch) : codec::Json()},
                        {"serial", serial ? codec::Json(*serial) : codec::Json()},
                        {"device_id", session.device_id()}});
        text += formatted("{:>8}  {}  {:<6}  {:<5}  {}\n",
                          serial ? std::to_string(*serial) : "-",
                          timed ? formatted("TOTP {:>3} s", account.period().count()) : "HOTP      ",
                          hash_name(account.hash),
                          !account.touch   ? "?"
                          : *account.touch ? "touch"
                                           : "-",
                          Untrusted{card::shown_name(account, accounts)});
      }
    }
    TRY(print(json, text));
    return 0;
  }

  // The list says the type of the account before a code is calculated: each code of an HOTP account moves the counter
  // on the key, and the server that checks the codes may lose step.
  Result<int> code() {
    auto [key, session] = TRY(open_only());
    const auto accounts = TRY(session.list());
    auto account = TRY(card::find_label(accounts, options_.account));
    const std::string name = printable(card::shown_name(account, accounts));
    if (account.type == card::OathType::hotp && !options_.force) {
      TRY(confirm(formatted("a code of {} moves its counter on; type 'yes' to get it: ", name), "yes", "no code"));
    }
    steps::KeyCode code(
        world_, std::move(key), std::move(session), std::move(account), world_.clock.now(), card::Counting::yes);
    const Secret digits =
        TRY(steps::await_code(world_, code, options_.no_prompt ? "" : "touch your YubiKey", deadline_));
    TRY(print({{"account", name}, {"code", std::string(digits.reveal_text())}},
              formatted("{}\n", digits.reveal_text())));
    return 0;
  }

  // The person has to type a word before something happens that cannot be undone, unless --force was given.
  Result<> confirm(std::string_view question, std::string_view word, std::string_view otherwise) {
    if (options_.no_prompt || !world_.terminal.in_reach()) {
      return hinted(fail(Fault::no_human, "{}, since it must be confirmed on a terminal", otherwise), "give --force");
    }
    const Secret typed = TRY(ask(question));
    return typed.reveal_text() == word ? Result<>() : fail(Fault::no_human, "{}", otherwise);
  }

  // A secret comes from a descriptor, from the terminal, or by a pipe where there is none.
  Result<Secret> read_secret(std::string_view prompt) {
    const auto& descriptor = options_.new_account.secret_fd;
    if (descriptor) {
      return within(formatted("--secret-fd {}", *descriptor), world_.files.read_descriptor(*descriptor, kLargestUri));
    }
    return !world_.terminal.in_reach() && world_.input.open() ? read_line() : ask(prompt);
  }

  Result<Secret> read_line() {
    io::Background* const meanwhile[] = {&world_.input};
    world_.terminal.wait(deadline_, meanwhile);
    if (!world_.input.answered()) {
      return fail(Fault::no_human, "nothing came on standard input in time");
    }
    auto line = world_.input.take();
    return line ? Result<Secret>(*std::move(line))
                : hinted(fail(Fault::usage, "there is no line on standard input, or it is too long"),
                         "pipe the secret key or the otpauth URI to it, or use --secret-fd");
  }

  Result<card::OtpauthUri> read_uri() {
    if (options_.uri_file.empty()) {
      return card::parse_otpauth(TRY(read_secret("otpauth URI of the account: ")));
    }
    const auto content =
        TRY(within("--uri-file " + printable(options_.uri_file), world_.files.read(options_.uri_file, kLargestUri)));
    return content ? card::parse_otpauth(content->bytes)
                   : fail(Fault::usage, "--uri-file {}: there is no such file", Untrusted{options_.uri_file});
  }

  // What a URI would say, from options and the secret key alone, which is all that AWS shows beside its QR code.
  Result<card::OtpauthUri> read_new_account() {
    const auto& given = options_.new_account;
    card::OtpauthUri account{.issuer = given.issuer, .name = given.name, .secret = {}};
    const auto hash = card::parse_hash(given.algorithm.empty() ? "SHA1" : given.algorithm);
    const bool counts = codec::same_word(given.oath_type, "HOTP");
    if (!hash) {
      return fail(Fault::usage, "--algorithm is SHA1, SHA256 or SHA512");
    }
    if (!counts && !given.oath_type.empty() && !codec::same_word(given.oath_type, "TOTP")) {
      return fail(Fault::usage, "--oath-type is TOTP or HOTP");
    }
    if (counts ? given.period.has_value() : given.counter.has_value()) {
      return fail(Fault::usage, "--period is of TOTP accounts, and --counter of HOTP accounts");
    }
    account.hash = *hash;
    account.type = counts ? card::OathType::hotp : card::OathType::totp;
    account.digits = static_cast<std::uint8_t>(given.digits.value_or(account.digits));
    account.period = Seconds(given.period.value_or(static_cast<int>(account.period.count())));
    account.counter = static_cast<std::uint32_t>(given.counter.value_or(0));
    const Secret text = TRY(read_secret(formatted("secret key of {} (base 32): ", Untrusted{given.name})));
    auto secret = card::parse_seed(codec::trimmed_lines(text.reveal_text()));
    if (!secret) {
      return hinted(fail(Fault::usage, "the secret key is not base 32"),
                    "base 32 has letters and the digits 2 to 7; for an otpauth URI leave the account's name out");
    }
    account.secret = *std::move(secret);
    return account;
  }

  Result<card::OtpauthUri> read_account() {
    if (codec::lower(options_.new_account.name).starts_with("otpauth:")) {
      return hinted(fail(Fault::usage, "an otpauth URI holds a secret, and arguments can be seen by other users"),
                    "leave it out: touchsts asks for it, or reads it from stdin or --uri-file");
    }
    if (!options_.new_account.name.empty()) {
      return options_.uri_file.empty() && options_.account.empty()
                 ? read_new_account()
                 : hinted(fail(Fault::usage, "an account's name excludes --uri-file and --name"),
                          "give the name alone, or an otpauth URI, which may get another name by --name");
    }
    return options_.new_account.any()
               ? hinted(fail(Fault::usage, "--issuer, --digits and the like need an account's name"),
                        "give the name, or an otpauth URI without these options: it says them itself")
               : read_uri();
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

  // The applet replaces an account of the same name without a question, or refuses without a reason.
  static Result<> check_free(std::span<const card::OathAccount> accounts, std::string_view id, std::string hint) {
    return std::ranges::contains(accounts, id, &card::OathAccount::id)
               ? hinted(fail(Fault::usage, "the key has an account '{}' already", Untrusted{id}), std::move(hint))
               : Result<>();
  }

  Result<int> add() {
    const auto uri = TRY(read_account());
    const std::string id =
        TRY(card::make_id(uri.period, uri.issuer, options_.account.empty() ? uri.name : options_.account));
    auto opened = TRY(open_only());
    if (!options_.force) {
      const auto accounts = TRY(opened.session.list());
      TRY(check_free(accounts, id, "give --force to replace it"));
    }
    const card::NewAccount account{.id = id,
                                   .type = uri.type,
                                   .hash = uri.hash,
                                   .digits = uri.digits,
                                   .touch = !options_.no_touch,
                                   .secret = uri.secret,
                                   .counter = uri.counter};
    TRY(options_.force ? opened.session.replace(account) : opened.session.put(account));
    return done(formatted("added {}\n", Untrusted{id}));
  }

  Result<int> remove() {
    auto opened = TRY(open_only());
    const auto accounts = TRY(opened.session.list());
    const auto account = TRY(card::find_label(accounts, options_.account));
    const std::string name = printable(card::shown_name(account, accounts));
    if (!options_.force) {
      TRY(confirm(formatted("type 'delete' to delete {} for good: ", name), "delete", "nothing was deleted"));
    }
    TRY(opened.session.remove(account));
    return done(formatted("deleted {}\n", name));
  }

  Result<int> rename() {
    auto opened = TRY(open_only());
    const auto accounts = TRY(opened.session.list());
    const auto account = TRY(card::find_label(accounts, options_.account));
    const std::string id = TRY(card::make_id(
        account.type == card::OathType::totp ? account.period() : card::kUsualPeriod, "", options_.new_name));
    TRY(check_free(accounts, id, "choose another name, or delete that account first"));
    TRY(opened.session.rename(account, id));
    return done(
        formatted("renamed {} to {}\n", Untrusted{card::shown_name(account, accounts)}, Untrusted{options_.new_name}));
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
  settings::ProfileView profile_;
  io::World& world_;
  Deadline deadline_;
  steps::Asking asking_;
};

}  // namespace

Result<int> oath_command(const NativeOptions& options, const settings::Surroundings& around, io::World& world) {
  return Oath(options, around, world).run();
}

}  // namespace touchsts::cli
