// schedules [COUNT [SEED]]: runs COUNT random schedules (1,000 unless told) of 2 to 20 processes that all want
// credentials of one MFA device, while some are killed and the clock is put forward and back by up to an hour. A
// thousand seconds pass in each second. Whatever happens, STS may not judge a code
// twice.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <signal.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "cli/run.h"
#include "codec/hex.h"
#include "codec/timestamp.h"
#include "crypto/oath.h"
#include "fake/fake_world.h"
#include "os/system_clock.h"
#include "os/system_files.h"

namespace touchsts {
namespace {

using namespace std::chrono_literals;
using fake::Bytes;

constexpr int kFaster = 1000;
constexpr Time kStart{Seconds(1'700'000'000)};
constexpr Seconds kSignatureWindow{300};
constexpr std::string_view kSeed = "12345678901234567890";
constexpr std::string_view kSerial = "arn:aws:iam::123456789012:mfa/ada";

// What all processes of a schedule see.
struct Shared {
  std::atomic<std::int64_t> jump{0};  // seconds that the machine's wall clock is off
  std::atomic<std::uint32_t> codes{0};
  std::atomic<std::uint32_t> twice{0};
  std::atomic<std::uint32_t> refused{0};
  std::array<std::atomic<std::uint8_t>, 1'000'000> sent{};
};
Shared* shared = nullptr;
std::chrono::steady_clock::time_point began;

std::chrono::nanoseconds since_start() { return (std::chrono::steady_clock::now() - began) * kFaster; }
Time true_time() { return kStart + std::chrono::floor<Seconds>(since_start()); }

struct FastClock : io::Clock {
  Time now() override { return true_time() + Seconds(shared->jump); }
  Deadline steady() override { return Deadline(std::chrono::duration_cast<Deadline::duration>(since_start())); }
  Seconds since_boot() override { return std::chrono::floor<Seconds>(since_start()); }
  std::string boot_id() override { return "11111111-1111-1111-1111-111111111111"; }
  void sleep_until(Deadline until) override { std::this_thread::sleep_for((until - steady()) / kFaster); }
};

// Nobody is there.
struct Away : fake::FakeTerminal {
  explicit Away(io::Clock& clock) : clock_(clock) { reached = false; }
  Result<std::optional<Secret>> ask(std::string_view, Deadline, io::Backgrounds) override {
    return fail(Fault::no_human, "there is no terminal to ask on");
  }
  bool wait(Deadline until, io::Backgrounds meanwhile) override {
    while (!run(meanwhile)) {
      if (clock_.steady() >= until) {
        return false;
      }
      clock_.sleep_until(std::min(until, clock_.steady() + 200ms));
    }
    return true;
  }
  io::Clock& clock_;
};

std::string totp(std::uint64_t step) {
  return std::string(crypto::totp_sha1(std::as_bytes(std::span(kSeed)), step).reveal_text());
}

// A key with one account, that answers at once.
Bytes answer_of_key(const Bytes& command) {
  const auto instruction = std::to_integer<unsigned>(command[1]);
  if (instruction == 0xA4) {
    return fake::bytes_from_hex("7903050403 71080123456789abcdef 9000");
  }
  if (instruction == 0xA1) {
    Bytes list = {std::byte{0x72}, static_cast<std::byte>(kSerial.size() + 1), std::byte{0x21}};
    list.append_range(std::as_bytes(std::span(kSerial)));
    list.append_range(fake::bytes_from_hex("9000"));
    return list;
  }
  // CALCULATE ends with the challenge, the time step in eight bytes, and perhaps Le.
  const auto at = std::ranges::search(command, fake::bytes_from_hex("7408")).begin();
  std::uint64_t step = 0;
  for (auto byte = at + 2; byte != at + 10; ++byte) {
    step = step << 8 | std::to_integer<std::uint64_t>(*byte);
  }
  const auto number = static_cast<std::uint32_t>(std::stoul(totp(step)));
  Bytes code = fake::bytes_from_hex("7605 06");
  for (int shift = 24; shift >= 0; shift -= 8) {
    code.push_back(static_cast<std::byte>(number >> shift & 0xFF));
  }
  code.append_range(fake::bytes_from_hex("9000"));
  return code;
}

// A program that prints the code of the moment.
struct Authenticator : fake::FakePrograms {
  explicit Authenticator(io::Clock& clock) : clock_(clock) {}
  Result<Secret> capture(const std::vector<std::string>&,
                         const std::vector<std::pair<std::string, std::string>>&,
                         Deadline,
                         io::Backgrounds) override {
    return Secret(totp(static_cast<std::uint64_t>(clock_.now().time_since_epoch().count() / 30)));
  }
  io::Clock& clock_;
};

std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const auto at = text.find(before);
  if (at == std::string_view::npos) {
    return "";
  }
  const auto rest = text.substr(at + before.size());
  return std::string(rest.substr(0, rest.find(after)));
}

// STS as far as codes go: each is taken once, in its step or a neighbouring one.
struct Sts : io::HttpClient {
  struct Connection : io::HttpConnection {
    std::optional<Wish> wants() override { return std::nullopt; }
    void advance() override {}
    std::expected<io::HttpReply, io::HttpFailure> send(const io::HttpRequest& request, Deadline) override {
      std::this_thread::sleep_for(50us);
      const Time now = true_time();
      std::string date;
      for (const auto& [name, value] : request.headers) {
        date = name == "x-amz-date" ? value : date;
      }
      const auto said = codec::parse_rfc3339(std::format("{}-{}-{}T{}:{}:{}Z",
                                                         date.substr(0, 4),
                                                         date.substr(4, 2),
                                                         date.substr(6, 2),
                                                         date.substr(9, 2),
                                                         date.substr(11, 2),
                                                         date.substr(13, 2)));
      const std::string code = between(request.body, "TokenCode=", "&");
      // A request that is refused for its date has had no code judged: it may come again.
      if (!said || std::chrono::abs(*said - now) > kSignatureWindow) {
        return refusal("SignatureDoesNotMatch", "Signature expired", now);
      }
      if (!code.empty()) {
        ++shared->codes;
        shared->twice += shared->sent[std::stoul(code)].fetch_add(1) > 0 ? 1 : 0;
        const auto step = static_cast<std::uint64_t>(now.time_since_epoch().count() / 30);
        if (code != totp(step - 1) && code != totp(step) && code != totp(step + 1)) {
          ++shared->refused;
          return refusal("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.", now);
        }
      }
      const std::string action = between(request.body, "Action=", "&");
      return io::HttpReply{.status = 200,
                           .date = "",
                           .body = Secret(std::format(
                               "<{0}Response><{0}Result><Credentials><AccessKeyId>ASIASESSIONSESSION12</AccessKeyId>"
                               "<SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>"
                               "<Expiration>{1}</Expiration></Credentials></{0}Result></{0}Response>",
                               action,
                               codec::to_rfc3339(now + Seconds(3600))))};
    }
    static io::HttpReply refusal(std::string_view code, std::string_view message, Time now) {
      return {
          .status = 403,
          .date = std::format("{:%a, %d %b %Y %H:%M:%S} GMT", now),
          .body = Secret(std::format(
              "<ErrorResponse><Error><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>", code, message))};
    }
  };
  std::unique_ptr<io::HttpConnection> open(const codec::Origin&, const io::Network&, Deadline) override {
    return std::make_unique<Connection>();
  }
};

// One process: the whole program, with a fast clock, a key or a program for the code, and this STS.
[[noreturn]] void process(const std::string& home, const std::string& profile) {
  fake::FakeWorld fake;
  fake.facts = {.home = home, .home_is_ours = true, .user = "ada"};
  const std::string key = home + "/key";
  fake.environment.variables["TOUCHSTS_KEY_FILE"] = key;
  fake::FakeReader reader;
  reader.card = answer_of_key;
  fake.usb.plug(reader);
  FastClock clock;
  os::SystemRandom random;
  os::SystemFiles files(random);
  Away terminal(clock);
  Authenticator programs(clock);
  Sts sts;
  io::World world{fake.facts,
                  fake.environment,
                  clock,
                  random,
                  files,
                  terminal,
                  fake.input,
                  programs,
                  fake.keyring,
                  fake.secrets,
                  fake.output,
                  fake.log,
                  sts,
                  fake.usb,
                  fake.sockets,
                  fake.desktop,
                  fake.endpoints,
                  fake.html};
  std::vector<std::string> words = {"credential-process", "--profile", profile, "--timeout", "300"};
  std::vector<char*> arguments;
  for (auto& word : words) {
    arguments.push_back(word.data());
  }
  const int code = cli::run(arguments, world);
  if (code != 0 && std::getenv("VERBOSE") != nullptr) {
    std::fprintf(stderr, "%s: %d %s", profile.c_str(), code, fake.output.err.c_str());
  }
  _exit(code);
}

void write(const std::string& path, std::string_view text) {
  std::ofstream(path) << text;
  chmod(path.c_str(), 0600);
}

void lay_out(const std::string& home) {
  std::filesystem::create_directories(home + "/.aws");
  chmod(home.c_str(), 0700);
  chmod((home + "/.aws").c_str(), 0700);
  std::string config;
  const auto profile = [&config](std::string_view name, std::string_view more) {
    config += std::format(
        "[profile {0}]\nrole_arn = arn:aws:iam::123456789012:role/{0}\nsource_profile = base\nregion = us-east-1\n"
        "mfa_serial = {1}\n{2}\n",
        name,
        kSerial,
        more);
  };
  profile("ops", "");
  profile("long", "duration_seconds = 7200");
  profile("other", "mfa_process = code");
  profile("long-other", "duration_seconds = 7200\nmfa_process = code");
  write(home + "/.aws/config", config);
  write(home + "/.aws/credentials",
        "[base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\n");
  write(home + "/key", "0123456789abcdef0123456789abcdef");
}

// Exit codes by how often they came; 128 and more are signals.
using Ends = std::map<int, int>;

void schedule(std::mt19937& dice, const std::string& home, Ends& ends) {
  const auto roll = [&dice](int from, int to) { return std::uniform_int_distribution(from, to)(dice); };
  constexpr std::array kProfiles = {"ops", "long", "other", "long-other"};
  std::filesystem::remove_all(home + "/.cache");
  shared->jump = 0;
  for (auto& count : shared->sent) {
    count.store(0, std::memory_order_relaxed);
  }
  std::vector<pid_t> running;
  const int count = roll(2, 20);
  const bool jumps = roll(0, 1) == 1;
  const int kills = roll(0, 3);
  for (int i = 0; i < count; ++i) {
    const char* const profile = kProfiles[static_cast<std::size_t>(roll(0, 3))];
    const pid_t child = fork();
    if (child == 0) {
      process(home, profile);
    }
    running.push_back(child);
    std::this_thread::sleep_for(std::chrono::microseconds(roll(0, 3000)));
  }
  int killed = 0;
  while (!running.empty()) {
    std::this_thread::sleep_for(std::chrono::microseconds(roll(100, 6000)));
    if (killed < kills && roll(0, 3) == 0) {
      kill(running[static_cast<std::size_t>(roll(0, static_cast<int>(running.size()) - 1))], SIGKILL);
      ++killed;
    }
    if (jumps && roll(0, 5) == 0) {
      shared->jump = roll(0, 2) == 0 ? 0 : roll(-3600, 3600);
    }
    std::erase_if(running, [&ends](pid_t child) {
      int status = 0;
      if (waitpid(child, &status, WNOHANG) != child) {
        return false;
      }
      ++ends[WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)];
      return true;
    });
  }
}

}  // namespace
}  // namespace touchsts

int main(int argc, char** argv) {
  using namespace touchsts;
  const int count = argc > 1 ? std::atoi(argv[1]) : 1000;
  const auto seed = static_cast<unsigned>(argc > 2 ? std::atoi(argv[2]) : 1);
  void* const memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return 1;
  }
  shared = new (memory) Shared;
  began = std::chrono::steady_clock::now();
  std::string home = "/tmp/touchsts-schedules-XXXXXX";
  if (mkdtemp(home.data()) == nullptr) {
    return 1;
  }
  lay_out(home);
  std::mt19937 dice(seed);
  Ends ends;
  for (int i = 0; i < count; ++i) {
    schedule(dice, home, ends);
  }
  std::filesystem::remove_all(home);
  std::string text;
  bool known = true;
  for (const auto& [code, times] : ends) {
    text += std::format(" {} x {}", code, times);
    // Refused for good, no time left for the next code, an answer that expired by a clock that was put forward.
    known = known && (code == 0 || code == 4 || code == 6 || code == 8 || code == 128 + SIGKILL);
  }
  std::printf("%d schedules, seed %u: %u codes judged, %u of them twice, %u refused; exit codes:%s\n",
              count,
              seed,
              shared->codes.load(),
              shared->twice.load(),
              shared->refused.load(),
              text.c_str());
  const bool lively = ends[0] > count && shared->codes > static_cast<unsigned>(count);
  const bool good = shared->twice == 0 && known && lively;
  std::printf("%d passed, %d failed\n", good ? 1 : 0, good ? 0 : 1);
  return good ? 0 : 1;
}
