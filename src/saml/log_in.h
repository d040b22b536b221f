// Logging in at an identity provider: from a user name to a SAML assertion.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "codec/location.h"
#include "io/clock.h"
#include "saml/login_page.h"
#include "saml/web.h"

namespace touchsts::saml {

enum class Provider {
  okta,   // its authentication API, then the app's page
  forms,  // ADFS and everything else that logs in by HTML forms
};

struct LogInRequest {
  Provider provider = Provider::forms;
  codec::Location endpoint;  // page of the app (Okta), or where the log-in for AWS begins
  std::string username;
  FieldNames names;
  std::optional<codec::Location> destination;  // takes the assertion; AWS's sign-in when it is nothing
};

// CodeWish says what kind of code is wanted, and which origin receives it.
struct CodeWish {
  enum class Kind { one_time_password, sent_to_a_person, answer };  // sent: by SMS, e-mail or a call
  Kind kind = Kind::one_time_password;
  std::string issuer;  // of a one-time password: "Okta", "Google", or a host
  std::string label;   // what a person knows it by: an account, a telephone number, a question; may be empty
  codec::Origin to;
};

// Helper gives what is asked for.
class Helper {
 public:
  virtual ~Helper() = default;

  // password is for the origin that receives it, which is not always the one that shows the form.
  virtual Result<Secret> password(const codec::Origin& to) = 0;

  // password_hint says what to do when the password that was given last is rejected; "" when that is plain.
  virtual std::string password_hint() = 0;
  virtual Result<Secret> code(const CodeWish& wish) = 0;

  // may_retry: what was given last came from a person at a terminal, who may have mistyped it.
  virtual bool may_retry() = 0;

  // choose gives one of `labels`, of which there are at least two, by its index.
  virtual Result<std::size_t> choose(std::string_view question, const std::vector<std::string>& labels) = 0;

  // tell says what to do elsewhere: "confirm on your telephone".
  virtual void tell(std::string_view text) = 0;
};

// log_in gives the value of SAMLResponse. Fault::denied when the identity provider refuses, Fault::configuration when a
// password or code would go to an origin that is not trusted, Fault::malformed for pages that need a browser.
Result<Secret> log_in(const LogInRequest& request, Web& web, io::Clock& clock, Helper& helper);

}  // namespace touchsts::saml
