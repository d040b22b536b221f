#include "steps/query_client.h"

#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

#include "fake/fake_world.h"

namespace touchsts::steps {
namespace {

constexpr std::string_view kAhead = "Tue, 14 Nov 2023 22:33:20 GMT";  // of our clock, by 20 minutes

struct Calling {
  fake::FakeWorld fake;
  aws::Endpoint endpoint{.origin = {"https", "sts.us-east-1.amazonaws.com", 443}, .signing_region = "us-east-1"};
  io::Network network;
  aws::Credentials keys{.access_key_id = "AKIABASE", .secret_access_key = Secret(std::string_view("basesecret"))};
  QueryClient::Refusal refusal;

  void refuses(std::string_view code, std::string_view message, std::string_view date) {
    fake.http.replies.push_back(
        {.status = 403,
         .body = std::format(
             "<ErrorResponse><Error><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>", code, message),
         .date = std::string(date)});
  }
  bool call(int attempts = 3) {
    QueryClient client(fake.world, endpoint, {network, attempts, fake.clock.steady() + Seconds(55)});
    return client.call(Secret(std::string_view("a=b")), QueryClient::Body::one_shot, keys, &refusal).has_value();
  }
};

}  // namespace

TEST_CASE("what is refused for its date, in any words, is sent again with the service's, a code too") {
  for (const auto& [code, message] : {std::pair("RequestTimeTooSkewed", "The difference is too large."),
                                      std::pair("RequestExpired", "Request has expired."),
                                      std::pair("RequestInTheFuture", "x"),
                                      std::pair("SignatureDoesNotMatch", "Signature expired: x"),
                                      std::pair("SignatureDoesNotMatch", "Signature not yet current: x")}) {
    CAPTURE(code);
    Calling calling;
    calling.refuses(code, message, kAhead);
    calling.fake.http.replies.push_back({.body = "<x/>"});
    CHECK(calling.call());
    REQUIRE(calling.fake.http.sent.size() == 2);
    CHECK(calling.fake.http.sent[0].headers["x-amz-date"] == "20231114T221320Z");
    CHECK(calling.fake.http.sent[1].headers["x-amz-date"] == "20231114T223320Z");
  }
}

TEST_CASE("a date is corrected once, and not where the clock is right or the attempts are used up") {
  Calling again;
  again.refuses("RequestTimeTooSkewed", "x", kAhead);
  again.refuses("RequestTimeTooSkewed", "x", kAhead);
  CHECK_FALSE(again.call());
  CHECK(again.fake.http.sent.size() == 2);
  CHECK(again.refusal.error.code == "RequestTimeTooSkewed");
  Calling right;
  right.refuses("RequestTimeTooSkewed", "x", "Tue, 14 Nov 2023 22:13:20 GMT");
  CHECK_FALSE(right.call());
  CHECK(right.fake.http.sent.size() == 1);
  Calling once;
  once.refuses("RequestTimeTooSkewed", "x", kAhead);
  CHECK_FALSE(once.call(1));
  CHECK(once.fake.http.sent.size() == 1);
}

}  // namespace touchsts::steps
