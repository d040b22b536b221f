// touchsts oath ... against the OATH applet of a fake key that remembers what it was told.
#include <map>

#include <doctest/doctest.h>

#include "cli/run.h"
#include "codec/hex.h"
#include "fake/fake_pcscd.h"
#include "fake/fake_world.h"

namespace touchsts::cli {
namespace {

using fake::Bytes;
using fake::bytes_from_hex;

constexpr std::uint8_t kTotp = 0x21;
constexpr std::uint8_t kHotp = 0x11;

struct Held {
  std::string id;
  std::uint8_t type = kTotp;
  bool touch = false;
};

struct Bench {
  fake::FakeWorld world;
  fake::FakeReader reader;
  std::vector<Held> accounts;
  std::vector<std::string> asked;    // data of CALCULATE
  std::vector<std::string> written;  // data of PUT
  std::string serial = "00bc614e";   // 12345678
  std::string calculate_all;         // answers it, instead of the accounts

  explicit Bench(std::vector<Held> held = {}) : accounts(std::move(held)) {
    world.usb.plug(reader);
    reader.card = [this](const Bytes& command) { return answer(command); };
    world.clock.time = Time(Seconds(59));
  }

  static void append(Bytes& out, std::uint8_t tag, std::string_view value, std::size_t more = 0) {
    out.push_back(std::byte{tag});
    out.push_back(static_cast<std::byte>(value.size() + more));
    out.append_range(std::as_bytes(std::span(value)));
  }

  [[nodiscard]] Bytes list() const {
    Bytes out;
    for (const auto& it : accounts) {
      append(out, 0x72, std::string(1, static_cast<char>(it.type)) + it.id);
    }
    return out;
  }

  [[nodiscard]] Bytes all() const {
    Bytes out = bytes_from_hex(calculate_all);
    for (const auto& it : accounts) {
      append(out, 0x71, it.id);
      out.append_range(bytes_from_hex(it.type == kHotp ? "7701 06" : it.touch ? "7c01 06" : "7605 06 0000002a"));
    }
    return out;
  }

  Bytes answer(const Bytes& command) {
    const auto with_ok = [](Bytes data) {
      data.append_range(bytes_from_hex("9000"));
      return data;
    };
    const auto data = command.size() > 5 ? codec::hex(std::span(command).subspan(5)) : "";
    switch (std::to_integer<unsigned>(command[1])) {
      case 0xA4:
        if (command[2] != std::byte{4}) {
          return calculate_all == "refused" ? bytes_from_hex("6d00") : with_ok(all());
        }
        return bytes_from_hex(data == "a000000527471117" ? "9000" : "7903050403 71080123456789abcdef 9000");
      case 0x1D:
        return bytes_from_hex("060204" + serial + "9000");
      case 0xA1:
        return with_ok(list());
      case 0xA2:
        asked.push_back(data);
        return bytes_from_hex("7605 06 0000002a 9000");
      case 0x01:
        written.push_back(data);
        return bytes_from_hex("9000");
      case 0x02:
      case 0x05:
        written.push_back(data);
        return bytes_from_hex("9000");
      default:
        return bytes_from_hex("6d00");
    }
  }

  // What was printed, or "!CODE text".
  std::string run(std::vector<std::string> words) {
    words.insert(words.begin(), "oath");
    std::vector<char*> arguments;
    for (auto& word : words) {
      arguments.push_back(word.data());
    }
    world.output.out.clear();
    world.output.err.clear();
    const int code = cli::run(arguments, world.world);
    return code == 0 ? world.output.out : "!" + std::to_string(code) + " " + world.output.err;
  }
};

TEST_CASE("a code of an account that counts is had when the person says so, by any name") {
  for (const std::string_view name : {"counter", "count"}) {
    CAPTURE(name);
    Bench bench({{"ACME:alice"}, {"counter", kHotp}});
    CHECK(bench.run({"code", std::string(name)}).starts_with("!6"));  // nobody answers
    CHECK(bench.world.terminal.prompts ==
          std::vector<std::string>{"a code of counter moves its counter on; type 'yes' to get it: "});
    bench.world.terminal.answers = {"no"};
    CHECK(bench.run({"code", std::string(name)}).contains("no code"));
    CHECK(bench.run({"code", std::string(name), "--no-prompt"}).contains("give --force"));
    bench.world.terminal.reached = false;
    CHECK(bench.run({"code", std::string(name)}).contains("give --force"));
    CHECK(bench.asked.empty());
    bench.world.terminal.reached = true;
    bench.world.terminal.answers = {"yes"};
    CHECK(bench.run({"code", std::string(name)}) == "000042\n");
    bench.world.terminal.reached = false;
    CHECK(bench.run({"code", std::string(name), "--force"}) == "000042\n");
    CHECK(bench.asked == std::vector<std::string>(2, "7107636f756e7465727400"));  // no challenge
  }
  Bench timed({{"ACME:alice"}});
  CHECK(timed.run({"code", "ACME:alice", "--no-prompt"}) == "000042\n");
  CHECK(timed.asked == std::vector<std::string>{"710a41434d453a616c69636574080000000000000001"});
}

TEST_CASE("the list says which key an account is on and whether it needs a touch") {
  Bench bench({{"ACME:alice", kTotp, true}, {"60/ACME:bob", kTotp + 1}, {"counter", kHotp}});
  CHECK(bench.run({"list"}) ==
        "12345678  TOTP  30 s  SHA1    touch  ACME:alice\n"
        "12345678  TOTP  60 s  SHA256  -      ACME:bob\n"
        "12345678  HOTP        SHA1    ?      counter\n");
  const std::string json = bench.run({"list", "--format", "json"});
  CHECK(json.contains(R"("touch": true)"));
  CHECK(json.contains(R"("touch": false)"));
  CHECK(json.contains(R"("touch": null)"));
  CHECK(json.contains(R"("serial": 12345678)"));
  CHECK(json.contains(R"("id": "60/ACME:bob")"));
  bench.calculate_all = "refused";
  bench.serial = "00000000";
  CHECK(bench.run({"list"}).starts_with("       -  TOTP  30 s  SHA1    ?      ACME:alice\n"));
}

TEST_CASE("what is on a key does not depend on AWS's files") {
  for (const bool torn_config : {true, false}) {
    Bench bench({{"ACME:alice"}});
    torn_config ? bench.world.config("[profile x\n") : bench.world.credentials("[base]\n  = nothing\nx\n");
    CHECK(bench.run({"list"}) == "12345678  TOTP  30 s  SHA1    -      ACME:alice\n");
    CHECK(bench.run({"info"}).contains("12345678"));
    CHECK(bench.run({"code", "alice"}) == "000042\n");
    CHECK(bench.run({"rename", "alice", "ACME:al"}) == "renamed ACME:alice to ACME:al\n");
    CHECK(bench.run({"delete", "ACME:alice", "--force"}) == "deleted ACME:alice\n");
  }
  // The reader may be named there.
  Bench bench({{"ACME:alice"}});
  bench.world.own("[defaults\n");
  CHECK(bench.run({"list"}).starts_with("!3 touchsts: /home/ada/.config/touchsts/config.toml"));
}

TEST_CASE("accounts whose labels repeat are told apart by their ids") {
  Bench bench({{"15/ACME:bob"}, {"60/ACME:bob"}, {"ACME:ann"}});
  const std::string listed = bench.run({"list"});
  CHECK(listed.contains("  15/ACME:bob\n"));
  CHECK(listed.contains("  60/ACME:bob\n"));
  CHECK(listed.contains("  ACME:ann\n"));
  for (const std::string_view command : {"code", "delete"}) {
    CHECK(bench.run({std::string(command), "bob"})
              .contains("2 accounts on the key fit 'bob'; name one of '15/ACME:bob', '60/ACME:bob'"));
  }
  CHECK(bench.run({"rename", "bob", "x"}).contains("name one of '15/ACME:bob', '60/ACME:bob'"));
  CHECK(bench.run({"code", "carol"}).contains("it has '15/ACME:bob', '60/ACME:bob', 'ACME:ann'"));
  CHECK(bench.run({"delete", "60/ACME:bob"}).starts_with("!6"));
  CHECK(bench.world.terminal.prompts.back() == "type 'delete' to delete 60/ACME:bob for good: ");
  CHECK(bench.run({"delete", "60/ACME:bob", "--force"}) == "deleted 60/ACME:bob\n");
  CHECK(bench.run({"rename", "15/ACME:bob", "ACME:bo"}) == "renamed 15/ACME:bob to ACME:bo\n");
  CHECK(bench.run({"code", "15/ACME:bob", "--format", "json"}).contains(R"("account": "15/ACME:bob")"));
}

TEST_CASE("an account is added by its name and its secret key, as ykman does") {
  // "12345678901234567890" in base 32, as AWS shows it and as people type it.
  for (const std::string_view typed :
       {"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", " gezd gnbv gy3t qojq gezd gnbv gy3t qojq\r\n"}) {
    CAPTURE(typed);
    Bench bench;
    bench.world.terminal.answers = {std::string(typed)};
    CHECK(bench.run({"add", "ada", "--issuer", "AWS"}) == "added AWS:ada\n");
    CHECK(bench.world.terminal.prompts == std::vector<std::string>{"secret key of ada (base 32): "});
    CHECK(bench.written == std::vector<std::string>{"71074157533a616461"
                                                    "73162106"
                                                    "3132333435363738393031323334353637383930"
                                                    "7802"});
  }
  // Where no terminal is, it is piped.
  Bench bench;
  bench.world.terminal.reached = false;
  bench.world.input.over = false;
  bench.world.input.line = "MZXW6YTBOI";
  CHECK(bench.run({"add", "60 s:b", "--period", "60", "--digits", "8", "--algorithm", "sha256", "--no-touch"}) ==
        "added 60/60 s:b\n");
  CHECK(bench.written == std::vector<std::string>{"710936302f363020733a62"
                                                  "73102208"
                                                  "666f6f6261720000000000000000"});
  bench.written.clear();
  bench.world.input.over = false;
  CHECK(bench.run({"add", "c", "--oath-type", "hotp", "--counter", "258", "--no-touch"}) == "added c\n");
  CHECK(bench.written == std::vector<std::string>{"710163"
                                                  "73101106"
                                                  "666f6f6261720000000000000000"
                                                  "7a0400000102"});
  // An otpauth URI can be piped as well.
  bench.world.input.over = false;
  bench.world.input.line = "otpauth://totp/d?secret=MZXW6YTBOI";
  CHECK(bench.run({"add"}) == "added d\n");
  CHECK(bench.run({"add"}).starts_with("!6"));  // nothing comes
  bench.world.input.over = false;
  bench.world.input.line.reset();
  CHECK(bench.run({"add", "e"}).starts_with("!2 touchsts: there is no line on standard input"));
}

TEST_CASE("an account is not renamed to another, nor named what would be read otherwise") {
  Bench bench({{"ACME:alice"}, {"60/ACME:bob"}, {"ACME:bob"}});
  CHECK(bench.run({"rename", "ACME:alice", "ACME:bob"})
            .starts_with("!2 touchsts: the key has an account 'ACME:bob' already"));
  CHECK(bench.run({"rename", "ACME:alice", "ACME:alice"}).contains("already"));
  CHECK(bench.run({"rename", "60/ACME:bob", "ACME:alice"}) == "renamed 60/ACME:bob to ACME:alice\n");
  bench.written.clear();
  for (const std::string_view name : {":alice", "ACME:", "al\nice", "al\xffice", "1/alice"}) {
    CAPTURE(name);
    CHECK(bench.run({"rename", "ACME:alice", std::string(name)}).starts_with("!2"));
    bench.world.terminal.answers = {"MZXW6YTBOI"};
    CHECK(bench.run({"add", std::string(name)}).starts_with("!2"));
  }
  bench.world.terminal.answers = {"MZXW6YTBOI"};
  CHECK(bench.run({"add", "alice", "--issuer", "AC:ME"}).contains("contains a ':'"));
  CHECK(bench.written.empty());
}

TEST_CASE("what cannot be added is said, and no secret is shown") {
  Bench bench;
  bench.world.terminal.answers = {"TOPSECRET1", "otpauth://totp/a?secret=MZXW6YTBOI"};
  for (int i = 0; i < 2; ++i) {
    const std::string said = bench.run({"add", "a"});
    CHECK(said.starts_with("!2"));
    CHECK(said.contains("the secret key is not base 32"));
    CHECK_FALSE(said.contains("TOPSECRET"));
    CHECK_FALSE(said.contains("MZXW"));
  }
  const std::string uri = bench.run({"add", "OTPAUTH://totp/a?secret=MZXW6YTBOI"});
  CHECK(uri.starts_with("!2"));
  CHECK(uri.contains("arguments can be seen by other users"));
  CHECK_FALSE(uri.contains("MZXW"));
  CHECK(bench.run({"add", "a", "--algorithm", "MD5"}).contains("--algorithm is SHA1"));
  CHECK(bench.run({"add", "a", "--oath-type", "x"}).contains("--oath-type is"));
  CHECK(bench.run({"add", "a", "--counter", "1"}).contains("--counter of HOTP"));
  CHECK(bench.run({"add", "a", "--oath-type", "HOTP", "--period", "60"}).contains("--period is of TOTP"));
  CHECK(bench.run({"add", "a", "--digits", "9"}).starts_with("!2"));
  CHECK(bench.run({"add", "a", "--uri-file", "/x"}).starts_with("!2"));
  CHECK(bench.run({"add", "--issuer", "ACME"}).starts_with("!2"));
  CHECK(bench.written.empty());
}

TEST_CASE("the reader that the configuration names is used, as it is for a login") {
  Bench bench;
  fake::FakePcscd daemon;
  daemon.card = [&](const Bytes& command) { return bench.answer(command); };
  bench.world.usb.plugged.clear();
  bench.world.sockets.answer = daemon.sockets.answer;
  bench.accounts = {{"ACME:alice"}};
  CHECK(bench.run({"list"}).contains("no YubiKey found"));
  bench.world.files.files["/home/ada/.config/touchsts/config.toml"] = {"[defaults]\npcsc_reader = \"Yubico\"\n"};
  CHECK(bench.run({"list"}).contains("ACME:alice"));
  CHECK(bench.run({"code", "alice"}) == "000042\n");
  CHECK(bench.run({"list", "--pcsc-reader", "nope"}).contains("'nope'"));
  bench.world.files.files["/home/ada/.config/touchsts/config.toml"] = {
      "[defaults]\npcsc_reader = \"Yubico\"\nyubikey_serial = 7\n"};
  CHECK(bench.run({"code", "alice"}).contains("no YubiKey with the serial number 7"));
  CHECK(bench.run({"code", "alice", "--yubikey", "12345678"}) == "000042\n");
}

}  // namespace
}  // namespace touchsts::cli
