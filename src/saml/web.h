// Fetching the pages of a log-in, as a browser without scripts does.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "codec/charset.h"
#include "codec/html.h"
#include "codec/location.h"
#include "io/clock.h"
#include "io/html_reader.h"
#include "io/http.h"
#include "io/log.h"
#include "saml/cookie_jar.h"
#include "saml/refresh.h"
#include "saml/sent_secrets.h"

namespace touchsts::saml {

inline constexpr int kMostHops = 10;                                    // redirects in a row
inline constexpr std::size_t kLargestDownload = std::size_t{4} << 20U;  // bytes of a page

struct Page {
  codec::Location at;  // where it came from in the end
  codec::HtmlPage html;
  int status = 200;
  std::optional<Refresh> refresh;  // of the header, else of the page
  codec::Charset charset = codec::Charset::utf8;
};

class Web {
 public:
  struct Parts {
    io::HttpClient& http;
    io::HtmlReader& html;
    io::Clock& clock;
    io::Log& log;
  };

  // Route says how to reach a place: proxies have exceptions.
  using Route = std::function<Result<io::Network>(const codec::Origin&)>;

  // Everything has until `deadline`. `trusted` origins get what was typed from pages of other origins, too.
  Web(Parts parts, Route route, Deadline deadline, std::vector<codec::Origin> trusted = {})
      : parts_(parts), route_(std::move(route)), deadline_(deadline), trusted_(std::move(trusted)) {}

  [[nodiscard]] Deadline deadline() const { return deadline_; }

  // sent has the passwords and codes of this log-in: add each before it is sent.
  [[nodiscard]] SentSecrets& sent() { return sent_; }

  // refused is the error for an answer of 400 and more that is no page to go on with.
  static std::unexpected<Error> refused(const codec::Location& at, int status);

  // get fetches a page, over https alone, whatever its status is: servers show their forms with 401 and 403, too.
  // Fault::network, or Fault::malformed for what is no page; Fault::denied for answers of 400 and more that are none.
  Result<Page> get(const codec::Location& to);

  // Whether a form holds a password or a code: that goes only to the page's own origin, and to trusted ones.
  enum class Holds { secrets, nothing_of_ours };

  // check_receiver fails (Fault::configuration) where post would not send secrets. Call it before they are typed.
  Result<> check_receiver(const codec::Location& page_at, const codec::Location& to) const;

  // post sends a form (application/x-www-form-urlencoded) of a page from `page_at` to `to`. Redirects are followed by
  // GET; those that would have the form sent again (307, 308) only where secrets may go (RFC 9110, 15.4).
  Result<Page> post(const codec::Location& page_at, const codec::Location& to, const Secret& form, Holds holds);

  // post_json calls an API; what it answers, with whatever status, is the result. No redirect is followed.
  Result<io::HttpReply> post_json(const codec::Location& to, const Secret& json);

 private:
  struct Request {
    codec::Location to;
    const Secret* body = nullptr;  // null: GET
    std::string_view type = "application/x-www-form-urlencoded";
    std::string_view wanted = "text/html,application/xhtml+xml";
  };

  [[nodiscard]] bool may_receive(const codec::Location& page_at, const codec::Location& to) const;
  Result<Page> fetch(Request request, Holds holds);
  Result<Page> read_page(codec::Location at, io::HttpReply reply);
  Result<io::HttpReply> exchange(const Request& request);

  Parts parts_;
  Route route_;
  Deadline deadline_;
  std::vector<codec::Origin> trusted_;
  CookieJar cookies_;
  SentSecrets sent_;
};

// trust_hint says how to let `origin` have passwords and codes; "" where it never may.
std::string trust_hint(const codec::Origin& origin);

}  // namespace touchsts::saml
