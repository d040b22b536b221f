#include "os/http_library.h"

#include <httplib.cc>
