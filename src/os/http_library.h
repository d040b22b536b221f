// cpp-httplib as we have it: without exceptions, with tight limits. It frames messages; sockets, TLS and time are ours.
#pragma once

#define CPPHTTPLIB_NO_EXCEPTIONS 1
#define CPPHTTPLIB_MAX_LINE_LENGTH 8192
#define CPPHTTPLIB_HEADER_MAX_LENGTH 8192
#define CPPHTTPLIB_HEADER_MAX_COUNT 64
#define CPPHTTPLIB_PAYLOAD_MAX_LENGTH (256 * 1024)
#include <httplib.h>
