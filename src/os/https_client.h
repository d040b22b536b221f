// HTTP by cpp-httplib over our own connections: the library frames messages, we own sockets, TLS and time.
#pragma once

#include "io/http.h"

namespace touchsts::os {

class HttpsClient : public io::HttpClient {
 public:
  std::unique_ptr<io::HttpConnection> open(const codec::Origin& origin,
                                           const io::Network& network,
                                           Deadline deadline) override;
};

}  // namespace touchsts::os
