#include "card/oath.h"

#include <doctest/doctest.h>

#include "card/management.h"
#include "card/tlv.h"
#include "crypto/oath.h"
#include "fake/fake_channel.h"
#include "fake/fake_world.h"

namespace touchsts::card {
namespace {

using fake::bytes_from_hex;

constexpr std::string_view kSelect = "00a40400 07 a0000005272101";
constexpr std::string_view kSelected = "7903050403 71080123456789abcdef 9000";

struct Applet {
  fake::FakeChannel channel;
  fake::FakeRandom random;

  Result<OathSession> select(std::string_view answer = kSelected) {
    channel.turns.push_front({std::string(kSelect), std::string(answer)});
    return OathSession::select(channel, random, Deadline());
  }
  void turn(std::string_view command, std::string_view answer) {
    channel.turns.push_back({std::string(command), std::string(answer)});
  }
};

std::string code_of(Applet& applet, OathSession& session, const OathAccount& account, long long time) {
  if (const auto begun = session.begin_code(account, Time(Seconds(time))); !begun) {
    return "!" + begun.error().text;
  }
  const auto raw = applet.channel.poll(Deadline());
  const auto code = session.finish_code(**raw);
  if (!code) {
    return "!" + code.error().text;
  }
  return *code ? std::string((*code)->reveal_text()) : "none";
}

TEST_CASE("SELECT says what the applet is") {
  Applet applet;
  const auto session = applet.select();
  REQUIRE(session);
  CHECK(session->version() == Version{5, 4, 3});
  CHECK(session->device_id() == "VcU/XUkCl5AM76gl0Mjo6Q");  // base64(sha256(salt)[:16]) by coreutils
  CHECK_FALSE(session->locked());
  CHECK(Applet().select("7903050403 71080123456789abcdef 7408 0011223344556677 7b0101 9000")->locked());
  for (const std::string_view answer : {"6a82", "6999", "6d00"}) {
    CHECK(Applet().select(answer).error().text == "the key's OATH applet is switched off or not there");
  }
  for (const std::string_view answer : {"9000",
                                        "7903050403 9000",
                                        "71080123456789abcdef 9000",
                                        "7904050403 9000",
                                        "79ff05 9000",
                                        "7902050471080123456789abcdef9000",
                                        "7903050403 7100 9000",
                                        "7903050403 71080123456789abcdef 7400 9000"}) {
    CAPTURE(answer);
    CHECK(Applet().select(answer).error().fault == Fault::malformed);
  }
}

TEST_CASE("codes of RFC 6238, appendix B (time 59), and of other shapes") {
  Applet applet;
  auto session = *applet.select();
  applet.turn("00a20001 13 7107 414c3a61646161 7408 0000000000000001", "7605 08 c1397eea 9000");
  CHECK(code_of(applet, session, {.id = "AL:adaa"}, 59) == "94287082");
  applet.turn("00a20001 0d 7101 61 7408 00000000023523ec", "7605 06 00000007 9000");
  CHECK(code_of(applet, session, {.id = "a"}, 1111111109) == "000007");
  applet.turn("00a20001 10 7104 36302f61 7408 000000000000000a", "7605 06 ffffffff 9000");
  CHECK(code_of(applet, session, {.id = "60/a"}, 600) == "483647");
}

TEST_CASE("a code that does not come") {
  Applet applet;
  auto session = *applet.select();
  const auto answer = [&](std::string_view text) {
    applet.turn("00a20001 0d 7101 61 7408 0000000000000000", text);
    return code_of(applet, session, {.id = "a"}, 0);
  };
  CHECK(answer("6984") == "none");
  CHECK(answer("6982") == "!nobody touched the key in time");
  CHECK(answer("9000") == "!the key's answer holds no code");
  CHECK(answer("7604 06 000000 9000") == "!the key's answer holds no code");
  CHECK(answer("7605 05 00000000 9000") == "!the key's code has 5 digits");
  CHECK(answer("7605 09 00000000 9000") == "!the key's code has 9 digits");
  CHECK(answer("6f00") == "!the key refused a command (status 6f00)");
  CHECK(code_of(applet, session, {.id = "a", .type = OathType::hotp}, 0).starts_with("!the account counts its codes"));
}

TEST_CASE("the list of accounts, in parts") {
  Applet applet;
  auto session = *applet.select();
  applet.turn("00a1000000", "7206 21 6161616161 7204 6105");
  applet.turn("00a5000000", "12 626262 9000");
  const auto accounts = session.list();
  REQUIRE(accounts);
  REQUIRE(accounts->size() == 2);
  CHECK((*accounts)[0].id == "aaaaa");
  CHECK((*accounts)[0].type == OathType::totp);
  CHECK((*accounts)[1].id == "bbb");
  CHECK((*accounts)[1].type == OathType::hotp);
  CHECK((*accounts)[1].hash == OathHash::sha256);

  for (const std::string_view answer : {"7201 21 9000",
                                        "7202 2461 9000",
                                        "7202 3161 9000",
                                        "7102 2161 9000",
                                        "7205 2161 9000",
                                        "72 9000",
                                        "7283000001 21 9000"}) {
    applet.turn("00a1000000", answer);
    CAPTURE(answer);
    CHECK(session.list().error().fault == Fault::malformed);
  }
}

TEST_CASE("a list of any length, in parts of any size") {
  Applet applet;
  auto session = *applet.select();
  constexpr int kAccounts = 300;
  std::string many;
  for (int i = 0; i < kAccounts; ++i) {
    many += "72022161";
  }
  applet.turn("00a1000000", many + "9000");
  CHECK(session.list()->size() == kAccounts);
  // Three bytes a part, and none in the first.
  applet.turn("00a1000000", "61ff");
  while (many.size() > 6) {
    applet.turn("00a5000000", many.substr(0, 6) + "6103");
    many.erase(0, 6);
  }
  applet.turn("00a5000000", many + "9000");
  const auto listed = session.list();
  REQUIRE(listed);
  CHECK(listed->size() == kAccounts);
  CHECK(applet.channel.turns.empty());

  applet.turn("00a1000000", "72022161 61ff");
  applet.turn("00a5000000", "61ff");
  CHECK(session.list().error().text == "the key's answer does not go on after 4 bytes");
}

TEST_CASE("an account is replaced, on a key that writes over accounts and on one that does not") {
  Applet applet;
  auto session = *applet.select();
  const Secret seed("12345678901234567890");
  const NewAccount account{.id = "a", .touch = false, .secret = seed};
  const std::string put = "00010000 1b 7101 61 7316 2106 3132333435363738393031323334353637383930";
  applet.turn(put, "9000");
  CHECK(session.replace(account));
  applet.turn(put, "6985");
  applet.turn("00020000 03 7101 61", "9000");
  applet.turn(put, "9000");
  CHECK(session.replace(account));
  CHECK(applet.channel.turns.empty());
  // Nothing is deleted for any other reason.
  applet.turn(put, "6a84");
  CHECK(session.replace(account).error().text == "the key has no room for another account");
  applet.turn(put, "6985");
  applet.turn("00020000 03 7101 61", "6984");
  CHECK(session.replace(account).error().text == "the key has no such account");
  applet.turn(put, "6985");
  applet.turn("00020000 03 7101 61", "9000");
  applet.turn(put, "6581");
  const auto lost = session.replace(account);
  CHECK(lost.error().text ==
        "the old account was deleted, and the new one is not on the key: the key could not store the account");
  CHECK(lost.error().hint.ends_with("then add the account again"));
  // A new account deletes none.
  applet.turn(put, "6985");
  CHECK(session.put(account).error().text.contains("may have an account of this name already"));
  CHECK(applet.channel.turns.empty());
}

TEST_CASE("a password-protected applet proves itself, too") {
  // PBKDF2-HMAC-SHA-1("secret", salt, 1000, 16) by Python's hashlib.
  const Secret key = access_key_of(Secret("secret"), bytes_from_hex("0123456789abcdef"));
  CHECK(codec::hex(key.reveal()) == "b5534dd1507108ce591e5c2a9392f428");
  Applet applet;
  auto session = *applet.select("7903050403 71080123456789abcdef 7408 0011223344556677 7b0101 9000");
  const auto proof = [&](std::string_view challenge) {
    return codec::hex(crypto::hmac_sha1(key.reveal(), bytes_from_hex(challenge)).reveal());
  };
  const std::string ours = "254a6f94b9de0328";  // FakeRandom
  const std::string command = "00a30000 20 7514" + proof("0011223344556677") + "7408" + ours;
  applet.turn(command, "7514" + proof(ours) + "9000");
  CHECK(*session.unlock(key));
  CHECK_FALSE(session.locked());
  applet.random.next = 1;
  applet.turn(command, "6a80");
  CHECK_FALSE(*session.unlock(key));
  applet.random.next = 1;
  applet.turn(command, "7514" + proof("0011223344556677") + "9000");
  CHECK(session.unlock(key).error().text.contains("without knowing it"));
  applet.random.next = 1;
  applet.turn(command, "9000");
  CHECK(session.unlock(key).error().fault == Fault::device);
}

TEST_CASE("what is locked says so") {
  Applet applet;
  auto session = *applet.select("7903050403 71080123456789abcdef 7408 0011223344556677 7b0101 9000");
  applet.turn("00a1000000", "6982");
  const auto listed = session.list();
  CHECK(listed.error().text == "the key's OATH applet is locked with a password");
  CHECK(listed.error().fault == Fault::key_store);
}

TEST_CASE("accounts are written, renamed and deleted") {
  Applet applet;
  auto session = *applet.select();
  const Secret seed("12345678901234567890");
  applet.turn("00010000 1d 7101 61 7316 2106 3132333435363738393031323334353637383930 7802", "9000");
  CHECK(session.put({.id = "a", .secret = seed}));
  const Secret tiny("1");
  applet.turn("00010000 15 7101 61 7310 1208 31 00000000000000000000000000", "9000");
  CHECK(session.put(
      {.id = "a", .type = OathType::hotp, .hash = OathHash::sha256, .digits = 8, .touch = false, .secret = tiny}));
  applet.turn("00010000 21 7101 61 7316 1106 3132333435363738393031323334353637383930 7a04 00010203", "9000");
  CHECK(session.put({.id = "a", .type = OathType::hotp, .touch = false, .secret = seed, .counter = 0x10203}));
  // 65 bytes are hashed: sha1("a" * 65) by coreutils.
  const Secret large(std::string(65, 'a'));
  applet.turn("00010000 1b 7101 61 7316 2106 11655326c708d70319be2610e8a57d9a5b959d3b", "6a84");
  CHECK(session.put({.id = "a", .touch = false, .secret = large}).error().text ==
        "the key has no room for another account");
  applet.turn("00020000 03 7101 61", "9000");
  CHECK(session.remove({.id = "a"}));
  applet.turn("00020000 03 7101 61", "6984");
  CHECK(session.remove({.id = "a"}).error().text == "the key has no such account");
  applet.turn("00050000 07 7101 61 7102 6262", "9000");
  CHECK(session.rename({.id = "a"}, "bb"));
  applet.turn("0004dead00", "9000");
  CHECK(session.reset());
  applet.turn("00030000 02 7300", "9000");
  CHECK(session.clear_access_key());
}

TEST_CASE("what old firmware cannot do is said before it is tried") {
  Applet applet;
  auto session = *applet.select("7903030403 71080123456789abcdef 9000");
  const Secret seed("12345678901234567890");
  CHECK(session.put({.id = "a", .secret = seed}).error().text.contains("3.4.3"));
  CHECK(session.put({.id = "a", .hash = OathHash::sha512, .touch = false, .secret = seed})
            .error()
            .text.contains("SHA-512"));
  CHECK(session.rename({.id = "a"}, "b").error().text.contains("cannot rename"));
}

TEST_CASE("the serial number, and where it hides") {
  fake::FakeChannel channel;
  const auto serial = [&](std::vector<fake::FakeChannel::Turn> turns) {
    channel.turns.assign(turns.begin(), turns.end());
    return read_serial(channel, Deadline());
  };
  const std::string management = "00a40400 08 a000000527471117";
  const std::string otp = "00a40400 07 a0000005272001";
  CHECK(**serial({{management, "352e342e33 9000"}, {"001d000000", "0a 0102023b 0204 00bc614e 9000"}}) == 12345678);
  CHECK(**serial({{management, "6a82"}, {otp, "9000"}, {"0001100000", "00bc614e 9000"}}) == 12345678);
  CHECK(**serial({{management, "9000"}, {"001d000000", "6d00"}, {otp, "9000"}, {"0001100000", "00bc614e 9000"}}) ==
        12345678);
  CHECK_FALSE(*serial({{management, "9000"}, {"001d000000", "04 0102023b 9000"}, {otp, "6a82"}}));
  CHECK_FALSE(*serial(
      {{management, "9000"}, {"001d000000", "04 0102023b 9000"}, {otp, "9000"}, {"0001100000", "00000000 9000"}}));
  CHECK(serial({{management, "9000"}, {"001d000000", "05 0102023b 9000"}}).error().fault == Fault::malformed);
  CHECK(serial({{management, "9000"}, {"001d000000", "9000"}}).error().fault == Fault::malformed);
}

TEST_CASE("TLV lengths") {
  const auto bytes = bytes_from_hex("7181 80" + std::string(256, '0') + "72820100" + std::string(512, '1'));
  const auto read = read_tlvs(bytes, 2);
  REQUIRE(read);
  CHECK((*read)[0].value.size() == 128);
  CHECK((*read)[1].value.size() == 256);
  CHECK_FALSE(read_tlvs(bytes, 1));
  for (const std::size_t size : {0U, 1U, 127U, 128U, 255U, 256U, 65535U}) {
    ByteWriter out;
    const std::vector<std::byte> value(size, std::byte{7});
    write_tlv(out, 0x71, value);
    const Secret written = out.take();
    const auto again = read_tlvs(written.reveal(), 1);
    REQUIRE(again);
    CHECK((*again)[0].value.size() == size);
  }
}

}  // namespace
}  // namespace touchsts::card
