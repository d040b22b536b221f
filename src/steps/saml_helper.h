// What an identity provider asks for, from the person, their key, the key store or the command line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "issue/plan.h"
#include "saml/log_in.h"
#include "saml/web.h"
#include "steps/person.h"
#include "steps/saml_parts.h"
#include "steps/touch_notice.h"

namespace touchsts::steps {

class SamlHelper : public saml::Helper {
 public:
  // `step` is borrowed. `route` is how the identity provider is reached.
  SamlHelper(const SamlParts& parts, saml::Web::Route route, const issue::SamlRole& step);

  Result<Secret> password(const codec::Origin& to) override;
  Result<Secret> code(const saml::CodeWish& wish) override;
  std::string password_hint() override;
  bool may_retry() override { return may_retry_; }
  Result<std::size_t> choose(std::string_view question, const std::vector<std::string>& labels) override;
  void tell(std::string_view text) override;

 private:
  // untrusted is the error for `what` going to an origin that gets only what a person confirms; nothing for others.
  [[nodiscard]] std::optional<Error> untrusted(const codec::Origin& to, std::string_view what) const;

  // kept_password is in the key store for the user, and for the origin or the endpoint; nothing when none is.
  Result<std::optional<Secret>> kept_password(const codec::Origin& to);
  Result<Secret> ask_password(const codec::Origin& to, std::string_view what);

  // ask asks the person. The program that started us may have ended before they answer.
  Result<Secret> ask(const Wanted& wanted, const std::string& text, std::string_view what);
  Result<Secret> one_time_password(const saml::CodeWish& wish);
  [[nodiscard]] issue::Mfa device_of(const saml::CodeWish& wish) const;

  SamlParts parts_;
  saml::Web::Route route_;
  const issue::SamlRole& step_;
  Person person_;
  TouchNotice notice_;
  bool gave_stored_ = false;  // the password that was given last is from the key store
  bool may_retry_ = false;    // what was given last was typed, or touched for, at a terminal
};

}  // namespace touchsts::steps
