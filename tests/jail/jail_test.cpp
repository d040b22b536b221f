// The jail for pages, attacked from inside, and pages changed at random read through it.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include "codec/html_wire.h"
#include "os/jailed_html.h"

namespace touchsts::os {
namespace {

using namespace std::chrono_literals;

Result<codec::HtmlPage> said(const std::string& text) {
  codec::HtmlPage page;
  page.title = text;
  return page;
}

struct Outcome {
  std::string text;  // the title, or the error
  Fault fault = Fault::other;
  std::chrono::milliseconds took{};
};

Outcome in_jail(JailedHtml::Reading reading, Seconds patience = Seconds(30), const std::string& page = "page") {
  JailedHtml jail(reading);
  const auto begin = std::chrono::steady_clock::now();
  const auto read = jail.read(Secret(page), begin + patience);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  return read ? Outcome{read->title, Fault::other, took} : Outcome{read.error().text, read.error().fault, took};
}

// No child is left behind, neither running nor dead.
bool alone() { return waitpid(-1, nullptr, WNOHANG) < 0; }

volatile bool go_on = true;

}  // namespace

TEST_CASE("what is read comes back as it is") {
  CHECK(in_jail([](std::string_view text) { return said(std::string(text)); }).text == "page");
  JailedHtml jail;
  const auto page = jail.read(Secret("<title>a</title><form action=/x><input name=b value=c></form>"),
                              std::chrono::steady_clock::now() + 10s);
  REQUIRE(page);
  CHECK(page->title == "a");
  REQUIRE(page->forms.size() == 1);
  CHECK(page->forms[0].fields.at(0).value.reveal_text() == "c");
  CHECK(alone());
}

TEST_CASE("who is inside can open, connect, start and signal nothing") {
  const auto outcome = in_jail([](std::string_view) -> Result<codec::HtmlPage> {
    std::string done;
    const auto note = [&done](const char* what, bool can) { done += can ? std::string(what) + " " : ""; };
    note("open", open("/etc/passwd", O_RDONLY) >= 0);
    note("write", open("/tmp/touchsts-jail", O_WRONLY | O_CREAT, 0600) >= 0);
    note("socket", socket(AF_INET, SOCK_STREAM, 0) >= 0);
    note("unix", socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
    note("signal", kill(getppid(), 0) == 0);
    note("execute", execl("/bin/true", "true", nullptr) == 0);
    note("unlink", unlink("/tmp/touchsts-jail") == 0);
    const pid_t child = fork();
    if (child == 0) {
      _exit(0);
    }
    note("fork", child > 0);
    return said("can: " + done);
  });
  CHECK(outcome.text == "can: ");
}

TEST_CASE("who is inside has no descriptor but its own, and no secret of ours") {
  static Secret secret("of the parent");
  static int file = open("/etc/passwd", O_RDONLY);
  const auto outcome = in_jail([](std::string_view) -> Result<codec::HtmlPage> {
    char byte = 0;
    return said(read(file, &byte, 1) == 1 || read(STDOUT_FILENO, &byte, 1) == 1 ? "has a file" : "has none");
  });
  CHECK(outcome.text == "has none");
  const auto looked = in_jail([](std::string_view) { return said(std::string(secret.reveal_text())); });
  CHECK_FALSE(looked.text.contains("parent"));
  close(file);
}

TEST_CASE("whatever it does, the answer comes in time and nothing is left behind") {
  const std::pair<const char*, JailedHtml::Reading> kAttacks[] = {
      {"an endless loop",
       [](std::string_view) -> Result<codec::HtmlPage> {
         while (go_on) {
         }
         return said("");
       }},
      {"a crash",
       [](std::string_view) -> Result<codec::HtmlPage> {
         (void)signal(SIGABRT, SIG_DFL);
         std::abort();
       }},
      {"a quiet end", [](std::string_view) -> Result<codec::HtmlPage> { _exit(0); }},
      {"an end that says nothing", [](std::string_view) -> Result<codec::HtmlPage> { _exit(1); }},
      {"a flood",
       [](std::string_view) -> Result<codec::HtmlPage> {
         const std::string bytes(1 << 16, 'x');
         while (write(STDIN_FILENO, bytes.data(), bytes.size()) > 0) {
         }
         _exit(0);
       }},
      {"nonsense for an answer",
       [](std::string_view) -> Result<codec::HtmlPage> {
         const std::string bytes(1000, '\xff');
         (void)!write(STDIN_FILENO, bytes.data(), bytes.size());
         _exit(0);
       }},
#if !__has_feature(address_sanitizer)  // which has no limit, since it reserves terabytes
      {"all the memory there is",
       [](std::string_view) -> Result<codec::HtmlPage> {
         while (mmap(nullptr, 1 << 24, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0) !=
                MAP_FAILED) {
         }
         std::abort();
       }},
#endif
  };
  for (const auto& [name, attack] : kAttacks) {
    CAPTURE(name);
    const auto outcome = in_jail(attack);
    MESSAGE(std::string(name) << ": " << outcome.text << " (" << outcome.took.count() << " ms)");
    CHECK(outcome.fault == Fault::malformed);
    CHECK(outcome.took < 12s);
    CHECK(alone());
  }
}

TEST_CASE("a deadline ends it") {
  const auto outcome = in_jail(
      [](std::string_view) -> Result<codec::HtmlPage> {
        while (go_on) {
        }
        return said("");
      },
      Seconds(1));
  CHECK(outcome.text == "the page takes too long to read");
  CHECK(outcome.took < 2s);
  CHECK(alone());
}

TEST_CASE("pages of a mebibyte that are made to take long") {
  const auto filled = [](std::string_view piece) {
    std::string page;
    while (page.size() + piece.size() <= codec::kHtmlLimit) {
      page += piece;
    }
    return page;
  };
  for (const std::string_view piece : {"<div>",
                                       "<p>",
                                       "<b><i>",
                                       "<table><tr><td>",
                                       "<form><input name=a>",
                                       "<a b=c d=e>",
                                       "&amp;",
                                       "<select><option>",
                                       "<template>",
                                       "<svg><desc>",
                                       "<!--",
                                       "x"}) {
    CAPTURE(piece);
    const auto outcome = in_jail(codec::read_html, Seconds(30), filled(piece));
    MESSAGE(std::string(piece) << ": " << outcome.text << " (" << outcome.took.count() << " ms)");
    CHECK(outcome.took < 12s);
    CHECK(alone());
  }
}

namespace {

constexpr long kTogether = 1000;  // pages that one child reads, where not each has a child of its own

std::vector<std::string> corpus;  // children inherit it

// The pages that a seed stands for.
class Changed {
 public:
  explicit Changed(std::uint64_t seed) : random_(seed) {}

  std::string next() {
    std::string page = corpus[below(corpus.size())];
    for (std::size_t changes = below(8); changes > 0 && !page.empty(); --changes) {
      const std::string& other = corpus[below(corpus.size())];
      const std::size_t at = below(page.size());
      switch (below(5)) {
        case 0:
          page[at] = static_cast<char>(random_());
          break;
        case 1:
          page.erase(at, below(64));
          break;
        case 2:
          page.insert(at, other, other.empty() ? 0 : below(other.size()), below(128));
          break;
        case 3:
          page.resize(at);
          break;
        default:
          page[at] = "<>&\"'=/;#\0- !"[below(13)];
      }
    }
    return page;
  }

 private:
  std::size_t below(std::size_t most) { return static_cast<std::size_t>(random_() % most); }

  std::mt19937_64 random_;
};

// What a child does for all pages of the seed that it is given for a page; the title says how many were read.
Result<codec::HtmlPage> read_together(std::string_view seed) {
  Changed changed(std::stoull(std::string(seed)));
  long count = 0;
  for (long i = 0; i < kTogether; ++i) {
    const auto page = codec::read_html(changed.next());
    if (page && !codec::unpack_html(codec::pack_html(*page).reveal())) {
      std::abort();
    }
    count += page ? 1 : 0;
  }
  return said(std::to_string(count));
}

// The number of pages that were read. The first that brings its reader down is left in the file jail-crash.
long read_alone(std::uint64_t seed, long pages) {
  Changed changed(seed);
  JailedHtml jail;
  long count = 0;
  for (long i = 0; i < pages; ++i) {
    const std::string page = changed.next();
    const auto read = jail.read(Secret(page), std::chrono::steady_clock::now() + 10s);
    count += read ? 1 : 0;
    if (!read && (read.error().text.contains("down") || read.error().text.contains("long"))) {
      std::ofstream("jail-crash", std::ios::binary) << page;
      FAIL(read.error().text << ": the page is in jail-crash");
    }
  }
  return count;
}

}  // namespace

// JAIL_EXECUTIONS says how many; JAIL_CORPUS is a folder of pages.
TEST_CASE("pages changed at random") {
  const char* const folder = std::getenv("JAIL_CORPUS");
  REQUIRE_MESSAGE(folder != nullptr, "JAIL_CORPUS is not set");
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  REQUIRE(corpus.size() > 3);
  const char* const wanted = std::getenv("JAIL_EXECUTIONS");
  const long executions = wanted != nullptr ? std::atol(wanted) : 20'000;
  auto seed = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  constexpr long kAlone = 50;  // of each kTogether more
  long alone_count = 0;
  long together_count = 0;
  long read = 0;
  while (alone_count + together_count < executions) {
    CAPTURE(seed);
    read += read_alone(++seed, kAlone);
    alone_count += kAlone;
    const auto outcome = in_jail(read_together, Seconds(30), std::to_string(++seed));
    if (outcome.text.find_first_not_of("0123456789") != std::string::npos) {
      (void)read_alone(seed, kTogether);  // which of them it was
      FAIL(outcome.text);
    }
    read += std::stol(outcome.text);
    together_count += kTogether;
  }
  MESSAGE(alone_count << " pages with a child each and " << together_count << " by " << kTogether << ", of which "
                      << read << " were read");
  CHECK(read > 0);
  CHECK(alone());
}

}  // namespace touchsts::os
