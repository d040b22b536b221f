#include "os/http_library.h"

#include <httplib.cc>  // NOLINT(bugprone-suspicious-include): the part of the library that is to be compiled once
