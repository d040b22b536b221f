#include "steps/query_client.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <utility>

#include "aws/sigv4.h"
#include "codec/timestamp.h"
#include "codec/url.h"

namespace touchsts::steps {
namespace {

using namespace std::chrono_literals;

constexpr auto kCallLimit = 10s;    // one request and its answer
constexpr auto kBaseWait = 100ms;   // full jitter between zero and this, doubled each time
constexpr Seconds kSkewLimit{240};  // below this a signature is not refused for its date

std::uint64_t random_number(io::Random& random) {
  std::array<std::byte, 8> bytes{};
  random.fill(bytes);
  std::uint64_t number = 0;
  for (const std::byte byte : bytes) {
    number = number << 8 | std::to_integer<std::uint64_t>(byte);
  }
  return number;
}

Seconds offset_of(const std::string& date, Time now) {
  const auto server = codec::parse_http_date(date);
  return server ? *server - now : Seconds(0);
}

}  // namespace

io::Background& QueryClient::open() {
  if (!opened_) {
    opened_ = world_.http.open(endpoint_.origin, options_.network, options_.deadline);
  }
  return *opened_;
}

std::expected<io::HttpReply, io::HttpFailure> QueryClient::send(const Secret& body, const aws::Credentials* signer) {
  aws::SignableRequest request{.method = "POST",
                               .path = "/",
                               .headers = {{"host", codec::authority(endpoint_.origin)},
                                           {"content-type", "application/x-www-form-urlencoded; charset=utf-8"}},
                               .body = body.reveal_text()};
  if (signer != nullptr) {
    auto added = aws::sign(request, *signer, {endpoint_.signing_region, options_.service, now()});
    std::ranges::move(added, std::back_inserter(request.headers));
  }
  request.headers.emplace_back("user-agent", "touchsts");
  open();
  const auto connection = std::exchange(opened_, nullptr);
  const Deadline limit = std::min(options_.deadline, world_.clock.steady() + kCallLimit);
  return connection->send({.path = request.path, .headers = std::move(request.headers), .body = request.body}, limit);
}

bool QueryClient::wait_before_retry(int tries) {
  const auto most = std::chrono::duration_cast<std::chrono::microseconds>(kBaseWait) * (1 << std::min(tries, 6));
  const auto wait = std::chrono::microseconds(random_number(world_.random) % static_cast<std::uint64_t>(most.count()));
  const Deadline until = world_.clock.steady() + wait;
  if (until >= options_.deadline) {
    return false;
  }
  world_.clock.sleep_until(until);
  return true;
}

Result<Secret> QueryClient::exchange(const Secret& body, Body kind, const aws::Credentials* signer, Refusal* refusal) {
  for (int tries = 1;; ++tries) {
    auto reply = send(body, signer);
    const bool last = tries >= options_.attempts;
    if (!reply) {
      auto& failure = reply.error();
      world_.log.debug("{}: attempt {} failed: {}", options_.service, tries, failure.error.text);
      const bool repeatable = kind == Body::repeatable || !failure.request_left;
      if (failure.error.fault == Fault::network && repeatable && !last && wait_before_retry(tries - 1)) {
        continue;
      }
      if (refusal != nullptr) {
        refusal->request_left = failure.request_left;
      }
      return std::unexpected(std::move(failure.error));
    }
    world_.log.debug(
        "{}: attempt {}: HTTP status {}, {} bytes", options_.service, tries, reply->status, reply->body.size());
    if (reply->status == 200) {
      return std::move(reply->body);
    }
    const auto error = aws::parse_service_error(reply->status, std::move(reply->body));
    const Seconds offset = offset_of(reply->date, world_.clock.now());
    const auto remedy = aws::remedy_for(error);
    if (remedy == aws::Remedy::correct_clock && correction_ == Seconds(0) && std::chrono::abs(offset) > kSkewLimit) {
      correction_ = offset;
      if (!last) {  // also with a code: what is dated wrongly is refused before anybody looks at that
        continue;
      }
    }
    if (remedy == aws::Remedy::try_again && kind == Body::repeatable && !last && wait_before_retry(tries - 1)) {
      continue;
    }
    if (refusal != nullptr) {
      *refusal = {.error = error, .clock_offset = offset};
    }
    return std::unexpected(options_.advise(error));
  }
}

}  // namespace touchsts::steps
