// The jail for pages, attacked from inside, and pages changed at random read through it.
#define DOCTEST_CONFIG_IMPLEMENT
#include "os/jail.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
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
#include "os/own_program.h"

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

// `what` names one of the readings below.
Outcome in_jail(const std::string& what, Seconds patience = Seconds(30), const std::string& page = "page") {
  JailedHtml jail(Unjailed::refused, what.c_str());
  const auto begin = std::chrono::steady_clock::now();
  const auto read = jail.read(Secret(page), begin + patience);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  return read ? Outcome{read->title, Fault::other, took} : Outcome{read.error().text, read.error().fault, took};
}

// No child is left behind, neither running nor dead.
bool alone() { return waitpid(-1, nullptr, WNOHANG) < 0; }

volatile bool go_on = true;

// What the process in the jail does, by a name that it is given. None of them takes along what this process has.
struct Reading {
  const char* name;
  PageReading read;
};

// What neither process may do; the names of what works all the same.
std::string try_everything() {
  std::string done;
  const auto note = [&done](const char* what, bool can) { done += can ? std::string(what) + " " : ""; };
  note("open", open("/etc/passwd", O_RDONLY) >= 0);
  note("write", open("/tmp/touchsts-jail", O_WRONLY | O_CREAT, 0600) >= 0);
  note("socket", socket(AF_INET, SOCK_STREAM, 0) >= 0);
  note("unix", socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
  note("signal", kill(getppid(), 0) == 0);
  note("execute", execl("/bin/true", "true", nullptr) == 0);
  note("unlink", unlink("/tmp/touchsts-jail") == 0);
  // The kernel would send signals to whoever is named here.
  note("owner", fcntl(STDIN_FILENO, F_SETOWN, getppid()) == 0);
  note("number", fcntl(STDIN_FILENO, F_SETSIG, SIGKILL) == 0);
  note("async", fcntl(STDIN_FILENO, F_SETFL, O_ASYNC) == 0);
  const std::size_t size = 4096;
  note("code",
       mmap(nullptr, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
  void* const data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  note("later code", data == MAP_FAILED || mprotect(data, size, PROT_READ | PROT_EXEC) == 0);
  const pid_t child = fork();
  if (child == 0) {
    _exit(0);
  }
  note("fork", child > 0);
  return done;
}

Result<codec::HtmlPage> break_out(std::string_view) {
  const bool accepts = accept4(STDIN_FILENO, nullptr, nullptr, 0) >= 0 || errno != EPERM;
  return said("can: " + try_everything() + (accepts ? "accept" : ""));
}

Result<codec::HtmlPage> look_for_files(std::string_view) {
  std::string found;
  for (int number = 1; number < 64; ++number) {
    char byte = 0;
    if (read(number, &byte, 1) >= 0 || errno != EBADF) {
      found += std::to_string(number) + " ";
    }
  }
  return said("has: " + found);
}

Result<codec::HtmlPage> look_at_environment(std::string_view) {
  return said(environ == nullptr || *environ == nullptr ? "empty" : *environ);
}

Result<codec::HtmlPage> loop(std::string_view) {
  while (go_on) {
  }
  return said("");
}

Result<codec::HtmlPage> crash(std::string_view) {
  (void)signal(SIGABRT, SIG_DFL);
  std::abort();
}

Result<codec::HtmlPage> flood(std::string_view) {
  const std::string bytes(1 << 16, 'x');
  while (write(STDIN_FILENO, bytes.data(), bytes.size()) > 0) {
  }
  _exit(0);
}

Result<codec::HtmlPage> nonsense(std::string_view) {
  const std::string bytes(1000, '\xff');
  (void)!write(STDIN_FILENO, bytes.data(), bytes.size());
  _exit(0);
}

Result<codec::HtmlPage> take_memory(std::string_view) {
  while (mmap(nullptr, 1 << 24, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0) !=
         MAP_FAILED) {
  }
  std::abort();
}

Result<codec::HtmlPage> end_quietly(std::string_view) { _exit(0); }
Result<codec::HtmlPage> end_with_nothing(std::string_view) { _exit(1); }
Result<codec::HtmlPage> repeat(std::string_view text) { return said(std::string(text)); }
Result<codec::HtmlPage> read_together(std::string_view seed);

constexpr Reading kReadings[] = {{"", codec::read_html},
                                 {"repeat", repeat},
                                 {"break out", break_out},
                                 {"files", look_for_files},
                                 {"environment", look_at_environment},
                                 {"an endless loop", loop},
                                 {"a crash", crash},
                                 {"a quiet end", end_quietly},
                                 {"an end that says nothing", end_with_nothing},
                                 {"a flood", flood},
                                 {"nonsense for an answer", nonsense},
                                 {"all the memory there is", take_memory},
                                 {"together", read_together}};

}  // namespace

TEST_CASE("what is read comes back as it is") {
  CHECK(in_jail("repeat").text == "page");
  JailedHtml jail(Unjailed::refused);
  const auto page = jail.read(Secret("<title>a</title><form action=/x><input name=b value=c></form>"),
                              std::chrono::steady_clock::now() + 10s);
  REQUIRE(page);
  CHECK(page->title == "a");
  REQUIRE(page->forms.size() == 1);
  CHECK(page->forms[0].fields.at(0).value.reveal_text() == "c");
  CHECK(alone());
}

TEST_CASE("who is inside can open, connect, start, signal and run nothing") {
  CHECK(in_jail("break out").text == "can: ");
}

TEST_CASE("what answers SDKs can open, connect, start, signal and run nothing either") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const bool jailed = enter_jail(Jail::endpoint_worker);
    const std::string can = (jailed ? "can: " : "is not jailed ") + try_everything();
    _exit(write(ends[1], can.data(), can.size()) == static_cast<ssize_t>(can.size()) ? 0 : 1);
  }
  REQUIRE(child > 0);
  close(ends[1]);
  char text[200];
  const ssize_t size = read(ends[0], text, sizeof text);
  close(ends[0]);
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(std::string(text, static_cast<std::size_t>(size < 0 ? 0 : size)) == "can: ");
}

TEST_CASE("who is inside has no descriptor and no variable of ours") {
  const int file = open("/etc/passwd", O_RDONLY);
  setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
  CHECK(in_jail("files").text == "has: ");
  CHECK(in_jail("environment").text == "empty");
  close(file);
}

TEST_CASE("whatever it does, the answer comes in time and nothing is left behind") {
  for (const char* const name : {"an endless loop",
                                 "a crash",
                                 "a quiet end",
                                 "an end that says nothing",
                                 "a flood",
#if !__has_feature(address_sanitizer)  // which has no limit, since it reserves terabytes
                                 "all the memory there is",
#endif
                                 "nonsense for an answer"}) {
    CAPTURE(name);
    const auto outcome = in_jail(name);
    MESSAGE(std::string(name) << ": " << outcome.text << " (" << outcome.took.count() << " ms)");
    CHECK(outcome.fault == Fault::malformed);
    CHECK(outcome.took < 12s);
    CHECK(alone());
  }
}

TEST_CASE("a page costs a few milliseconds") {
  JailedHtml jail(Unjailed::refused);
  constexpr int kBatches = 10;
  constexpr int kPages = 10;
  auto page = std::chrono::nanoseconds::max();  // in the fastest batch: in the others the machine may be busy
  for (int batch = 0; batch < kBatches; ++batch) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < kPages; ++i) {
      REQUIRE(jail.read(Secret("<title>a</title>"), begin + 60s));
    }
    page = std::min<std::chrono::nanoseconds>(page, (std::chrono::steady_clock::now() - begin) / kPages);
  }
  MESSAGE("a page: " << page / 1us << " us");
#if !__has_feature(address_sanitizer)
  CHECK(page < 8ms);
#endif
}

TEST_CASE("a deadline ends it") {
  const auto outcome = in_jail("an endless loop", Seconds(1));
  CHECK(outcome.text == "the page takes too long to read");
  CHECK(outcome.took < 4s);
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
    const auto outcome = in_jail("", Seconds(30), filled(piece));
    MESSAGE(std::string(piece) << ": " << outcome.text << " (" << outcome.took.count() << " ms)");
    CHECK(outcome.took < 12s);
    CHECK(alone());
  }
}

namespace {

constexpr long kTogether = 1000;  // pages that one child reads, where not each has a child of its own

std::vector<std::string> corpus;

void read_corpus(const std::string& folder) {
  std::set<std::filesystem::path> files;  // in the same order in every process
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.insert(entry.path());
  }
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
}

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
  JailedHtml jail(Unjailed::refused);
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
  read_corpus(folder);
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
    const auto outcome = in_jail(std::string("together ") + folder, Seconds(30), std::to_string(++seed));
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

// "together FOLDER" has pages of its own, which it reads before it is in the jail.
int in_the_jail(const PageReader& reader) {
  const auto blank = reader.what.find(' ');
  const bool together = reader.what.starts_with("together ");
  if (together) {
    read_corpus(reader.what.substr(blank + 1));
  }
  for (const auto& [name, read] : kReadings) {
    if (together ? std::string_view(name) == "together" : reader.what == name) {
      run_page_reader(reader.unjailed, read);
    }
  }
  return 1;
}

}  // namespace touchsts::os

int main(int argc, char** argv) {
  using namespace touchsts::os;
  if (role_of(argv[0]) == Role::page_reader) {
    return in_the_jail(parse_page_reader(argc > 1 ? argv[1] : ""));
  }
  return doctest::Context(argc, argv).run();
}
