// cpp-httplib as we have it: without exceptions, with tight limits. It frames messages; sockets, TLS and time are ours.
// Its functions are compiled in http_library.cpp alone.
// What the library does by itself is switched off here and in https_client.cpp, and nowhere else:
// - "Expect: 100-continue" with bodies of 1,024 bytes and more, and the second that it then waits (a server may ignore
//   it: RFC 9110, 10.1.1): the threshold of 0 means never.
// - percent signs in header values are decoded: the library's values are read for framing alone (codec/http_header).
// - queries are decoded and encoded anew: the request line is ours (https_client.cpp).
// - redirects, compression, keep-alive, encoding of paths: by the setters in https_client.cpp.
// tests/e2e/test_network.py has a test for each.
#pragma once

#define CPPHTTPLIB_NO_EXCEPTIONS 1
#define CPPHTTPLIB_MAX_LINE_LENGTH 65536
#define CPPHTTPLIB_HEADER_MAX_LENGTH 65536
#define CPPHTTPLIB_HEADER_MAX_COUNT 65536  // codec/http_header has the limits
#define CPPHTTPLIB_PAYLOAD_MAX_LENGTH (256 * 1024)
#define CPPHTTPLIB_EXPECT_100_THRESHOLD 0
#define CPPHTTPLIB_EXPECT_100_TIMEOUT_MSECOND 0
#include <httplib.h>
