// Reads questions from stdin and answers each with a line of hexadecimal digits, or "no". A question is a line of
// tab-separated, hexadecimal fields, the first of which names what is asked, as text.
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "codec/hex.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/oath.h"
#include "crypto/password_hash.h"
#include "hex_fields.h"

namespace {

using namespace touchsts;
using Bytes = std::span<const std::byte>;

std::string answer(const std::vector<std::string>& fields) {
  const auto at = [&fields](std::size_t i) { return Bytes(std::as_bytes(std::span(fields.at(i)))); };
  const auto number = [&fields](std::size_t i) { return static_cast<unsigned>(std::stoul(fields.at(i))); };
  const std::string& what = fields.at(0);
  if (what == "aes-256-gcm seal") {
    return codec::hex(crypto::aead_seal({at(1), at(2), at(3)}, at(4)));
  }
  if (what == "aes-256-gcm open") {
    const auto opened = crypto::aead_open({at(1), at(2), at(3)}, at(4));
    return opened ? "yes " + codec::hex(opened->reveal()) : "no";
  }
  if (what == "hkdf-sha256") {
    return codec::hex(crypto::hkdf_sha256(at(1), at(2), at(3), number(4)).reveal());
  }
  if (what == "hmac-sha256") {
    return codec::hex(crypto::hmac_sha256(at(1), at(2)).reveal());
  }
  if (what == "hmac-sha1") {
    return codec::hex(crypto::hmac_sha1(at(1), at(2)).reveal());
  }
  if (what == "pbkdf2-sha256") {
    return codec::hex(crypto::pbkdf2_hmac(crypto::Pbkdf2Hash::sha256, at(1), at(2), number(3), number(4)).reveal());
  }
  if (what == "pbkdf2-sha1") {
    return codec::hex(crypto::pbkdf2_hmac(crypto::Pbkdf2Hash::sha1, at(1), at(2), number(3), number(4)).reveal());
  }
  if (what == "argon2id") {
    const auto key = crypto::argon2id(
        {.password = at(1), .salt = at(2), .cost = {.memory = number(3), .passes = number(4), .lanes = number(5)}},
        number(6));
    return key ? codec::hex(key->reveal()) : "no";
  }
  return "what?";
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto fields = test::hex_fields(line);
    std::puts(answer(fields).c_str());
  }
}
