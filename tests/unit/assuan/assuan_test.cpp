#include <doctest/doctest.h>

#include "assuan/client.h"
#include "assuan/pinentry.h"
#include "fake/fake_world.h"

namespace touchsts::assuan {
namespace {

// The other side of a conversation: it greets, and answers each line as a test says.
struct Server {
  fake::FakeSockets sockets;
  fake::FakeClock clock;
  std::vector<std::string> lines;
  std::function<std::string(const std::string&)> respond = [](const std::string&) { return "OK\n"; };
  std::string greeting = "OK Pleased to meet you\n";

  Server() {
    sockets.answer = [this](std::span<const std::byte> bytes) {
      std::string text = greeting;
      if (!bytes.empty()) {
        lines.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        text = respond(lines.back());
      }
      const auto raw = std::as_bytes(std::span(text));
      return std::vector<std::byte>(raw.begin(), raw.end());
    };
  }
  [[nodiscard]] Deadline soon() { return clock.steady() + Seconds(5); }
  Result<Client> open() { return Client::open(sockets.connect("x"), soon()); }
  std::string call(std::string_view command) {
    auto client = open();
    if (!client) {
      return "!" + client.error().text;
    }
    const auto answer = client->call(command, soon());
    return !answer              ? "!" + answer.error().text
           : answer->error != 0 ? std::to_string(answer->error) + " " + answer->text
                                : std::string(answer->data.reveal_text());
  }
};

TEST_CASE("an answer is its data, unescaped and joined, or an error's code and text") {
  Server server;
  const auto says = [&server](std::string text) {
    server.respond = [text = std::move(text)](const std::string&) { return text; };
    return server.call("X");
  };
  CHECK(says("OK\n").empty());
  CHECK(says("OK closing connection\n").empty());
  CHECK(says("D 123456\nOK\n") == "123456");
  CHECK(says("# a comment\nS PROGRESS x\nD 12%25%0a\nD 34\nOK\n") == "12%\n34");
  CHECK(says("D \nOK\n").empty());
  CHECK(says("D 12%2\nD 534\nOK\n") == "12%34");
  CHECK(says("D 12%\nD 2534\nOK\n") == "12%34");
  CHECK(says("# x\r\nD 123%20456\r\nOK\r\n") == "123 456");
  CHECK(says("ERR 83886179 Operation cancelled <Pinentry>\n") == "99 Operation cancelled <Pinentry>");
  CHECK(server.lines.back() == "X\n");
}

TEST_CASE("one that never comes to an end is given up") {
  Server server;
  for (const std::string_view line : {"S PROGRESS\n", "# x\n", "D x\n", "INQUIRE x\n"}) {
    std::string flood;
    for (int lines = 0; lines < 2000; ++lines) {
      flood += line;
    }
    server.respond = [flood](const std::string& asked) { return asked.starts_with("X") ? flood : std::string(); };
    CHECK(server.call("X").contains("sends lines without end"));
  }
}

TEST_CASE("what is not Assuan ends the conversation") {
  Server server;
  for (const std::string& text : {std::string("HELLO\n"),
                                  std::string("\n"),
                                  std::string("D %4\nOK\n"),
                                  std::string("D %zz\nOK\n"),
                                  std::string("ERR\n"),
                                  std::string("ERR x\n"),
                                  std::string("ERR 65536\n"),
                                  "D " + std::string(1100, 'x') + "\n"}) {
    CAPTURE(text);
    server.respond = [&text](const std::string&) { return text; };
    CHECK(server.call("X").starts_with("!"));
  }
  std::string flood;
  for (int i = 0; i < 100; ++i) {
    flood += "D " + std::string(900, 'x') + "\n";
  }
  server.respond = [&flood](const std::string&) { return flood; };
  CHECK(server.call("X") == "!what answers does not speak Assuan");
  server.respond = [](const std::string&) { return std::string(); };
  CHECK(server.call("X") == "!no answer came in time");
  CHECK(server.call(std::string(1002, 'x')).contains("too long"));
  for (const char* const greeting : {"", "ERR 99 go away\n", "SSH-2.0\n"}) {
    server.greeting = greeting;
    CHECK(server.call("X") == "!what answers does not speak Assuan");
  }
}

TEST_CASE("inquiries are declined, news is heard") {
  Server server;
  server.respond = [](const std::string& line) {
    return line == "X\n"     ? std::string("INQUIRE PINENTRY_LAUNCHED 4711\n")
           : line == "END\n" ? std::string("INQUIRE PASSPHRASE\n")
                             : std::string("D done\nOK\n");
  };
  CHECK(server.call("X") == "done");
  CHECK(server.lines == std::vector<std::string>{"X\n", "END\n", "CAN\n"});
}

struct Asked {
  Server server;
  Question question{
      .description = "50% of\nthis", .prompt = "MFA code:", .error = {}, .terminal = {}, .terminal_kind = {}};

  std::string run() {
    Pinentry pinentry(server.sockets.connect("x"), question, server.clock, server.soon());
    for (int turns = 0; turns < 20 && pinentry.wants(); ++turns) {
      pinentry.advance();
    }
    if (!pinentry.answered()) {
      return "waits";
    }
    const auto typed = pinentry.take();
    return typed ? std::string(typed->reveal_text()) : "!" + typed.error().text;
  }
};

TEST_CASE("pinentry gets escaped texts, the terminal and its time, and what it does not know is no trouble") {
  Asked asked;
  asked.question.terminal = "/dev/pts/7";
  asked.question.terminal_kind = "xterm";
  asked.question.error = "six digits";
  asked.server.respond = [](const std::string& line) {
    return line == "GETPIN\n" ? std::string("D 123456\nOK\n")
                              : std::string(line.starts_with("SET") ? "OK\n" : "ERR 83886254 Unknown option\n");
  };
  CHECK(asked.run() == "123456");
  CHECK(asked.server.lines == std::vector<std::string>{"OPTION ttyname=/dev/pts/7\n",
                                                       "OPTION ttytype=xterm\n",
                                                       "OPTION lc-ctype=C.UTF-8\n",
                                                       "OPTION touch-file=/dev/null\n",
                                                       "SETTIMEOUT 5\n",
                                                       "SETTITLE touchsts\n",
                                                       "SETDESC 50%25 of%0Athis\n",
                                                       "SETPROMPT MFA code:\n",
                                                       "SETERROR six digits\n",
                                                       "GETPIN\n"});
}

TEST_CASE("how a pinentry ends") {
  Asked asked;
  const auto ends = [&asked](std::string text) {
    asked.server.respond = [text = std::move(text)](const std::string& line) {
      return line == "GETPIN\n" ? text : std::string("OK\n");
    };
    return asked.run();
  };
  CHECK(ends("") == "waits");
  CHECK(ends("OK\n").empty());
  CHECK(ends("ERR 83886179 Operation cancelled\n") == "!no answer was given");
  CHECK(ends("ERR 83886278 fully cancelled\n") == "!no answer was given");
  CHECK(ends("S ERROR x\nERR 83886142 Timeout\n") == "!nobody answered in time");
  CHECK(ends("ERR 83918950 Inappropriate \x1b[31mioctl\n").starts_with("!pinentry cannot ask: Inappropriate "));
  CHECK_FALSE(ends("ERR 83918950 \x1b[31m\n").contains('\x1b'));
  CHECK(ends("rubbish\n") == "!pinentry: what answers does not speak Assuan");
}

}  // namespace
}  // namespace touchsts::assuan
