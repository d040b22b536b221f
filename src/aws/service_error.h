// A service that speaks AWS's Query protocol says no: its error document, what may be done about it, and its wording
// for a person.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"

namespace touchsts::aws {

struct ServiceError {
  int status = 0;    // of HTTP
  std::string code;  // "AccessDenied"; "" when the body held none
  std::string message;
};

ServiceError parse_service_error(int status, Secret body);

// What a service error lets us do.
enum class Remedy { give_up, try_again, correct_clock };
Remedy remedy_for(const ServiceError& error);

// Advice is what an error of a certain kind means, and what to do about it.
struct Advice {
  std::string_view code;
  std::string_view message;  // a part of the message; "" matches any
  Fault fault;
  std::string_view hint;
};

// advise words an error of `service` ("STS") for a person: by the first of `own` that fits, else by what all services
// have in common.
Error advise(const ServiceError& error, std::string_view service, std::span<const Advice> own);

}  // namespace touchsts::aws
