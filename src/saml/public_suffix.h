// Names under which anybody may register a domain: com, co.uk, github.io (publicsuffix.org).
#pragma once

#include <string>

namespace touchsts::saml {

// is_public_suffix is true for a name of one label, too, whether the list has it or not. `domain` is in lower case and
// ASCII (international names as A-labels, RFC 5890). The list is the one that this program was built with; no file is
// read.
bool is_public_suffix(const std::string& domain);

}  // namespace touchsts::saml
