// Fetching the pages of a log-in, as a browser without scripts does.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "codec/html.h"
#include "codec/location.h"
#include "io/clock.h"
#include "io/html_reader.h"
#include "io/http.h"
#include "io/log.h"
#include "saml/cookie_jar.h"

namespace touchsts::saml {

inline constexpr int kMostHops = 10;                                    // redirects in a row
inline constexpr std::size_t kLargestDownload = std::size_t{4} << 20U;  // bytes of a page

struct Page {
  codec::Location at;  // where it came from in the end
  codec::HtmlPage html;
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

  // Everything has until `deadline`.
  Web(Parts parts, Route route, Deadline deadline) : parts_(parts), route_(std::move(route)), deadline_(deadline) {}

  // get fetches a page, over https alone. Fault::network, or Fault::malformed for what is no page; Fault::denied for
  // answers of 400 and more.
  Result<Page> get(const codec::Location& to);

  // Whether a form holds what a person typed: that leaves for no other origin than the page's.
  enum class Holds { secrets, nothing_of_ours };

  // post sends a form (application/x-www-form-urlencoded) of a page from `page_at` to `to`. Redirects are followed by
  // GET; those that would have the form sent again (307, 308) only within the origin (RFC 9110, 15.4).
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

  Result<Page> fetch(Request request, Holds holds);
  Result<io::HttpReply> exchange(const Request& request);

  Parts parts_;
  Route route_;
  Deadline deadline_;
  CookieJar cookies_;
};

}  // namespace touchsts::saml
