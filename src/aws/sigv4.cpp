#include "aws/sigv4.h"

#include <algorithm>

#include "base/format.h"
#include "codec/hex.h"
#include "codec/timestamp.h"
#include "crypto/hash.h"

namespace touchsts::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

// Header values lose outer blanks, and runs of inner blanks become one.
std::string canonical_value(std::string_view value) {
  std::string canonical;
  for (const char c : value) {
    if (c != ' ' && c != '\t') {
      canonical += c;
    } else if (!canonical.empty() && canonical.back() != ' ') {
      canonical += ' ';
    }
  }
  if (canonical.ends_with(' ')) {
    canonical.pop_back();
  }
  return canonical;
}

std::string signed_names(const Headers& sorted) {
  std::string names;
  for (const auto& [name, value] : sorted) {
    names += names.empty() ? name : ";" + name;
  }
  return names;
}

std::string canonical_request(const SignableRequest& request, const Headers& sorted) {
  std::string text = formatted("{}\n{}\n\n", request.method, request.path);
  for (const auto& [name, value] : sorted) {
    text += formatted("{}:{}\n", name, canonical_value(value));
  }
  return text + formatted("\n{}\n{}", signed_names(sorted), codec::hex(crypto::sha256(request.body)));
}

// The key for one day, region and service: the secret key itself signs nothing.
Secret signing_key(const Secret& secret_access_key, std::string_view day, const SigningScope& scope) {
  SecretWriter start;
  start.append(std::string_view("AWS4"));
  start.append(secret_access_key.reveal());
  Secret key = start.take();
  for (const std::string_view part : {day, scope.region, scope.service, std::string_view("aws4_request")}) {
    key = crypto::hmac_sha256(key.reveal(), part);
  }
  return key;
}

}  // namespace

Headers sign(const SignableRequest& request, const Credentials& credentials, const SigningScope& scope) {
  const std::string date = codec::to_basic(scope.now);
  const std::string day = date.substr(0, 8);
  Headers added = {{"x-amz-date", date}};
  if (!credentials.session_token.empty()) {
    added.emplace_back("x-amz-security-token", std::string(credentials.session_token.reveal_text()));
  }
  Headers sorted = request.headers;
  sorted.insert(sorted.end(), added.begin(), added.end());
  std::ranges::sort(sorted);

  const std::string credential_scope = formatted("{}/{}/{}/aws4_request", day, scope.region, scope.service);
  const std::string string_to_sign = formatted("{}\n{}\n{}\n{}",
                                               kAlgorithm,
                                               date,
                                               credential_scope,
                                               codec::hex(crypto::sha256(canonical_request(request, sorted))));
  const Secret key = signing_key(credentials.secret_access_key, day, scope);
  const Secret signature = crypto::hmac_sha256(key.reveal(), string_to_sign);
  added.emplace_back("authorization",
                     formatted("{} Credential={}/{}, SignedHeaders={}, Signature={}",
                               kAlgorithm,
                               credentials.access_key_id,
                               credential_scope,
                               signed_names(sorted),
                               codec::hex(signature.reveal())));
  return added;
}

}  // namespace touchsts::aws
