// AWS's sign-in pages, which identity providers post assertions to.
#pragma once

#include <array>
#include <string_view>

#include "codec/location.h"

namespace touchsts::saml {

// Of the partitions aws, aws-cn, aws-us-gov and aws-eusc; regions have hosts below these.
inline constexpr std::array<std::string_view, 4> kSignInHosts = {
    "signin.aws.amazon.com", "signin.amazonaws.cn", "signin.amazonaws-us-gov.com", "signin.amazonaws-eusc.eu"};

// takes_assertions: AWS's sign-in, of any partition or region, that identity providers post to ("/saml", and
// "/saml/acs/ID" of providers that encrypt).
bool takes_assertions(const codec::Location& location);

}  // namespace touchsts::saml
