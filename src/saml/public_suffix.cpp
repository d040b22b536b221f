#include "saml/public_suffix.h"

#include <libpsl.h>

namespace touchsts::saml {

bool is_public_suffix(const std::string& domain) { return psl_is_public_suffix(psl_builtin(), domain.c_str()) != 0; }

}  // namespace touchsts::saml
