// An identity provider as a script: the answers laid out, in order, and what was sent to it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fake/fake_world.h"
#include "saml/web.h"

namespace touchsts::fake {

struct FakeSite {
  FakeHttp http;
  FakeHtml html;
  FakeClock clock;
  FakeLog log;
  std::vector<codec::Origin> trusted;
  saml::Web web{{http, html, clock, log},
                [](const codec::Origin&) { return Result<io::Network>(io::Network()); },
                clock.steady() + Seconds(60),
                trusted};

  FakeSite() = default;
  explicit FakeSite(std::string_view trusts) : trusted{codec::parse_location(trusts)->origin} {}

  using Headers = std::vector<std::pair<std::string, std::string>>;
  void page(std::string body, Headers headers = {{"content-type", "text/html; charset=utf-8"}}, int status = 200) {
    http.replies.push_back({.status = status, .body = std::move(body), .headers = std::move(headers)});
  }
  void redirect(int status, std::string to) { page("", {{"location", std::move(to)}}, status); }
  void json(std::string body, int status = 200) {
    page(std::move(body), {{"content-type", "application/json"}}, status);
  }

  // "METHOD URL BODY", each with a line of its own.
  [[nodiscard]] std::string requests() const {
    std::string all;
    for (const auto& sent : http.sent) {
      all += sent.method + " " + sent.host + sent.path + (sent.body.empty() ? "" : " " + sent.body) + "\n";
    }
    return all;
  }
};

}  // namespace touchsts::fake
