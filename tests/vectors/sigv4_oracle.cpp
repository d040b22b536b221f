// Reads requests from stdin and writes their authorization headers: one request is a line of tab-separated, hexadecimal
// fields: access key id, secret, session token, region, service, time in seconds, path, body, then header names and
// values in turn.
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "aws/sigv4.h"

namespace {

std::string from_hex(std::string_view digits) {
  std::string text;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    text += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  }
  return text;
}

}  // namespace

int main() {
  using namespace touchsts;
  std::string line;
  while (std::getline(std::cin, line)) {
    std::vector<std::string> fields;
    for (std::size_t start = 0; start <= line.size();) {
      const auto end = std::min(line.find('\t', start), line.size());
      fields.push_back(from_hex(std::string_view(line).substr(start, end - start)));
      start = end + 1;
    }
    aws::Credentials credentials{.access_key_id = fields[0],
                                 .secret_access_key = Secret(fields[1]),
                                 .session_token = Secret(fields[2]),
                                 .expires = {},
                                 .account_id = {}};
    aws::Headers headers;
    for (std::size_t i = 8; i + 1 < fields.size(); i += 2) {
      headers.emplace_back(fields[i], fields[i + 1]);
    }
    const auto added = aws::sign({"POST", fields[6], headers, fields[7]},
                                 credentials,
                                 {fields[3], fields[4], Time(Seconds(std::stoll(fields[5])))});
    std::puts(added.back().second.c_str());
  }
}
