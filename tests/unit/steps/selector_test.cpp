#include "steps/selector.h"

#include <doctest/doctest.h>

#include "fake/fake_world.h"

namespace touchsts::steps {
namespace {

Selector three() { return {"Role", {"1111  dev", "2222  dev-admin", "3333  Ops"}}; }

std::string seen(const Selector& selector, std::size_t rows = 24, std::size_t columns = 80) {
  std::string text;
  for (const auto& line : selector.lines(rows, columns)) {
    text += line + "\n";
  }
  return text;
}

std::size_t press(Selector& selector, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys) {
    CHECK(selector.key(key) == io::Menu::State::open);
  }
  return selector.chosen();
}

}  // namespace

TEST_CASE("a selector shows its labels and moves a cursor that stays among them") {
  Selector selector = three();
  CHECK(seen(selector) == "Role (arrows, letters, Enter): \n> 1111  dev\n  2222  dev-admin\n  3333  Ops\n");
  CHECK(press(selector, {"\x1b[B"}) == 1);
  CHECK(press(selector, {"\x1bOB", "\x1b[B", "\x1b[B"}) == 2);
  CHECK(press(selector, {"\x1b[A"}) == 1);
  CHECK(press(selector, {"\x1b[H"}) == 0);
  CHECK(press(selector, {"\x1b[A"}) == 0);
  CHECK(press(selector, {"\x1b[F"}) == 2);
  CHECK(press(selector, {"\x1b[5~"}) == 0);
  CHECK(press(selector, {"\x1b[6~"}) == 2);
  CHECK(press(selector, {"\x1b[1;5C"}) == 2);  // a key that means nothing
  CHECK(selector.key("\r") == io::Menu::State::chosen);
  CHECK(selector.chosen() == 2);
}

TEST_CASE("what is typed narrows it, and is taken back") {
  Selector selector = three();
  CHECK(press(selector, {"o", "P"}) == 2);
  CHECK(seen(selector) == "Role (arrows, letters, Enter): oP\n> 3333  Ops\n");
  CHECK(press(selector, {"\x7f", "\x7f", "d", "e", "v", " ", "2"}) == 1);
  CHECK(press(selector, {"\x15", "\x1b[B"}) == 1);
  CHECK(selector.key("x") == io::Menu::State::open);
  CHECK(seen(selector) == "Role (arrows, letters, Enter): x\n  (none)\n");
  CHECK(selector.key("\r") == io::Menu::State::open);  // there is nothing to choose
  CHECK(press(selector, {"\x7f"}) == 0);
  CHECK(press(selector, {"\xc3\xbc", "\x7f"}) == 0);  // a character of two bytes
  CHECK(selector.key("\x1b") == io::Menu::State::given_up);
  CHECK(selector.key("\x04") == io::Menu::State::given_up);
}

TEST_CASE("a selector fits its terminal, and what it shows is printable") {
  std::vector<std::string> labels;
  for (int i = 0; i < 100; ++i) {
    labels.push_back(std::format("label {}", i));
  }
  labels[0] = "a\x1b[2Jb\xe2\x80\xae";
  Selector selector("Role", labels);
  CHECK(seen(selector, 4, 8) == "Role (ar\n> a?[2Jb\n  label \n  label \n");
  CHECK(press(selector, {"\x1b[F"}) == 99);
  CHECK(seen(selector, 4, 12) == "Role (arrows\n  label 97\n  label 98\n> label 99\n");
  CHECK(press(selector, {"\x1b[A"}) == 98);
  CHECK(seen(selector, 0, 80).contains("> label 98"));
}

TEST_CASE("where nothing can be drawn a number is typed") {
  fake::FakeWorld world;
  Person person(world.world, "");
  world.terminal.answers = {"0", "two", "2"};
  const auto chosen = select(world.world, person, "Role", {"a", "b\x07"}, {});
  REQUIRE(chosen);
  CHECK(*chosen == 1);
  CHECK(world.terminal.prompts.front() == "Role:\n  1  a\n  2  b?\nNumber: ");
  CHECK(world.terminal.told.size() == 2);
  world.terminal.answers = {"3", "3", "3"};
  CHECK_FALSE(select(world.world, person, "Role", {"a", "b"}, {}));
  world.terminal.reached = false;
  CHECK(select(world.world, person, "Role", {"a", "b"}, {}).error().fault == Fault::no_human);
}

TEST_CASE("on a terminal it is drawn") {
  fake::FakeWorld world;
  world.environment = io::Environment{.block = nullptr, .variables = {{"TERM", "xterm"}}};
  Person person(world.world, "");
  world.terminal.keys = {"\x1b[B", "\r"};
  CHECK(select(world.world, person, "Role", {"a", "b"}, {}) == 1);
  CHECK(world.terminal.shown.back() == "> b");
  CHECK(world.terminal.prompts.empty());
}

}  // namespace touchsts::steps
