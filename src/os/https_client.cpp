#include "os/https_client.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>
#include <unistd.h>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "codec/ascii.h"
#include "codec/http_header.h"
#include "os/connection.h"
#include "os/http_library.h"

namespace touchsts::os {
namespace {

constexpr std::size_t kFraming = std::size_t{256} * 1024;  // bytes of header and chunks, at most

// Gives the library the bytes of our connection, all under one deadline, and remembers what went wrong below it.
class ConnectionStream : public httplib::Stream {
 public:
  // `request_line` takes the place of the library's (RFC 9112, 3), which decodes the query and encodes it in its own
  // way.
  ConnectionStream(Connection& connection, std::string request_line, std::size_t largest_body, Deadline deadline)
      : connection_(connection),
        request_line_(std::move(request_line)),
        most_(largest_body + std::min(largest_body, kFraming)),
        deadline_(deadline) {}

  [[nodiscard]] bool is_readable() const override { return true; }
  [[nodiscard]] bool wait_readable() const override { return true; }
  [[nodiscard]] bool wait_writable() const override { return true; }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  [[nodiscard]] socket_t socket() const override { return connection_.socket(); }
  [[nodiscard]] time_t duration() const override { return 0; }

  ssize_t read(char* into, std::size_t size) override {
    if (!flush()) {
      return -1;
    }
    auto count = connection_.read({into, size}, deadline_);
    if (!count) {
      return failed(std::move(count).error());
    }
    received_ += *count;
    if (received_ > most_) {
      return failed({Fault::malformed, "the answer is too large", {}});
    }
    if (auto noted = note_header({into, *count}); !noted) {
      return failed(std::move(noted).error());
    }
    return static_cast<ssize_t>(*count);
  }

  // The library writes header and body apart; they leave together, in one TLS record.
  ssize_t write(const char* from, std::size_t size) override {
    std::string_view text(from, size);
    if (!request_line_.empty()) {
      text.remove_prefix(std::min(text.find("\r\n"), text.size()));
      pending_.append(std::exchange(request_line_, {}));
    }
    pending_.append(text);
    return static_cast<ssize_t>(size);
  }

  [[nodiscard]] bool wrote() const { return wrote_; }
  [[nodiscard]] const std::optional<Error>& trouble() const { return trouble_; }
  [[nodiscard]] std::string_view header() const { return header_.reveal_text().substr(0, header_size_); }

 private:
  // Keeps the header section as it came.
  Result<> note_header(std::string_view bytes) {
    if (header_ended_) {
      return {};
    }
    const std::size_t taken = std::min(bytes.size(), codec::kHttpHeaderLimit - header_size_);
    if (header_size_ + taken > header_.size()) {
      Secret larger = Secret::blank(std::min(2 * (header_size_ + taken), codec::kHttpHeaderLimit));
      std::ranges::copy(header_.reveal(), larger.reveal_writable().data());
      header_ = std::move(larger);
    }
    std::ranges::copy(std::as_bytes(std::span(bytes.substr(0, taken))),
                      header_.reveal_writable().data() + header_size_);
    header_size_ += taken;
    // The library reads byte by byte; only an empty line can be the end.
    const bool may_end = bytes.size() > 1 || header().ends_with("\r\n\r\n");
    const auto size = may_end ? codec::http_header_size(header()) : std::nullopt;
    if (size) {
      header_size_ = *size;
      header_ended_ = true;
    } else if (header_size_ == codec::kHttpHeaderLimit) {
      return fail(Fault::malformed, "the header of the answer has more than {} KiB", codec::kHttpHeaderLimit / 1024);
    }
    return {};
  }

  bool flush() {
    const Secret request = pending_.take();
    std::string_view rest = request.reveal_text();
    while (!rest.empty()) {
      wrote_ = true;
      auto count = connection_.write(rest, deadline_);
      if (!count || *count == 0) {
        failed(count ? Error{Fault::network, "the connection was closed", {}} : std::move(count).error());
        return false;
      }
      rest.remove_prefix(*count);
    }
    return true;
  }

  ssize_t failed(Error error) {
    if (!trouble_) {
      trouble_ = std::move(error);
    }
    return -1;
  }

  Connection& connection_;
  std::string request_line_;
  std::size_t most_;  // bytes
  Deadline deadline_;
  SecretWriter pending_;
  std::size_t received_ = 0;
  Secret header_;
  std::size_t header_size_ = 0;
  bool header_ended_ = false;
  bool wrote_ = false;
  std::optional<Error> trouble_;
};

// The library closes the descriptor that it is given, so it gets a copy.
class Exchange : public httplib::ClientImpl {
 public:
  Exchange(const codec::Origin& origin, Connection& connection, ConnectionStream& stream)
      : ClientImpl(origin.host, origin.port),
        https_(origin.scheme == "https"),
        connection_(connection),
        stream_(stream) {
    set_follow_location(false);
    set_keep_alive(false);
    set_decompress(false);
    set_path_encode(false);
  }

 private:
  bool create_and_connect_socket(Socket& socket, httplib::Error&) override {
    socket.sock = dup(connection_.socket());
    return socket.sock >= 0;
  }

  bool process_socket(const Socket&,
                      std::chrono::time_point<std::chrono::steady_clock>,
                      std::function<bool(httplib::Stream&)> callback) override {
    return callback(stream_);
  }

  [[nodiscard]] bool is_ssl() const override { return https_; }

  bool https_;
  Connection& connection_;
  ConnectionStream& stream_;
};

// A request line would end there, or be another one.
bool has_blank_or_control(std::string_view path) {
  return std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; });
}

class SystemConnection : public io::HttpConnection {
 public:
  SystemConnection(const codec::Origin& origin, const io::Network& network, Deadline deadline)
      : origin_(origin), connection_(origin, network, deadline) {}

  std::optional<Wish> wants() override { return connection_.wants(); }
  void advance() override { connection_.advance(); }

  std::expected<io::HttpReply, io::HttpFailure> send(const io::HttpRequest& request, Deadline deadline) override {
    if (auto opened = connection_.opened(deadline); !opened) {
      return std::unexpected(io::HttpFailure{std::move(opened).error(), false});
    }
    // Before a request nothing is due: what is readable is the other side having given up on an idle connection.
    if (!connection_.still_open()) {
      return std::unexpected(
          io::HttpFailure{{Fault::network, printable(origin_.host) + " closed the idle connection", {}}, false});
    }
    if (has_blank_or_control(request.path)) {
      return std::unexpected(
          io::HttpFailure{{Fault::malformed, "a URL has a blank or a control character", {}}, false});
    }
    ConnectionStream stream(
        connection_, formatted("{} {} HTTP/1.1", request.method, request.path), request.largest_reply, deadline);
    httplib::Request message;
    message.method = request.method;
    message.path = "/";  // the line that is sent is the stream's
    message.body = std::string(request.body);
    for (const auto& [name, value] : request.headers) {
      message.headers.emplace(name, value);
    }
    SecretWriter body;
    bool too_large = false;
    message.content_receiver = [&body, &too_large, most = request.largest_reply](
                                   const char* bytes, std::size_t size, std::size_t, std::size_t) {
      if (body.size() + size > most) {
        too_large = true;
        return false;
      }
      body.append(std::string_view(bytes, size));
      return true;
    };
    httplib::Response response;
    auto problem = httplib::Error::Success;
    const bool good = Exchange(origin_, connection_, stream).send(message, response, problem);
    wipe(std::as_writable_bytes(std::span(message.body)));
    auto fields = codec::read_http_fields(stream.header());
    if (!fields) {
      return std::unexpected(io::HttpFailure{std::move(fields).error(), true});
    }
    if (is_compressed(*fields)) {
      return std::unexpected(io::HttpFailure{
          {Fault::malformed,
           formatted("the answer of {} is compressed, which was not asked for", Untrusted{origin_.host}),
           "check endpoint and proxy"},
          true});
    }
    if (!good && too_large) {
      return std::unexpected(io::HttpFailure{{Fault::malformed,
                                              formatted("the answer of {} has more than the {} bytes that are taken",
                                                        Untrusted{origin_.host},
                                                        request.largest_reply),
                                              {}},
                                             true});
    }
    if (!good) {
      return std::unexpected(io::HttpFailure{describe(problem, stream), stream.wrote()});
    }
    return io::HttpReply{response.status, value_of(*fields, "date"), body.take(), *std::move(fields)};
  }

 private:
  static std::string value_of(const codec::HttpFields& fields, std::string_view name) {
    const auto found = std::ranges::find(fields, name, &std::pair<std::string, Secret>::first);
    return found != fields.end() ? std::string(found->second.reveal_text()) : std::string();
  }

  static bool is_compressed(const codec::HttpFields& fields) {
    const std::string coding = value_of(fields, "content-encoding");
    const std::string sent_as = codec::lower(value_of(fields, "transfer-encoding"));
    return (!coding.empty() && !codec::same_word(coding, "identity")) || sent_as.contains("gzip") ||
           sent_as.contains("deflate") || sent_as.contains("compress");
  }

  Error describe(httplib::Error problem, const ConnectionStream& stream) const {
    if (stream.trouble()) {
      return *stream.trouble();
    }
    if (problem == httplib::Error::Read) {
      return {Fault::network,
              formatted("{} closed the connection or sent no proper HTTP answer", Untrusted{origin_.host}),
              "check endpoint and proxy"};
    }
    return {Fault::malformed,
            formatted("the answer of {} is not proper HTTP ({})", Untrusted{origin_.host}, httplib::to_string(problem)),
            "check endpoint and proxy"};
  }

  codec::Origin origin_;
  Connection connection_;
};

}  // namespace

std::unique_ptr<io::HttpConnection> HttpsClient::open(const codec::Origin& origin,
                                                      const io::Network& network,
                                                      Deadline deadline) {
  return std::make_unique<SystemConnection>(origin, network, deadline);
}

}  // namespace touchsts::os
