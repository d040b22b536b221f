#include "os/endpoint_worker.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <deque>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <sys/socket.h>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "codec/ascii.h"
#include "codec/json_text.h"
#include "os/http_library.h"
#include "os/jail.h"
#include "os/own_program.h"

namespace touchsts::os {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

// Descriptors of the worker.
constexpr int kListener = 3;
constexpr int kChannel = 4;
constexpr int kOwner = 5;
constexpr const char* kOwned = "owned";

constexpr std::size_t kLargestRequest = std::size_t{16} * 1024;  // bytes
constexpr std::size_t kLargestAnswer = std::size_t{64} * 1024;   // bytes, packed
constexpr std::size_t kMostVisitors = 64;
constexpr auto kPatience = 2s;  // with a visitor, from its first byte to our last

Result<io::EndpointAnswer> unpack(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  io::EndpointAnswer answer;
  answer.good_until = Time(Seconds(static_cast<std::int64_t>(TRY(in.u64_le()))));
  answer.body = Secret(TRY(in.take_sized()));
  const auto lack = TRY(in.take_sized());
  answer.lack.assign(reinterpret_cast<const char*>(lack.data()), lack.size());
  while (in.remaining() > 0) {
    answer.tokens.emplace_back(TRY(in.take_sized()));
  }
  return answer;
}

// The library reads the request from memory and writes its answer there.
class Exchange : public httplib::Stream {
 public:
  explicit Exchange(std::string_view request) : request_(request) {}

  [[nodiscard]] bool is_readable() const override { return !request_.empty(); }
  [[nodiscard]] bool wait_readable() const override { return !request_.empty(); }
  [[nodiscard]] bool wait_writable() const override { return true; }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  [[nodiscard]] socket_t socket() const override { return -1; }
  [[nodiscard]] time_t duration() const override { return 0; }

  ssize_t read(char* into, std::size_t size) override {
    const std::size_t count = request_.copy(into, size);
    request_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* from, std::size_t size) override {
    written_.append(std::string_view(from, size));
    return static_cast<ssize_t>(size);
  }

  Secret take() { return written_.take(); }

 private:
  std::string_view request_;
  SecretWriter written_;
};

// What is answered to one request.
class Responder : httplib::Server {
 public:
  Responder() {
    svr_sock_ = 0;  // the library takes "no socket" for its end; it touches none, since ours are not its
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      return let_in(request, response) ? HandlerResponse::Unhandled : HandlerResponse::Handled;
    });
    Get("/", [this](const httplib::Request&, httplib::Response& response) { give(response); });
    set_error_handler([](const httplib::Request&, httplib::Response& response) {
      if (response.body.empty()) {
        complain(response, response.status, "NotFound", "credentials are at /, for GET");
      }
    });
    set_default_headers({{"Cache-Control", "no-store"}});
  }

  void replace(io::EndpointAnswer answer) { answer_ = std::move(answer); }

  // respond sets `asked` when the request was one for credentials that was let in.
  Secret respond(std::string_view request, bool& asked) {
    Exchange exchange(request);
    bool closed = false;
    asked_ = false;
    (void)process_request(exchange, "", 0, "", 0, true, closed, nullptr);
    asked = asked_;
    return exchange.take();
  }

 private:
  static void complain(httplib::Response& response, int status, std::string_view code, std::string_view message) {
    SecretWriter json;
    json.append("{\"code\":"sv);
    codec::append_json_text(json, code);
    json.append(",\"message\":"sv);
    codec::append_json_text(json, message);
    json.append("}\n"sv);
    response.status = status;
    response.set_content(std::string(json.take().reveal_text()), "application/json");
  }

  // A page in a browser comes here under a name of its own (DNS rebinding), SDKs by the url that they were given.
  static bool names_this_machine(const httplib::Request& request) {
    const std::string text = request.get_header_value("Host");
    const std::string_view host = std::string_view(text).substr(0, text.rfind(':'));
    return request.get_header_value_count("Host") == 1 && (host == "127.0.0.1" || codec::same_word(host, "localhost"));
  }

  bool let_in(const httplib::Request& request, httplib::Response& response) {
    const Secret shown(std::string_view(request.get_header_value("Authorization")));
    bool known = false;
    for (const auto& token : answer_.tokens) {
      known = same_secret(token, shown) || known;
    }
    if (!known) {
      complain(response,
               401,
               "Unauthorized",
               "the Authorization header is not the token of AWS_CONTAINER_AUTHORIZATION_TOKEN or its file");
    } else if (!names_this_machine(request)) {
      complain(response, 421, "MisdirectedRequest", "the Host header must name 127.0.0.1 or localhost");
    } else if (request.method == "HEAD") {
      response.status = 404;  // which the library would route like GET
    }
    return response.status == -1;
  }

  void give(httplib::Response& response) {
    asked_ = true;
    if (std::chrono::floor<Seconds>(std::chrono::system_clock::now()) >= answer_.good_until) {
      return complain(response, 503, "NoCredentials", answer_.lack);
    }
    // Straight from the Secret, without a copy in a string.
    response.set_content_provider(
        answer_.body.size(), "application/json", [this](std::size_t offset, std::size_t size, httplib::DataSink& sink) {
          return sink.write(answer_.body.reveal_text().data() + offset, size);
        });
  }

  io::EndpointAnswer answer_;
  bool asked_ = false;
};

// A client that has connected: its request is read first, then our answer is written.
class Visitor {
 public:
  explicit Visitor(Descriptor socket)
      : socket_(std::move(socket)), until_(std::chrono::steady_clock::now() + kPatience) {}

  [[nodiscard]] pollfd wish() const { return {socket_.get(), static_cast<short>(answer_ ? POLLOUT : POLLIN), 0}; }
  [[nodiscard]] bool late() const { return std::chrono::steady_clock::now() >= until_; }

  // go_on does what can be done without waiting; false when there is nothing left to do. `asked` is set when a
  // request for credentials was let in: what other clients send must not make the owner renew or ask a person.
  bool go_on(Responder& responder, bool& asked) { return answer_ ? write() : read(responder, asked); }

 private:
  bool read(Responder& responder, bool& asked) {
    std::array<char, 4096> bytes{};
    const ssize_t count = recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (count <= 0) {
      return count < 0 && (errno == EINTR || errno == EAGAIN);
    }
    request_.append(bytes.data(), static_cast<std::size_t>(count));
    wipe(std::as_writable_bytes(std::span(bytes)));
    if (request_.find("\r\n\r\n") == std::string::npos && request_.size() < kLargestRequest) {
      return true;
    }
    answer_ = responder.respond(request_, asked);
    wipe(std::as_writable_bytes(std::span(request_)));
    return write();
  }

  bool write() {
    const auto rest = answer_->reveal().subspan(sent_);
    const ssize_t count = send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count < 0) {
      return errno == EINTR || errno == EAGAIN;
    }
    sent_ += static_cast<std::size_t>(count);
    if (sent_ == answer_->size()) {
      (void)shutdown(socket_.get(), SHUT_WR);
      return false;
    }
    return true;
  }

  Descriptor socket_;
  Deadline until_;
  std::string request_;  // the library's own type, and it copies the token anyway
  std::optional<Secret> answer_;
  std::size_t sent_ = 0;
};

class Worker {
 public:
  explicit Worker(EndpointSockets sockets) : sockets_(std::move(sockets)), message_(Secret::blank(kLargestAnswer)) {}

  // turn waits for something to happen and deals with it; false when the endpoint is over.
  bool turn() {
    std::vector<pollfd> ready{
        {sockets_.channel.get(), POLLIN, 0}, {sockets_.owner.get(), POLLIN, 0}, {sockets_.listener.get(), POLLIN, 0}};
    for (const auto& visitor : visitors_) {
      ready.push_back(visitor.wish());
    }
    if (poll(ready.data(), ready.size(), visitors_.empty() ? -1 : 100) < 0) {
      return errno == EINTR;
    }
    if (ready[1].revents != 0 || (ready[0].revents != 0 && !take_answer())) {
      return false;
    }
    serve(std::span(ready).subspan(3));
    if (ready[2].revents != 0) {
      welcome();
    }
    return true;
  }

 private:
  bool take_answer() {
    const auto room = message_.reveal_writable();
    const ssize_t count = recv(sockets_.channel.get(), room.data(), room.size(), 0);
    if (count > 0) {
      if (auto answer = unpack(room.first(static_cast<std::size_t>(count)))) {
        responder_.replace(*std::move(answer));
      }
    }
    return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
  }

  void serve(std::span<const pollfd> ready) {
    std::deque<Visitor> staying;
    for (std::size_t i = 0; i < ready.size(); ++i) {
      bool asked = false;
      const bool stays = ready[i].revents == 0 ? !visitors_[i].late() : visitors_[i].go_on(responder_, asked);
      if (asked) {
        (void)send(sockets_.channel.get(), "a", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
      }
      if (stays) {
        staying.push_back(std::move(visitors_[i]));
      }
    }
    visitors_ = std::move(staying);
  }

  void welcome() {
    Descriptor socket(accept4(sockets_.listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.valid()) {
      return;
    }
    if (visitors_.size() == kMostVisitors) {
      visitors_.pop_front();  // who says nothing for long makes room
    }
    visitors_.emplace_back(std::move(socket));
  }

  EndpointSockets sockets_;
  Secret message_;
  Responder responder_;
  std::deque<Visitor> visitors_;  // oldest first
};

}  // namespace

Secret pack(const io::EndpointAnswer& answer) {
  ByteWriter out;
  out.u64_le(static_cast<std::uint64_t>(answer.good_until.time_since_epoch().count()));
  out.sized(answer.body.reveal());
  out.sized(answer.lack);
  for (const auto& token : answer.tokens) {
    out.sized(token.reveal());
  }
  return out.take();
}

void start_worker(EndpointSockets sockets, const Descriptor& program) {
  // The descriptors may have each other's numbers now.
  constexpr int kOutOfTheWay = 16;
  const int listener = fcntl(sockets.listener.get(), F_DUPFD, kOutOfTheWay);
  const int channel = fcntl(sockets.channel.get(), F_DUPFD, kOutOfTheWay);
  const int owner = sockets.owner.valid() ? fcntl(sockets.owner.get(), F_DUPFD, kOutOfTheWay) : -1;
  const Descriptor kept(fcntl(program.get(), F_DUPFD_CLOEXEC, kOutOfTheWay));
  if (listener < 0 || channel < 0 || !kept.valid() || dup2(listener, kListener) < 0 || dup2(channel, kChannel) < 0 ||
      (owner >= 0 && dup2(owner, kOwner) < 0)) {
    _exit(70);
  }
  // The other end of the channel is among the rest: as long as we had it ourselves we would not see it close.
  close_all_but(kListener, {kListener, kChannel, owner >= 0 ? kOwner : kChannel, kept.get()});
  become_role(kept, Role::endpoint_worker, owner >= 0 ? kOwned : "");
}

void run_worker(std::string_view argument) {
  Worker worker({Descriptor(kListener), Descriptor(kChannel), argument == kOwned ? Descriptor(kOwner) : Descriptor()});
  (void)enter_jail(Jail::endpoint_worker);  // without it the worker goes on; who opened it has said so
  while (worker.turn()) {
  }
  _exit(0);
}

}  // namespace touchsts::os
