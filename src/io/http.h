// HTTPS to one place, one request at a time.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "base/time.h"
#include "codec/url.h"
#include "io/background.h"

namespace touchsts::io {

inline constexpr std::size_t kUsualReply = std::size_t{256} * 1024;  // bytes

struct HttpRequest {
  std::string method = "POST";
  std::string path;  // with its query, percent-encoded
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view body;
  std::size_t largest_reply = kUsualReply;  // bytes of its body; more is an error
};

struct HttpReply {
  int status = 0;
  std::string date;  // the Date header
  Secret body;
  std::vector<std::pair<std::string, Secret>> headers;  // all of them, names in lower case
};

// HttpFailure says whether a part of the request may have reached the other side: an MFA code in it is spent then.
struct HttpFailure {
  Error error;
  bool request_left = false;
};

// An HttpConnection starts to open when it is made and goes on as Background. It carries one request.
class HttpConnection : public Background {
 public:
  // send waits for the opening to end, sends, and reads the reply, all by `deadline`.
  virtual std::expected<HttpReply, HttpFailure> send(const HttpRequest& request, Deadline deadline) = 0;
};

// Network is how this machine reaches and trusts others: settings/ works it out, os/ obeys.
struct Network {
  std::string ca_bundle;       // a PEM file; "" means the system's, else the embedded roots
  std::string ca_bundle_from;  // who named it, for messages
  std::string proxy_url;       // "" means none
  std::string proxy_from;
  std::optional<Error> unusable;  // why no host can be reached by it; an error only when one must be
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;

  // open never fails: what goes wrong is told by send. The opening has until `deadline`.
  virtual std::unique_ptr<HttpConnection> open(const codec::Origin& origin,
                                               const Network& network,
                                               Deadline deadline) = 0;
};

}  // namespace touchsts::io
