#include "saml/form_fields.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "codec/ascii.h"

namespace touchsts::saml {
namespace {

using codec::HtmlField;
using codec::HtmlForm;

// A line that a person types into. Unknown types are such lines.
bool is_line(const HtmlField& field) {
  constexpr std::array<std::string_view, 11> kOthers = {
      "hidden", "password", "checkbox", "radio", "select", "textarea", "range", "color", "date", "time", "month"};
  return !field.name.empty() && !is_button(field) && !std::ranges::contains(kOthers, field.type);
}

bool is_password(const HtmlField& field) { return !field.name.empty() && field.type == "password"; }

bool contains_word(std::string_view name, std::span<const std::string_view> words) {
  return std::ranges::any_of(words,
                             [small = codec::lower(name)](std::string_view word) { return small.contains(word); });
}

// A field of that name that a person sees, else one that is hidden.
FieldIndex named(const HtmlForm& form, std::string_view name) {
  if (name.empty()) {
    return std::nullopt;
  }
  const auto seen =
      first(form, [name](const HtmlField& field) { return field.name == name && field.type != "hidden"; });
  return seen ? seen : first(form, [name](const HtmlField& field) { return field.name == name; });
}

// Words that only names of a code's field have, and those that others have, too: "employee_code".
bool is_surely_code(std::string_view name) {
  constexpr std::array<std::string_view, 7> kWords = {"otp", "onetime", "one_time", "one-time", "token", "mfa", "2fa"};
  return contains_word(name, kWords);
}

}  // namespace

bool is_button(const HtmlField& field) {
  constexpr std::array<std::string_view, 5> kTypes = {"submit", "image", "button", "reset", "file"};
  return std::ranges::contains(kTypes, field.type);
}

bool is_code_name(std::string_view name) {
  constexpr std::array<std::string_view, 5> kWords = {"code", "verif", "challenge", "pin", "factor"};
  return (is_surely_code(name) || contains_word(name, kWords)) && !codec::lower(name).contains("captcha");
}

FieldIndex password_field(const HtmlForm& form, const FieldNames& names) {
  if (!names.password.empty()) {
    return named(form, names.password);
  }
  const auto fits = [&](const HtmlField& field) { return is_password(field) && field.name != names.code; };
  const FieldIndex plain =
      first(form, [&](const HtmlField& field) { return fits(field) && !is_code_name(field.name); });
  const FieldIndex other = plain ? plain : first(form, fits);
  return other ? other : first(form, is_password);
}

FieldIndex user_field(const HtmlForm& form, const FieldNames& names, FieldIndex password) {
  if (!names.user.empty()) {
    return named(form, names.user);
  }
  constexpr std::array<std::string_view, 6> kWords = {"user", "login", "mail", "account", "ident", "uid"};
  const auto fits = [&](const HtmlField& field) { return is_line(field) && field.name != names.code; };
  const auto known =
      first(form, [&](const HtmlField& field) { return fits(field) && contains_word(field.name, kWords); });
  if (known || !password) {
    return known;
  }
  FieldIndex before;  // the password, and next to it
  FieldIndex maybe;   // the same, but its name may be that of a code
  for (std::size_t i = 0; i < *password; ++i) {
    const HtmlField& field = form.fields[i];
    before = fits(field) && !is_code_name(field.name) ? i : before;
    maybe = fits(field) && !is_surely_code(field.name) ? i : maybe;
  }
  return before ? before : maybe;
}

FieldIndex code_field(const HtmlForm& form, const FieldNames& names) {
  if (!names.code.empty()) {
    return named(form, names.code);
  }
  constexpr std::array<std::string_view, 8> kWords = {
      "otp", "code", "token", "pass", "verif", "challenge", "pin", "answer"};
  const auto fits = [](const HtmlField& field) { return is_line(field) || is_password(field); };
  const auto known =
      first(form, [&](const HtmlField& field) { return fits(field) && contains_word(field.name, kWords); });
  const auto count = std::ranges::count_if(form.fields, fits);
  return known ? known : count == 1 ? first(form, fits) : std::nullopt;
}

// An empty field for a one-time code beside those of user name and password.
FieldIndex code_beside(const HtmlForm& form, const FieldNames& names, FieldIndex user, FieldIndex password) {
  for (std::size_t i = 0; i < form.fields.size(); ++i) {
    const HtmlField& field = form.fields[i];
    const bool asks = (is_line(field) || is_password(field)) && field.value.empty() && user != i && password != i;
    if (asks && (names.code.empty() ? is_code_name(field.name) : field.name == names.code)) {
      return i;
    }
  }
  return std::nullopt;
}

}  // namespace touchsts::saml
