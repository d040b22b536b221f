#include "cache/stored_keys.h"

#include <doctest/doctest.h>

#include "codec/ini.h"
#include "fake/fake_world.h"

namespace touchsts::cache {
namespace {

struct Shelf {
  fake::FakeWorld world;
  StoredKeys keys{"/home/ada/.local/share", {world.files, world.clock, world.random}};
  Secret master{std::string_view("0123456789abcdef0123456789abcdef")};

  fake::FakeFolder& folder() { return world.files.folders["/home/ada/.local/share/touchsts"]; }
  std::string find(const std::string& id) {
    const auto found = keys.find(id, master);
    return found ? std::string(found->reveal_text()) : found.error().text;
  }
};

}  // namespace

TEST_CASE("a stored key is found by its id and master key alone") {
  Shelf shelf;
  CHECK(shelf.find("AKIAONE").contains("no stored keys"));
  REQUIRE(shelf.keys.put("AKIAONE", Secret(std::string_view("one")), shelf.master));
  REQUIRE(shelf.keys.put("AKIATWO", Secret(std::string_view("two")), shelf.master));
  CHECK(shelf.find("AKIAONE") == "one");
  CHECK(shelf.find("AKIATWO") == "two");
  CHECK(shelf.find("AKIATHREE").contains("does not have the key AKIATHREE"));
  const Secret other(std::string_view("x123456789abcdef0123456789abcdef"));
  CHECK_FALSE(shelf.keys.find("AKIAONE", other));
  for (const auto& [name, bytes] : shelf.folder().files) {
    CHECK_FALSE(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()).contains("AKIA"));
  }
}

TEST_CASE("a password is kept for its user and origin, and is no key") {
  Shelf shelf;
  const std::string id = password_id("ada@[corp]\n", "https://idp.example");
  CHECK(id == "saml-password ada%40%5Bcorp%5D%0A at https://idp.example");
  REQUIRE(shelf.keys.put(id, Secret(std::string_view("p&w")), shelf.master));
  CHECK(shelf.find(id) == "p&w");
  CHECK_FALSE(shelf.keys.find(password_id("ada", "https://idp.example"), shelf.master));
  CHECK(shelf.folder().files.begin()->second.at(12) == std::byte{6});  // docs/cache-format.md: the kind
  const KeyIndex index = {{id, id}};
  const auto text = encode_key_index(index);
  CHECK(text.contains("[" + id + "]\naws_access_key_id = " + id + "\n"));
}

TEST_CASE("a stored key that is damaged or swapped is said to be, and is never another one") {
  Shelf shelf;
  REQUIRE(shelf.keys.put("AKIAONE", Secret(std::string_view("one")), shelf.master));
  REQUIRE(shelf.keys.put("AKIATWO", Secret(std::string_view("two")), shelf.master));
  auto& files = shelf.folder().files;
  const auto whole = files;
  std::swap(files.begin()->second, files.rbegin()->second);
  CHECK(shelf.find("AKIAONE").contains("damaged"));
  CHECK(shelf.find("AKIATWO").contains("damaged"));
  files = whole;
  for (auto& [name, bytes] : files) {
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      bytes[bit / 8] ^= std::byte{1} << bit % 8;
      CHECK_FALSE((shelf.keys.find("AKIAONE", shelf.master) && shelf.keys.find("AKIATWO", shelf.master)));
      bytes[bit / 8] ^= std::byte{1} << bit % 8;
    }
  }
  CHECK(shelf.find("AKIAONE") == "one");
  shelf.folder().broken = true;
  CHECK(shelf.find("AKIAONE").contains("cannot be read"));
}

TEST_CASE("what cannot be written is not said to be stored") {
  Shelf shelf;
  shelf.folder().full = true;
  CHECK_FALSE(shelf.keys.put("AKIAONE", Secret(std::string_view("one")), shelf.master));
  CHECK_FALSE(StoredKeys("", {shelf.world.files, shelf.world.clock, shelf.world.random})
                  .put("AKIAONE", Secret(std::string_view("one")), shelf.master));
}

TEST_CASE("a session's entry is no stored key") {
  Shelf shelf;
  REQUIRE(shelf.keys.put("AKIAONE", Secret(std::string_view("one")), shelf.master));
  auto& [name, bytes] = *shelf.folder().files.begin();
  CHECK_FALSE(glance(bytes));  // nothing that housekeeping would look at
  CHECK_FALSE(open(bytes, shelf.master, {}, Kind::session));
}

TEST_CASE("the index is read as it was written, by the grammar of AWS's files") {
  const KeyIndex index = {{"base", "AKIAONE"}, {"default", "AKIATWO"}, {"team/a@b", "AKIAONE"}};
  const std::string text = encode_key_index(index);
  const auto sections = codec::parse_ini(text);
  REQUIRE(sections);
  KeyIndex read;
  for (const auto& section : *sections) {
    read[std::string(section.header)] =
        codec::properties_of(section, [](std::string_view) { return false; }).at(0).value;
  }
  CHECK(read == index);
}

}  // namespace touchsts::cache
