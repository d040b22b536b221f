// What a page of an identity provider wants of whoever logs in, and the answer to it. Nothing here asks or sends.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "codec/html.h"
#include "codec/location.h"

namespace touchsts::saml {

// FieldNames is for pages whose fields are not found by themselves; empty names are guessed.
struct FieldNames {
  std::string user;
  std::string password;
  std::string code;
};

// Whether the password was sent already: a page with one field asks for a code then.
enum class Password { due, sent };

// Wish is what is to be done with a form. Fields are indexes into it.
struct Wish {
  enum class Kind {
    assertion,  // take it: `field` is SAMLResponse
    log_in,     // fill in `user` and `password`; one of them may be missing: some ask one after the other
    code,       // fill in `field`
    go_on,      // send it as it is: a script would do so
  };
  Kind kind = Kind::go_on;
  std::size_t form = 0;
  std::optional<std::size_t> user;
  std::optional<std::size_t> password;
  std::size_t field = 0;
};

// find_wish gives nothing for a page that wants nothing that we could do.
std::optional<Wish> find_wish(const codec::HtmlPage& page, const FieldNames& names, Password password);

// Filled is what stands in a field instead of what the page put there.
struct Filled {
  std::size_t field;
  std::string_view value;
};

// encode_form writes what a browser sends when Enter is typed (WHATWG HTML, 4.10.21.4): every field that has a name
// and counts, as application/x-www-form-urlencoded in UTF-8; of the buttons only the first that submits.
Secret encode_form(const codec::HtmlForm& form, std::span<const Filled> filled);

// action_of is where the form goes, in a page that came from `page_at`.
Result<codec::Location> action_of(const codec::HtmlPage& page,
                                  const codec::HtmlForm& form,
                                  const codec::Location& page_at);

}  // namespace touchsts::saml
