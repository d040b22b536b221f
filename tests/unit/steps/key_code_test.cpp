#include "steps/key_code.h"

#include <doctest/doctest.h>

#include "codec/hex.h"
#include "fake/fake_pcscd.h"
#include "fake/fake_world.h"
#include "steps/token_code.h"

namespace touchsts::steps {
namespace {

using fake::Bytes;
using fake::bytes_from_hex;

constexpr std::string_view kSerial = "arn:aws:iam::123456789012:mfa/ada";

// The OATH applet of a key, as far as these tests go: a list of accounts, all with the code 000042.
struct Key {
  fake::FakeReader reader;
  std::vector<std::string> accounts;
  std::uint32_t serial = 0;
  bool password = false;
  std::string refusal;  // answers CALCULATE instead of a code, once

  explicit Key(std::vector<std::string> names) : accounts(std::move(names)) {
    reader.card = [this](const Bytes& command) { return answer(command); };
  }

  Bytes answer(const Bytes& command) {
    const auto instruction = std::to_integer<unsigned>(command[1]);
    const bool select = instruction == 0xA4;
    if (select && codec::hex(command).ends_with("a000000527471117")) {
      return bytes_from_hex("9000");
    }
    if (select) {
      return bytes_from_hex(password ? "7903050403 71080123456789abcdef 7408 0011223344556677 7b0101 9000"
                                     : "7903050403 71080123456789abcdef 9000");
    }
    if (instruction == 0x1D) {
      std::string number;
      for (int shift = 24; shift >= 0; shift -= 8) {
        number += codec::hex(Bytes{static_cast<std::byte>(serial >> shift & 0xFF)});
      }
      return bytes_from_hex("060204" + number + "9000");
    }
    if (instruction == 0xA1) {
      Bytes list;
      for (const auto& name : accounts) {
        list.push_back(std::byte{0x72});
        list.push_back(static_cast<std::byte>(name.size() + 1));
        list.push_back(std::byte{0x21});
        list.append_range(std::as_bytes(std::span(name)));
      }
      list.append_range(bytes_from_hex("9000"));
      return list;
    }
    if (instruction == 0xA2) {
      const std::string status = std::exchange(refusal, "");
      return bytes_from_hex(status.empty() ? "7605 06 0000002a 9000" : status);
    }
    return bytes_from_hex("6d00");
  }
};

struct Bench {
  fake::FakeWorld fake;
  settings::Prepared prepared;
  issue::Mfa mfa{.serial = std::string(kSerial),
                 .process = {},
                 .yubikey_serial = {},
                 .oath_account = {},
                 .touch_command = {},
                 .pinentry = {},
                 .pcsc_reader = {}};
  bool may_prompt = true;
  std::optional<CodeReceiver> receiver;

  Bench() {
    prepared.profile = "ops";
    prepared.plan.endpoint.usual = true;
    aws::RoleRequest role;
    role.role_arn = "arn:aws:iam::123456789012:role/path/ops";
    prepared.plan.steps.emplace_back(issue::AssumeRole{role, std::nullopt});
  }

  struct NoConnection : io::Background {
    std::optional<Wish> wants() override { return std::nullopt; }
    void advance() override {}
  };

  // "000042", or what went wrong.
  std::string code() {
    NoConnection connection;
    CodeSources sources{.given = {}, .may_prompt = may_prompt, .prepared = prepared};
    Person person(fake.world, mfa.pinentry);
    const auto found =
        obtain_code(fake.world,
                    person,
                    sources,
                    mfa,
                    {fake.clock.steady() + Seconds(55), &connection, {}, {}, receiver ? &*receiver : nullptr});
    return found ? std::string(found->digits.reveal_text()) : "!" + found.error().text + "; " + found.error().hint;
  }
};

TEST_CASE("the key's code is taken where the key has the account, and nobody is asked") {
  for (const std::string& name : {std::string(kSerial),
                                  std::string("Amazon Web Services:ada@123456789012"),
                                  std::string("Amazon Web Services:ada@acme-prod"),
                                  std::string("ada@123456789012"),
                                  std::string("ada@acme-prod"),
                                  std::string("aws/iam/123456789012:ada"),
                                  "AWS:" + std::string(kSerial)}) {
    Bench bench;
    Key key({"ACME:alice", "GitHub:ada@123456789012", name});
    bench.fake.usb.plug(key.reader);
    CAPTURE(name);
    CHECK(bench.code() == "000042");
    CHECK(bench.fake.terminal.prompts.empty());
    CHECK(key.reader.commands.size() == 3);  // SELECT, LIST, CALCULATE
  }
}

// A key that answers LIST at once and CALCULATE never.
struct Untouched : Key {
  Untouched() : Key({std::string(kSerial)}) {
    reader.card = [this](const Bytes& command) {
      reader.hold = std::to_integer<unsigned>(command[1]) == 0xA1;  // from the next command on
      reader.extensions = reader.hold ? 1 : 0;
      return answer(command);
    };
  }
};

TEST_CASE("without a terminal the desktop and the person's own program say that the key waits") {
  Bench bench;
  Untouched key;
  bench.fake.usb.plug(key.reader);
  bench.fake.desktop.there = true;
  bench.fake.terminal.reached = false;
  bench.mfa.touch_command = "bell --loud 'two words'";
  CHECK(bench.code() == "!nobody touched the YubiKey in time; touch it when it blinks");
  CHECK(bench.fake.desktop.bodies ==
        std::vector<std::string>{"touch your YubiKey to get credentials for role ops in account 123456789012"});
  CHECK(bench.fake.programs.ran == std::vector<std::vector<std::string>>{{"bell", "--loud", "two words"}});
  CHECK(bench.fake.programs.launched == bench.fake.desktop.bodies);
  CHECK(bench.fake.desktop.open == 0);
  CHECK(bench.fake.programs.running == 0);
}

CodeReceiver stranger() {
  return {.user = "ada",
          .origin = "https://idp.example",
          .notice = "",
          .untrusted = fail(Fault::configuration, "not trusted").error()};
}

TEST_CASE("an origin that is not trusted gets the code of a key that was touched for it only") {
  Bench bench;
  bench.receiver = stranger();
  Key key({std::string(kSerial)});
  bench.fake.usb.plug(key.reader);
  CHECK(bench.code().starts_with("!not trusted"));
  bench.receiver->untrusted.reset();
  CHECK(bench.code() == "000042");

  Bench touched;
  touched.receiver = stranger();
  Untouched waiting;
  touched.fake.usb.plug(waiting.reader);
  touched.fake.terminal.answers = {"123456"};
  CHECK(touched.code() == "123456");
  CHECK(touched.fake.terminal.prompts.front() ==
        "touch your YubiKey to sign in at https://idp.example for role ops in account 123456789012, or type the MFA "
        "code: ");

  Bench noticed;
  noticed.receiver = stranger();
  Untouched on_desktop;
  noticed.fake.usb.plug(on_desktop.reader);
  noticed.fake.terminal.reached = false;
  noticed.fake.desktop.there = true;
  CHECK(noticed.code().starts_with("!nobody touched the YubiKey in time"));
  CHECK(noticed.fake.desktop.bodies.front().starts_with("touch your YubiKey to sign in at https://idp.example "));

  Bench silent;  // nothing would say where the code goes
  silent.receiver = stranger();
  Untouched unseen;
  silent.fake.usb.plug(unseen.reader);
  silent.fake.terminal.reached = false;
  CHECK(silent.code().starts_with("!not trusted"));
}

TEST_CASE("pinentry asks where there is neither terminal nor notice, or where the person wants it") {
  Bench bench;
  Untouched key;
  bench.fake.usb.plug(key.reader);
  bench.fake.terminal.reached = false;
  bench.fake.programs.talk.answer = [](std::span<const std::byte> bytes) {
    const std::string_view line(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::string_view text = line == "GETPIN\n" ? "D 123 456\nOK\n" : "OK\n";
    const auto raw = std::as_bytes(std::span(text));
    return std::vector<std::byte>(raw.begin(), raw.end());
  };
  SUBCASE("no display") { CHECK(bench.code() == "!nobody touched the YubiKey in time; touch it when it blinks"); }
  SUBCASE("a display without a desktop") {
    bench.fake.environment = io::Environment{.block = nullptr, .variables = {{"DISPLAY", ":0"}}};
    CHECK(bench.code() == "123456");
    CHECK(bench.fake.programs.ran == std::vector<std::vector<std::string>>{{"pinentry"}});
  }
  SUBCASE("a desktop") {
    bench.fake.environment = io::Environment{.block = nullptr, .variables = {{"DISPLAY", ":0"}}};
    bench.fake.desktop.there = true;
    CHECK(bench.code() == "!nobody touched the YubiKey in time; touch it when it blinks");
  }
  SUBCASE("a pinentry that cannot be started is not tried again") {
    bench.mfa.pinentry = "/usr/bin/pinentry-x";
    bench.fake.programs.absent = true;
    CHECK(bench.code() == "!nobody touched the YubiKey in time; touch it when it blinks");
    CHECK(bench.fake.programs.ran.size() == 1);
  }
  SUBCASE("a desktop and a pinentry of one's own") {
    bench.mfa.pinentry = "/usr/bin/pinentry-x";
    bench.fake.desktop.there = true;
    CHECK(bench.code() == "123456");
    CHECK(bench.fake.desktop.bodies.empty());
    CHECK(bench.fake.programs.ran == std::vector<std::vector<std::string>>{{"/usr/bin/pinentry-x"}});
  }
}

TEST_CASE("a touch is asked for when the key waits for it, and a typed code does as well") {
  Bench bench;
  Key key({std::string(kSerial)});
  key.reader.hold = true;
  bench.fake.usb.plug(key.reader);
  // Only the touch is withheld.
  key.reader.card = [&key](const Bytes& command) {
    key.reader.hold = std::to_integer<unsigned>(command[1]) == 0xA1;  // from the next command on
    key.reader.extensions = key.reader.hold ? 1 : 0;
    return key.answer(command);
  };
  key.reader.hold = false;
  bench.fake.terminal.answers = {"12 34", "123 456"};
  CHECK(bench.code() == "123456");
  REQUIRE(bench.fake.terminal.prompts.size() == 2);
  CHECK(bench.fake.terminal.prompts[0] ==
        "touch your YubiKey to get credentials for role ops in account 123456789012, or type the MFA code: ");
  CHECK(bench.fake.terminal.told.at(0).starts_with("an MFA code is six digits"));
  CHECK(key.reader.aborts == 1);
}

TEST_CASE("when nobody may be asked, a key that waits for a touch is let go at once") {
  Bench bench;
  Key key({std::string(kSerial)});
  bench.fake.usb.plug(key.reader);
  key.reader.card = [&key](const Bytes& command) {
    key.reader.hold = std::to_integer<unsigned>(command[1]) == 0xA1;
    key.reader.extensions = key.reader.hold ? 1 : 0;
    return key.answer(command);
  };
  bench.may_prompt = false;
  CHECK(bench.code().starts_with("!the YubiKey wants to be touched, and --no-prompt forbids to ask"));
  CHECK(key.reader.aborts == 1);
}

TEST_CASE("a key that gives up waiting is asked again") {
  Bench bench;
  Key key({std::string(kSerial)});
  key.refusal = "6982";
  bench.fake.usb.plug(key.reader);
  key.reader.extensions = 1;
  CHECK(bench.code() == "000042");
}

TEST_CASE("without the account the person is asked, unless the configuration names the key") {
  Bench bench;
  Key key({"ACME:alice"});
  key.serial = 7;
  bench.fake.usb.plug(key.reader);
  bench.fake.terminal.answers = {"123456"};
  CHECK(bench.code() == "123456");
  CHECK(bench.fake.terminal.prompts.at(0) == "MFA code of arn:aws:iam::123456789012:mfa/ada for profile ops: ");
  CHECK(
      bench.fake.terminal.told.at(0) ==
      "no account on the YubiKey belongs to arn:aws:iam::123456789012:mfa/ada; it has 'ACME:alice': name the right one "
      "with oath_account, or --oath-account");
  bench.mfa.oath_account = "bob";
  CHECK(bench.code() == "!the key has no account 'bob'; it has 'ACME:alice'");
  bench.mfa.oath_account = "alice";
  CHECK(bench.code() == "000042");
  bench.mfa.yubikey_serial = 7;
  CHECK(bench.code() == "000042");
  bench.mfa.oath_account.clear();
  CHECK(bench.code() ==
        "!no account on the YubiKey belongs to arn:aws:iam::123456789012:mfa/ada; it has 'ACME:alice': name the right "
        "one "
        "with oath_account, or --oath-account");
  key.accounts.clear();
  CHECK(bench.code() == "!the YubiKey has no accounts; add one with touchsts oath add");
  bench.mfa.oath_account = "alice";
  bench.mfa.yubikey_serial = 8;
  CHECK(bench.code() == "!no YubiKey with the serial number 8 is plugged in; there is 7");
  bench.fake.usb.plugged.clear();
  CHECK(bench.code() == "!no YubiKey with the serial number 8 is plugged in; plug it in");
  bench.mfa.yubikey_serial.reset();
  CHECK(bench.code() == "!no YubiKey found; plug it in and make sure its CCID interface is enabled");
}

TEST_CASE("an account that is only likely the right one is used when no other is as likely") {
  Bench bench;
  Key key({"ada@acme-prod", "ada@acme-test"});
  bench.fake.usb.plug(key.reader);
  bench.fake.terminal.answers = {"123456", "234567"};
  CHECK(bench.code() == "123456");
  CHECK(bench.fake.terminal.told.back() ==
        "2 accounts on the YubiKey may belong to arn:aws:iam::123456789012:mfa/ada; name one of 'ada@acme-prod', "
        "'ada@acme-test' with oath_account, or --oath-account");
  key.accounts.emplace_back("AWS:ada@acme-prod");
  CHECK(bench.code() == "000042");
  key.accounts.emplace_back("AWS:ada@acme-test");
  CHECK(bench.code() == "234567");
  key.accounts.emplace_back("ada@123456789012");
  CHECK(bench.code() == "000042");
  // Of two keys, too.
  Key other({"ada@acme-prod"});
  bench.fake.usb.plug(other.reader);
  CHECK(bench.code() == "000042");
  CHECK(std::ranges::count(other.reader.commands, Bytes(bytes_from_hex("00a2")), [](const Bytes& it) {
          return Bytes(it.begin(), it.begin() + 2);
        }) == 0);
}

TEST_CASE("why no key gives the code is said in the question, or where nobody can be asked") {
  Bench bench;
  bench.fake.terminal.answers = {"123456"};
  CHECK(bench.code() == "123456");
  CHECK(bench.fake.terminal.prompts ==
        std::vector<std::string>{"MFA code of arn:aws:iam::123456789012:mfa/ada for profile ops (no YubiKey found): "});
  CHECK(bench.fake.terminal.told.empty());
  bench.fake.terminal.reached = false;
  CHECK(
      bench.code() ==
      "!an MFA code is needed, but there is no terminal to ask on (no YubiKey found); run touchsts login in a terminal "
      "first, or set mfa_process, or give --token-code");
  Key key({"ACME:alice"});
  bench.fake.usb.plug(key.reader);
  CHECK(bench.code() ==
        "!an MFA code is needed, but there is no terminal to ask on (no account on the YubiKey belongs to "
        "arn:aws:iam::123456789012:mfa/ada); it has 'ACME:alice': name the right one with oath_account, or "
        "--oath-account, "
        "or run touchsts login in a terminal first, or set mfa_process, or give --token-code");
  bench.fake.usb.plugged.clear();
  bench.may_prompt = false;
  CHECK(
      bench.code() ==
      "!an MFA code of arn:aws:iam::123456789012:mfa/ada is needed, and --no-prompt forbids to ask (no YubiKey found); "
      "run touchsts login in a terminal first, or give --token-code");
}

TEST_CASE("of several keys the one that has the account") {
  Bench bench;
  Key other({"ACME:alice"});
  Key right({std::string(kSerial)});
  bench.fake.usb.plug(other.reader);
  bench.fake.usb.plug(right.reader);
  CHECK(bench.code() == "000042");
  other.accounts.emplace_back(kSerial);
  CHECK(bench.code().starts_with("!2 YubiKeys have the account 'arn:aws:iam::123456789012:mfa/ada'; name one"));
  other.serial = 7;
  right.serial = 8;
  bench.mfa.yubikey_serial = 8;
  CHECK(bench.code() == "000042");
  // One that is broken hides neither.
  other.reader.card = [](const Bytes&) { return Bytes(); };
  CHECK(bench.code() == "000042");
  bench.mfa.yubikey_serial = 7;
  CHECK(bench.code().starts_with("!the key's answer has no status word"));
}

TEST_CASE("a key that cannot be had: a code is typed, unless the configuration names the key") {
  struct Case {
    io::UsbTrouble trouble;
    std::string_view text;
  };
  static constexpr Case kCases[] = {
      {io::UsbTrouble::access,
       "the YubiKey at /dev/bus/usb/001/002 may not be opened by this user; put this line into "
       "/etc/udev/rules.d/70-touchsts.rules"},
      {io::UsbTrouble::busy, "the YubiKey is held by scdaemon (process 42); free it with: gpgconf --kill scdaemon"},
      {io::UsbTrouble::gone, "the key was removed; plug it in and try again"},
  };
  for (const auto& [trouble, text] : kCases) {
    Bench bench;
    Key key({std::string(kSerial)});
    bench.fake.usb.plug(key.reader);
    bench.fake.usb.plugged.front().trouble = trouble;
    bench.fake.terminal.answers = {"123456"};
    CAPTURE(text);
    CHECK(bench.code() == "123456");
    CHECK(bench.fake.terminal.told.at(0).starts_with(text));
    bench.mfa.oath_account = "x";
    CHECK(bench.code().substr(1).starts_with(text));
  }
}

// gpg-agent, whose scdaemon shares its card once it has refused so often (gpg-agent's manual, "SCD").
std::string agent_answer(Key& key, int& refusals, std::string_view line) {
  constexpr std::string_view kApdu = "SCD APDU ";
  if (line.starts_with("SCD SERIALNO") && refusals > 0) {
    --refusals;
    return "ERR 100663414 Conflicting use <SCD>\n";
  }
  if (!line.starts_with(kApdu)) {
    return "OK\n";
  }
  std::string answer = "D ";
  for (const std::byte byte : key.answer(bytes_from_hex(line.substr(kApdu.size(), line.find('\n') - kApdu.size())))) {
    answer += "%" + codec::hex(Bytes{byte});
  }
  return answer + "\nOK\n";
}

TEST_CASE("scdaemon, still busy for a client that has gone, is asked again") {
  for (const int refusals : {0, 2, 7, 1000}) {
    Bench bench;
    Key key({std::string(kSerial)});
    bench.fake.usb.plug(key.reader);
    bench.fake.usb.plugged.front().trouble = io::UsbTrouble::busy;
    bench.fake.programs.output = "/run/user/1000/gnupg/S.gpg-agent\n";
    int left = refusals;
    bench.fake.sockets.answer = [&](std::span<const std::byte> line) {
      const std::string answer = agent_answer(key, left, {reinterpret_cast<const char*>(line.data()), line.size()});
      const auto bytes = std::as_bytes(std::span(answer));
      return Bytes(bytes.begin(), bytes.end());
    };
    CAPTURE(refusals);
    bench.mfa.oath_account = std::string(kSerial);
    CHECK(bench.code() == (refusals < 1000 ? "000042"
                                           : "!the YubiKey is held by scdaemon (process 42); free it with: gpgconf "
                                             "--kill scdaemon"));
    CHECK(bench.fake.programs.ran.size() == 1);  // gpgconf
  }
}

TEST_CASE("another touchsts that lets the key go just when its name is looked up is no other program") {
  Bench bench;
  Key key({std::string(kSerial)});
  bench.fake.usb.plug(key.reader);
  bench.mfa.oath_account = std::string(kSerial);
  const Deadline began = bench.fake.clock.steady();
  auto& trouble = bench.fake.usb.plugged.front().trouble;
  trouble = io::UsbTrouble::busy;
  constexpr std::chrono::seconds kHeld(4);
  int others = 3;  // one after the other
  Deadline let_go = began + kHeld;
  bench.fake.usb.held_by = [&]() -> std::string {
    if (bench.fake.clock.steady() < let_go) {
      return "touchsts (process 42)";
    }
    if (--others > 0) {
      let_go = bench.fake.clock.steady() + kHeld;
    } else {
      trouble.reset();
    }
    return "";
  };
  CHECK(bench.code() == "000042");
  CHECK(bench.fake.clock.steady() - began >= 3 * kHeld);
}

TEST_CASE("a client of pcscd that ended in the middle of a command has the card reset, whenever that happens") {
  for (int after = 0; after < 12; ++after) {
    Bench bench;
    Key key({std::string(kSerial)});
    fake::FakePcscd pcscd;
    pcscd.card = [&key](const Bytes& command) { return key.answer(command); };
    pcscd.reset_after = after;
    bench.fake.sockets.answer = pcscd.sockets.answer;
    bench.fake.programs.output = "";  // there is no gpg-agent
    bench.mfa.pcsc_reader = "YubiKey";
    CAPTURE(after);
    CHECK(bench.code() == "000042");
  }
}

TEST_CASE("a card that others share through pcscd is ours for a while, a moment later") {
  Bench bench;
  Key key({std::string(kSerial)});
  fake::FakePcscd pcscd;
  pcscd.card = [&key](const Bytes& command) { return key.answer(command); };
  pcscd.others = 2;
  bench.fake.sockets.answer = pcscd.sockets.answer;
  bench.fake.programs.output = "";
  bench.mfa.pcsc_reader = "YubiKey";
  const Deadline began = bench.fake.clock.steady();
  CHECK(bench.code() == "000042");
  CHECK(bench.fake.clock.steady() - began < std::chrono::milliseconds(200));
  CHECK(pcscd.sent.size() == 3);
}

TEST_CASE("devices that are no YubiKey, or describe themselves wrongly, are left alone") {
  Bench bench;
  Key key({std::string(kSerial)});
  bench.fake.usb.plug(key.reader, 0x08E6);
  bench.fake.usb.plug(key.reader);
  bench.fake.usb.plugged[1].device.configuration.resize(30);
  bench.fake.terminal.answers = {"123456"};
  CHECK(bench.code() == "123456");
  CHECK(bench.fake.usb.claims == 0);
}

TEST_CASE("a locked applet with nobody to ask") {
  Bench bench;
  Key key({std::string(kSerial)});
  key.password = true;
  bench.fake.usb.plug(key.reader);
  bench.may_prompt = false;
  CHECK(bench.code().contains("--no-prompt forbids to ask"));
  bench.mfa.oath_account = "ada";
  CHECK(bench.code().starts_with("!the YubiKey's OATH applet has a password, and nobody may be asked for it"));
}

}  // namespace
}  // namespace touchsts::steps
