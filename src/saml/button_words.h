// What the words on a button say, in the languages that sign-in pages come in.
#pragma once

#include <string_view>

namespace touchsts::saml {

// says_no: it refuses, goes back or signs out ("Reject", "Abbrechen", "No, thanks"). Such a button is never pressed.
bool says_no(std::string_view label);

// says_yes: it goes on ("Continue", "Ja", "Accept"). There are buttons that say neither.
bool says_yes(std::string_view label);

// signs_out: a label or an address by which one leaves ("Log out", "/logout").
bool signs_out(std::string_view text);

}  // namespace touchsts::saml
