// Which fields of a sign-in form are for the user name, the password and the code.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "codec/html.h"

namespace touchsts::saml {

// FieldNames is for pages whose fields are not found by themselves; empty names are guessed.
struct FieldNames {
  std::string user;
  std::string password;
  std::string code;
};

// FieldIndex is a field's place in its form; nothing when there is none.
using FieldIndex = std::optional<std::size_t>;

bool is_button(const codec::HtmlField& field);

// is_code_name: a field of that name is for a one-time code, where one beside it is for the password.
bool is_code_name(std::string_view name);

// first gives the first field that `fits`.
template <class Fits>
FieldIndex first(const codec::HtmlForm& form, Fits fits) {
  const auto found = std::ranges::find_if(form.fields, fits);
  return found != form.fields.end() ? FieldIndex(static_cast<std::size_t>(found - form.fields.begin())) : std::nullopt;
}

FieldIndex password_field(const codec::HtmlForm& form, const FieldNames& names);
FieldIndex user_field(const codec::HtmlForm& form, const FieldNames& names, FieldIndex password);

// code_field is for a page that asks for a code alone, code_beside for one in a form with those other fields: it is
// empty, and a person sees it.
FieldIndex code_field(const codec::HtmlForm& form, const FieldNames& names);
FieldIndex code_beside(const codec::HtmlForm& form, const FieldNames& names, FieldIndex user, FieldIndex password);

}  // namespace touchsts::saml
