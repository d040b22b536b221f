// A world in memory: what each part does is set by fields, what was done to it can be looked at.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fake/fake_usb.h"
#include "io/html_reader.h"
#include "io/world.h"
#include "keys/store.h"

namespace touchsts::fake {

struct FakeClock : io::Clock {
  Time time{Seconds(1'700'000'000)};
  Seconds booted{1000};
  std::string boot = "11111111-1111-1111-1111-111111111111";
  std::chrono::nanoseconds monotonic{0};
  std::function<void()> slept;  // called when a sleep is over

  void pass(Seconds by) {
    time += by;
    booted += by;
    monotonic += by;
  }
  Time now() override { return time; }
  Deadline steady() override { return Deadline(std::chrono::duration_cast<Deadline::duration>(monotonic)); }
  Seconds since_boot() override { return booted; }
  std::string boot_id() override { return boot; }
  void sleep_until(Deadline until) override {
    monotonic = std::max(monotonic, std::chrono::nanoseconds(until.time_since_epoch()));
    if (slept) {
      slept();
    }
  }
};

// Counts up, so that no two fills are equal; but first come the bytes that are given.
struct FakeRandom : io::Random {
  unsigned next = 1;
  std::deque<std::byte> given;
  void fill(std::span<std::byte> bytes) override {
    for (auto& byte : bytes) {
      byte = given.empty() ? static_cast<std::byte>(next++ * 37 & 0xFF) : given.front();
      if (!given.empty()) {
        given.pop_front();
      }
    }
  }
};

// A lock file as all processes see it.
struct FakeLockFile {
  bool held = false;  // by us, or by another process that a test plays
  std::vector<std::byte> note;
  std::function<void()> before_try;  // called once
};

struct FakeLock : io::Lock {
  explicit FakeLock(FakeLockFile& file) : file_(file) {}
  FakeLock(const FakeLock&) = delete;
  FakeLock& operator=(const FakeLock&) = delete;
  ~FakeLock() override { FakeLock::let_go(); }
  Result<bool> try_take() override {
    if (const auto call = std::exchange(file_.before_try, nullptr)) {
      call();
    }
    if (file_.held) {
      return ours_;
    }
    file_.held = true;
    ours_ = true;
    return true;
  }
  void let_go() override {
    file_.held = file_.held && !ours_;
    ours_ = false;
  }
  [[nodiscard]] int descriptor() const override { return -1; }
  std::vector<std::byte> note(std::size_t most) override {
    auto bytes = file_.note;
    bytes.resize(std::min(bytes.size(), most));
    return bytes;
  }
  Result<> leave_note(std::span<const std::byte> bytes) override {
    file_.note.resize(std::max(file_.note.size(), bytes.size()));  // as pwrite(2) does
    std::ranges::copy(bytes, file_.note.begin());
    return {};
  }
  FakeLockFile& file_;
  bool ours_ = false;
};

struct FakeFolder {
  std::map<std::string, std::vector<std::byte>> files;
  std::map<std::string, FakeLockFile> locks;
  bool full = false;      // writes fail as on a full disk
  bool broken = false;    // files cannot be read
  bool no_locks = false;  // as on a read-only file system
};

struct FakeFiles : io::Files {
  struct File {
    std::string text;
    std::uint32_t mode = 0600;
    bool owned = true;
    bool pipe = false;
  };
  std::map<std::string, File> files;
  std::optional<Deadline> deadline;
  std::map<std::string, FakeFolder> folders;  // by path
  std::set<std::string> unsafe_parents;
  std::set<std::string> in_memory_paths;

  class Folder : public io::PrivateFolder {
   public:
    Folder(FakeFiles& files, std::string path) : files_(files), path_(std::move(path)), folder_(files.folders[path_]) {}
    std::optional<std::vector<std::byte>> read(const std::string& name, std::size_t most) override {
      const auto found = folder_.files.find(name);
      return found != folder_.files.end() && found->second.size() <= most ? std::optional(found->second) : std::nullopt;
    }
    Result<std::optional<std::vector<std::byte>>> load(const std::string& name, std::size_t most) override {
      if (folder_.broken) {
        return fail(Fault::other, "cannot be read: Input/output error");
      }
      return read(name, most);
    }
    Result<> write(const std::string& name, std::span<const std::byte> bytes) override {
      if (folder_.full) {
        return fail(Fault::other, "no space left on device");
      }
      folder_.files[name].assign(bytes.begin(), bytes.end());
      return {};
    }
    Result<> write_for_now(const std::string& name, std::span<const std::byte> bytes) override {
      for_now_ = {name, {bytes.begin(), bytes.end()}};
      return write(name, bytes);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() override {
      const auto found = folder_.files.find(for_now_.first);
      if (found != folder_.files.end() && found->second == for_now_.second) {
        folder_.files.erase(found);
      }
    }
    Result<> remove(const std::string& name) override {
      folder_.files.erase(name);
      return {};
    }
    Result<std::vector<std::string>> list() override {
      std::vector<std::string> names;
      for (const auto& [name, bytes] : folder_.files) {
        names.push_back(name);
      }
      return names;
    }
    Result<std::unique_ptr<io::PrivateFolder>> folder(const std::string& name) override {
      return std::make_unique<Folder>(files_, path_ + "/" + name);
    }
    Result<std::unique_ptr<io::Lock>> lock(const std::string& name) override {
      if (folder_.no_locks) {
        return fail(Fault::other, "Read-only file system");
      }
      return std::make_unique<FakeLock>(folder_.locks[name]);
    }

   private:
    FakeFiles& files_;
    std::string path_;
    FakeFolder& folder_;
    std::pair<std::string, std::vector<std::byte>> for_now_;
  };

  Result<std::optional<io::FileContent>> read(const std::string& path, std::size_t most) override {
    const auto found = files.find(path);
    if (found == files.end()) {
      return std::nullopt;
    }
    if (found->second.text.size() > most) {
      return fail(Fault::configuration, "the file is too large");
    }
    io::FileContent content;
    content.bytes = Secret(found->second.text);
    content.mode = found->second.mode;
    return content;
  }
  Result<std::optional<io::FileContent>> read_regular(const std::string& path, std::size_t most) override {
    const auto found = files.find(path);
    return found != files.end() && found->second.pipe ? fail(Fault::configuration, "it is a pipe, not a regular file")
                                                      : read(path, most);
  }
  void set_deadline(Deadline given) override { deadline = given; }
  Result<> editable(const std::string&) override { return {}; }
  Result<bool> replace(const std::string& path, const Secret& before, const Secret& after) override {
    auto& file = files[path];
    if (file.text != before.reveal_text()) {
      return false;
    }
    file.text = after.reveal_text();
    return true;
  }
  Result<bool> create(const std::string& path, const Secret& content) override {
    return files.emplace(path, File{.text = std::string(content.reveal_text())}).second;
  }
  std::map<int, std::string> descriptors;
  Result<Secret> read_descriptor(int descriptor, std::size_t) override {
    const auto found = descriptors.find(descriptor);
    return found != descriptors.end() ? Result<Secret>(Secret(found->second))
                                      : fail(Fault::configuration, "no such descriptor");
  }
  Result<std::unique_ptr<io::PrivateFolder>> private_folder(const std::string& parent,
                                                            const std::string& name,
                                                            Create create) override {
    const std::string path = parent + "/" + name;
    if (!folders.contains(path) && create == Create::no) {
      return nullptr;
    }
    return std::make_unique<Folder>(*this, path);
  }
  Result<bool> link(const std::string& path, const std::string& target) override {
    const auto made = files.emplace(path, File{.text = "-> " + target});
    return made.second || made.first->second.text == "-> " + target
               ? Result<bool>(made.second)
               : fail(Fault::configuration, "is something else, and stays");
  }
  std::set<std::string> unwritable;  // where nothing can be made
  Result<> can_make(const std::string& path) override {
    return unwritable.contains(path) ? fail(Fault::configuration, "Read-only file system") : Result<>();
  }
  std::string full_path(const std::string& path) override { return path.starts_with('/') ? path : "/here/" + path; }
  bool in_memory(const std::string& path) override { return in_memory_paths.contains(path); }
  std::optional<io::Distrust> distrust(const std::string& path) override {
    const auto found = files.find(path);
    if (found != files.end() && !found->second.owned) {
      return io::Distrust{"it belongs to another user", "chown"};
    }
    if (found != files.end() && (found->second.mode & 022) != 0) {
      return io::Distrust{"it can be written by others", "chmod"};
    }
    return unsafe_parents.contains(path) ? std::optional(io::Distrust{"its folder can be written by others", "chmod"})
                                         : std::nullopt;
  }
};

// One line, or none.
struct FakeInput : io::StandardInput {
  std::optional<std::string> line;
  bool over = true;
  std::optional<Wish> wants() override { return std::nullopt; }
  void advance() override {}
  [[nodiscard]] bool answered() const override { return !over; }
  [[nodiscard]] bool open() const override { return !over; }
  std::optional<Secret> take() override {
    over = true;
    return line ? std::optional(Secret(std::string_view(*line))) : std::nullopt;
  }
};

// Answers with what was laid out, in order; then there is nobody.
struct FakeTerminal : io::Terminal {
  std::deque<std::string> answers;
  std::vector<std::string> prompts, told;
  bool reached = true;
  bool in_reach() override { return reached; }
  Result<std::optional<Secret>> ask(std::string_view prompt, Deadline, io::Backgrounds meanwhile) override {
    prompts.emplace_back(prompt);
    if (!answers.empty()) {
      Secret answer(answers.front());
      answers.pop_front();
      return std::optional(std::move(answer));
    }
    return run(meanwhile) ? Result<std::optional<Secret>>(std::nullopt)
                          : fail(Fault::no_human, "there is no terminal to ask on");
  }
  std::deque<std::string> keys;    // pressed when there is something to choose
  std::vector<std::string> shown;  // what was to be seen of it in the end
  Result<> choose(io::Menu& menu, Deadline) override {
    while (!keys.empty()) {
      const std::string key = keys.front();
      keys.pop_front();
      shown = menu.lines(24, 80);
      const auto state = menu.key(key);
      if (state != io::Menu::State::open) {
        return state == io::Menu::State::chosen ? Result<>() : fail(Fault::no_human, "nothing was chosen");
      }
    }
    return fail(Fault::no_human, "nobody answered in time");
  }
  bool wait(Deadline, io::Backgrounds meanwhile) override { return run(meanwhile); }

  static bool run(io::Backgrounds meanwhile) {
    for (io::Background* const work : meanwhile) {
      for (int turns = 0; turns < 8 && work->wants(); ++turns) {
        work->advance();
      }
      if (work->answered()) {
        return true;
      }
    }
    return false;
  }
  void tell(std::string_view line) override { told.emplace_back(line); }
};

// Nobody listens anywhere, unless a test says what comes back for what is sent.
struct FakeSockets : io::LocalSockets {
  std::function<std::vector<std::byte>(std::span<const std::byte>)> answer;
  int connections = 0;
  bool gone = false;  // and closes then
  bool deaf = false;  // nothing can be written any more
  Deadline awaited;   // until when the last line was to be there

  class Stream : public io::LocalStream {
   public:
    explicit Stream(FakeSockets& sockets) : sockets_(sockets) {}
    Result<> write(std::span<const std::byte> bytes, Deadline) override {
      if (!sockets_.answer || sockets_.deaf) {
        return fail(Fault::device, "the other side is gone");
      }
      inbox_.append_range(sockets_.answer(bytes));
      return {};
    }
    Result<std::optional<Secret>> read(std::size_t size, Deadline) override {
      if (inbox_.size() < size) {
        return std::nullopt;
      }
      Secret bytes(std::span(inbox_).first(size));
      inbox_.erase(inbox_.begin(), inbox_.begin() + static_cast<std::ptrdiff_t>(size));
      return std::optional(std::move(bytes));
    }
    Result<std::optional<Secret>> read_until(std::byte end, std::size_t longest, Deadline until) override {
      sockets_.awaited = until;
      if (!std::exchange(greeted_, true) && sockets_.answer) {
        inbox_.append_range(sockets_.answer({}));
      }
      const auto found = std::ranges::find(inbox_, end);
      const auto size = static_cast<std::size_t>(found - inbox_.begin());
      if (size > longest) {
        return fail(Fault::malformed, "a long line");
      }
      if (found == inbox_.end()) {
        return sockets_.gone || !sockets_.answer
                   ? Result<std::optional<Secret>>(fail(Fault::device, "the other side is gone"))
                   : Result<std::optional<Secret>>(std::nullopt);
      }
      Secret line(std::span(inbox_).first(size));
      inbox_.erase(inbox_.begin(), found + 1);
      return std::optional(std::move(line));
    }
    [[nodiscard]] int descriptor() const override { return -1; }

   private:
    bool greeted_ = false;
    FakeSockets& sockets_;
    std::vector<std::byte> inbox_;
  };

  std::unique_ptr<io::LocalStream> connect(const std::string&) override {
    connections += answer ? 1 : 0;
    return answer ? std::make_unique<Stream>(*this) : nullptr;
  }
};

// A desktop that shows notices, or none.
struct FakeDesktop : io::Desktop {
  struct Shown : io::Background {
    explicit Shown(int& open) : open_(open) { ++open_; }
    Shown(const Shown&) = delete;
    Shown& operator=(const Shown&) = delete;
    ~Shown() override { --open_; }
    std::optional<Wish> wants() override { return std::nullopt; }
    void advance() override {}
    int& open_;
  };
  bool there = false;
  int open = 0;
  std::vector<std::string> bodies;
  std::unique_ptr<io::Background> show(const std::string&, const std::string& body) override {
    if (!there) {
      return nullptr;
    }
    bodies.push_back(body);
    return std::make_unique<Shown>(open);
  }
};

struct FakePrograms : io::Programs {
  std::vector<std::vector<std::string>> ran;
  std::vector<std::pair<std::string, std::string>> added;
  std::string output = "123456\n";
  std::function<std::string()> print;  // gives the output, if set
  std::map<std::string, std::string> become_environment;
  Result<Secret> capture(const std::vector<std::string>& command,
                         const std::vector<std::pair<std::string, std::string>>& extra,
                         Deadline,
                         io::Backgrounds) override {
    ran.push_back(command);
    added = extra;
    return Secret(print ? print() : output);
  }
  std::vector<std::string> launched;  // their notices
  int running = 0;
  std::unique_ptr<io::Background> launch(const std::vector<std::string>& command,
                                         const std::vector<std::pair<std::string, std::string>>& extra) override {
    ran.push_back(command);
    launched.push_back(extra.empty() ? "" : extra.front().second);
    return std::make_unique<FakeDesktop::Shown>(running);
  }
  FakeSockets talk;     // what a program that is conversed with answers
  bool absent = false;  // none can be conversed with
  Result<std::unique_ptr<io::LocalStream>> converse(const std::vector<std::string>& command) override {
    ran.push_back(command);
    if (ran.size() > 10) {
      std::abort();  // tried again without end
    }
    if (absent) {
      return fail(Fault::other, "there is no such program");
    }
    return std::make_unique<FakeSockets::Stream>(talk);
  }
  std::set<std::string> installed;  // that can be run
  std::vector<std::string> apart;   // the last one that was started apart
  FakeSockets browser;              // what it answers
  Seconds left{0};                  // how long a stream may stay open
  Result<std::unique_ptr<io::LocalStream>> converse_apart(const std::vector<std::string>& command,
                                                          const io::Lock*) override {
    apart = command;
    return std::make_unique<FakeSockets::Stream>(browser);
  }
  void leave(std::unique_ptr<io::LocalStream>, Seconds longest) override { left = longest; }
  bool can_run(const std::string& program) override { return installed.contains(program); }
  std::function<Result<bool>()> split = [] { return Result<bool>(false); };
  Result<bool> split_off() override { return split(); }
  std::function<void()> ended = [] {};  // throws, for a test that goes on when the process that was split off ends
  [[noreturn]] void end() override {
    ended();
    std::abort();
  }
  int outlived = 0;
  io::Background* outlive_caller() override {
    ++outlived;
    return nullptr;
  }
  std::string own_path() override { return "/usr/local/bin/touchsts"; }
  NotStarted become(const std::vector<std::string>& command,
                    const io::Variables& extra,
                    const std::vector<std::string>&) override {
    ran.push_back(command);
    for (const auto& [name, value] : extra) {
      become_environment[name] = value.reveal_text();
    }
    return {.found = false, .why = "No such file or directory"};
  }
};

struct FakeKeyring : io::Keyring {
  std::map<std::string, std::string> keys;
  bool absent = false;   // as in a container
  bool forgets = false;  // as without a session keyring: what one process keeps the next does not find
  std::optional<Secret> find(const std::string& description, io::KeyringScope scope) override {
    const auto found = keys.find(description);
    const bool usable = !absent && scope != io::KeyringScope::off && found != keys.end();
    return usable ? std::optional(Secret(found->second)) : std::nullopt;
  }
  Result<> keep(const std::string& description, const Secret& payload, Seconds, io::KeyringScope scope) override {
    if (absent || scope == io::KeyringScope::off) {
      return fail(Fault::key_store, "Operation not permitted");
    }
    keys[description] = payload.reveal_text();
    return {};
  }
  void drop(const std::string& description, io::KeyringScope) override { keys.erase(description); }
  Result<> probe(io::KeyringScope scope) override {
    TRY(keep("probe", Secret(), Seconds(1), scope));
    keys.erase("probe");
    return forgets ? fail(Fault::key_store, "what one process puts there is gone for the next") : Result<>();
  }
  std::string scope_name(io::KeyringScope) override { return absent ? "off" : "user"; }
};

// A desktop's secret store: its items by their attributes. Nobody has one unless a test says so.
struct FakeSecretStore : io::SecretStore {
  std::map<Attributes, std::string> items;
  bool there = false;
  bool locked = false;
  bool person = true;    // unlocks it when it may ask
  bool prompts = false;  // before it keeps something; nobody answers
  int asked = 0;         // the person
  int calls = 0;

  static Attributes sorted(Attributes attributes) {
    std::ranges::sort(attributes);
    return attributes;
  }
  Result<> open(Ask ask) {
    ++calls;
    if (!there) {
      return fail(Fault::key_store, "there is no session bus");
    }
    if (locked && ask == Ask::yes) {
      ++asked;
      locked = !person;
    }
    return locked ? fail(Fault::key_store, "the desktop's secret store is locked") : Result<>();
  }
  // An item is found by any of its attributes.
  std::vector<Attributes> matching(const Attributes& wanted) {
    std::vector<Attributes> found;
    for (const auto& [attributes, secret] : items) {
      if (std::ranges::includes(attributes, sorted(wanted))) {
        found.push_back(attributes);
      }
    }
    return found;
  }
  Result<std::optional<Secret>> find(const Attributes& attributes, Ask ask, Deadline) override {
    TRY(open(ask));
    const auto found = matching(attributes);
    return found.empty() ? std::nullopt : std::optional(Secret(items[found.front()]));
  }
  Result<> keep(const std::string&, const Attributes& attributes, const Secret& secret, Ask ask, Deadline) override {
    TRY(open(ask));
    if (prompts) {
      return hinted(fail(Fault::no_human, "it asks before it keeps something"), "touchsts setup --secret-service");
    }
    items[sorted(attributes)] = secret.reveal_text();
    return {};
  }
  Result<> remove(const Attributes& attributes, Deadline) override {
    TRY(open(Ask::no));
    for (const auto& found : matching(attributes)) {
      items.erase(found);
    }
    return {};
  }
};

struct FakeOutput : io::Output {
  std::string out, err;
  bool closed = false;
  Result<> result(std::string_view text) override {
    if (closed) {
      return fail(Fault::other, "Broken pipe");
    }
    out += text;
    return {};
  }
  void finish() override { closed = true; }
  void complaint(std::string_view text) override { err += text; }
};

struct FakeLog : io::Log {
  std::vector<std::string> lines;
  Result<> aim(io::LogLevel, const std::string&) override { return {}; }
  [[nodiscard]] bool wants(io::LogLevel) const override { return true; }
  [[nodiscard]] bool to_file() const override { return false; }
  void write(io::LogLevel, std::string_view text) override { lines.emplace_back(text); }
};

struct FakeHtml : io::HtmlReader {
  bool jails = true;
  bool jailed() override { return jails; }
  Result<codec::HtmlPage> read(const Secret& page, Deadline) override { return codec::read_html(page.reveal_text()); }
};

// Gives the replies laid out, in order, and keeps what was sent.
struct FakeHttp : io::HttpClient {
  struct Reply {
    int status = 200;
    std::string body;
    std::string date;
    bool fails = false;        // no reply at all
    bool request_left = true;  // if it fails
    std::vector<std::pair<std::string, std::string>> headers;
  };
  struct Sent {
    std::string host, body;
    std::map<std::string, std::string> headers;
    std::string method, path;
  };
  std::deque<Reply> replies;
  std::vector<Sent> sent;
  std::map<std::string, std::string> bundles;  // of CAs, by the origin that they were last used for

  class Connection : public io::HttpConnection {
   public:
    Connection(FakeHttp& http, std::string host) : http_(http), host_(std::move(host)) {}
    std::optional<Wish> wants() override { return std::nullopt; }
    void advance() override {}
    std::expected<io::HttpReply, io::HttpFailure> send(const io::HttpRequest& request, Deadline) override {
      Sent message{host_, std::string(request.body), {}, request.method, request.path};
      for (const auto& [name, value] : request.headers) {
        message.headers[name] = value;
      }
      http_.sent.push_back(std::move(message));
      if (http_.replies.empty()) {
        return std::unexpected(io::HttpFailure{{Fault::network, "nobody answers", {}}, false});
      }
      const Reply reply = http_.replies.front();
      http_.replies.pop_front();
      if (reply.fails) {
        return std::unexpected(io::HttpFailure{{Fault::network, "connection reset", {}}, reply.request_left});
      }
      io::HttpReply answer{.status = reply.status, .date = reply.date, .body = Secret(reply.body)};
      for (const auto& [name, value] : reply.headers) {
        answer.headers.emplace_back(name, Secret(value));
      }
      return answer;
    }

   private:
    FakeHttp& http_;
    std::string host_;
  };

  std::unique_ptr<io::HttpConnection> open(const codec::Origin& origin, const io::Network& network, Deadline) override {
    bundles[codec::to_text(origin)] = network.ca_bundle;
    return std::make_unique<Connection>(*this, codec::to_text(origin));
  }
};

// What happens at the endpoint is a script: what wait gives, and the time it takes.
struct FakeEndpoints : io::CredentialEndpoints {
  struct Happening {
    io::CredentialEndpoint::Event event;
    Seconds later{0};
  };
  struct Answered {
    std::string body;
    Time good_until;
    std::string lack;
    std::vector<std::string> tokens;
  };
  explicit FakeEndpoints(FakeClock& given) : clock(given) {}
  FakeClock& clock;
  std::deque<Happening> happenings;
  std::vector<Answered> answered;
  std::uint16_t port = 0;  // that was asked for

  struct Endpoint : io::CredentialEndpoint {
    explicit Endpoint(FakeEndpoints& given) : all(given) {}
    FakeEndpoints& all;
    [[nodiscard]] std::string url() const override { return "http://127.0.0.1:4711/"; }
    Result<> answer(const io::EndpointAnswer& answer) override {
      Answered made{std::string(answer.body.reveal_text()), answer.good_until, answer.lack, {}};
      for (const auto& token : answer.tokens) {
        made.tokens.emplace_back(token.reveal_text());
      }
      all.answered.push_back(std::move(made));
      return {};
    }
    Event wait(Deadline until) override {
      if (all.happenings.empty()) {
        return Event::over;
      }
      auto& next = all.happenings.front();
      const auto left = std::chrono::ceil<Seconds>(until - all.clock.steady());
      if (next.event == Event::time || left < next.later) {
        // Time passes until it is awaited no longer.
        const Seconds step = std::min(std::max(left, Seconds(0)), next.later);
        all.clock.pass(step);
        next.later -= step;
        if (next.event == Event::time && next.later == Seconds(0)) {
          all.happenings.pop_front();
        }
        return Event::time;
      }
      all.clock.pass(next.later);
      const auto event = next.event;
      all.happenings.pop_front();
      return event;
    }
  };
  bool jails = true;
  bool jailed() override { return jails; }
  Result<std::unique_ptr<io::CredentialEndpoint>> open(std::uint16_t wanted) override {
    port = wanted;
    return std::make_unique<Endpoint>(*this);
  }
};

struct FakeWorld {
  io::SystemFacts facts{.home = "/home/ada", .home_is_ours = true, .user = "ada", .passphrase = {}};
  io::Environment environment;
  FakeClock clock;
  FakeRandom random;
  FakeFiles files;
  FakeTerminal terminal;
  FakeInput input;
  FakePrograms programs;
  FakeKeyring keyring;
  FakeSecretStore secrets;
  FakeOutput output;
  FakeLog log;
  FakeHttp http;
  FakeUsbBus usb;
  FakeSockets sockets;
  FakeDesktop desktop;
  FakeEndpoints endpoints{clock};
  FakeHtml html;
  io::World world{facts,
                  environment,
                  clock,
                  random,
                  files,
                  terminal,
                  input,
                  programs,
                  keyring,
                  secrets,
                  output,
                  log,
                  http,
                  usb,
                  sockets,
                  desktop,
                  endpoints,
                  html};

  keys::Store key_store(keys::Sources sources) {
    return keys::Store(std::move(sources), {files, keyring, secrets, random, clock, log});
  }

  void config(std::string text) { files.files["/home/ada/.aws/config"].text = std::move(text); }
  void credentials(std::string text) { files.files["/home/ada/.aws/credentials"].text = std::move(text); }
  void own(std::string text) { files.files["/home/ada/.config/touchsts/config.toml"].text = std::move(text); }
};

}  // namespace touchsts::fake
