// What a page of an identity provider asks for, and the answer to it. Nothing here prompts or sends.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "codec/charset.h"
#include "codec/html.h"
#include "codec/location.h"
#include "saml/form_fields.h"

namespace touchsts::saml {

// Whether the password was sent already: a page with one field asks for a code then.
enum class Password { due, sent };

// Button is one that submits, by the indexes of its form and of its field there.
struct Button {
  std::size_t form;
  std::size_t field;
};

// Wish is what is to be done with a form. Fields and buttons are indexes into it.
struct Wish {
  enum class Kind {
    assertion,  // take it: `field` is SAMLResponse, and the form goes to AWS
    log_in,     // fill in `user`, `password` and `code`, as far as it has them: some ask one after the other
    code,       // fill in `field`
    pass_on,    // send a SAML message to whom it is for: a script would do so
    go_on,      // send it as it is: a script would do so, or a person who presses `button`
  };
  Kind kind = Kind::go_on;
  std::size_t form = 0;
  std::optional<std::size_t> user;
  std::optional<std::size_t> password;
  std::optional<std::size_t> code;  // a one-time code, beside the others
  std::size_t field = 0;
  std::optional<std::size_t> button;  // to press
  std::vector<Button> choices;        // of which only a person can choose one
};

// What is known of a sign-in before its pages.
struct Known {
  const FieldNames& names;
  const std::optional<codec::Location>& destination;  // takes the assertion; AWS's sign-in when it is nothing
};

// find_wish gives nothing for a page that wants nothing that we could do. `at` is where the page came from.
std::optional<Wish> find_wish(const codec::HtmlPage& page,
                              const codec::Location& at,
                              const Known& known,
                              Password password);

// Filled is the value that replaces the page's own in a field.
struct Filled {
  std::size_t field;
  std::string_view value;
};

// encode_form writes what a browser sends when `button` is pressed, or a script submits the form (WHATWG HTML,
// 4.10.21.4): every field that has a name and counts, as application/x-www-form-urlencoded in the character set that
// the form names, else in `charset`, the page's.
Secret encode_form(const codec::HtmlForm& form,
                   std::span<const Filled> filled,
                   std::optional<std::size_t> button,
                   codec::Charset charset);

// base_of is what references in a page from `page_at` are relative to.
codec::Location base_of(const codec::HtmlPage& page, const codec::Location& page_at);

// action_of is where the form goes when `button` is pressed, in a page that came from `page_at`; posts says whether it
// does so by POST.
Result<codec::Location> action_of(const codec::HtmlPage& page,
                                  const codec::HtmlForm& form,
                                  const codec::Location& page_at,
                                  std::optional<std::size_t> button);
bool posts(const codec::HtmlForm& form, std::optional<std::size_t> button);

// label_of is what a person reads on a button, else its name.
std::string_view label_of(const codec::HtmlField& button);

// wants_script: the form has no field to type into, but empty hidden ones, as for scripts that use a security key.
bool wants_script(const codec::HtmlForm& form);

}  // namespace touchsts::saml
