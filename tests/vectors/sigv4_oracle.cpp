// Reads requests from stdin and writes their authorization headers: one request is a line of tab-separated, hexadecimal
// fields: access key id, secret, session token, region, service, time in seconds, path, body, then header names and
// values in turn.
#include <cstdio>
#include <iostream>
#include <string>

#include "aws/sigv4.h"
#include "hex_fields.h"

int main() {
  using namespace touchsts;
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto fields = test::hex_fields(line);
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
