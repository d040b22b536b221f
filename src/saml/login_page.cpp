#include "saml/login_page.h"

#include <algorithm>
#include <array>

#include "codec/ascii.h"
#include "codec/percent.h"

namespace touchsts::saml {
namespace {

using codec::HtmlField;
using codec::HtmlForm;
using codec::HtmlPage;
using Index = std::optional<std::size_t>;

bool is_button(const HtmlField& field) {
  constexpr std::array<std::string_view, 5> kTypes = {"submit", "image", "button", "reset", "file"};
  return std::ranges::contains(kTypes, field.type);
}

// A line that a person types into; types that nobody knows are such lines.
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

template <class Fits>
Index first(const HtmlForm& form, Fits fits) {
  const auto found = std::ranges::find_if(form.fields, fits);
  return found != form.fields.end() ? Index(static_cast<std::size_t>(found - form.fields.begin())) : std::nullopt;
}

// A field of that name that a person sees, else one that is hidden.
Index named(const HtmlForm& form, std::string_view name) {
  if (name.empty()) {
    return std::nullopt;
  }
  const auto seen =
      first(form, [name](const HtmlField& field) { return field.name == name && field.type != "hidden"; });
  return seen ? seen : first(form, [name](const HtmlField& field) { return field.name == name; });
}

Index user_field(const HtmlForm& form, const FieldNames& names, Index password) {
  if (!names.user.empty()) {
    return named(form, names.user);
  }
  constexpr std::array<std::string_view, 6> kWords = {"user", "login", "mail", "account", "ident", "uid"};
  const auto known =
      first(form, [&](const HtmlField& field) { return is_line(field) && contains_word(field.name, kWords); });
  if (known || !password) {
    return known;
  }
  Index before;  // the password, and next to it
  for (std::size_t i = 0; i < *password; ++i) {
    before = is_line(form.fields[i]) ? i : before;
  }
  return before;
}

Index code_field(const HtmlForm& form, const FieldNames& names) {
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

std::optional<Wish> wish_for_log_in(const HtmlPage& page, const FieldNames& names, Password password) {
  std::optional<Wish> user_alone;
  for (std::size_t i = 0; i < page.forms.size(); ++i) {
    const HtmlForm& form = page.forms[i];
    const Index secret = names.password.empty() ? first(form, is_password) : named(form, names.password);
    const Index user = user_field(form, names, secret);
    if (secret && (user || password == Password::due)) {
      return Wish{.kind = Wish::Kind::log_in, .form = i, .user = user, .password = secret, .field = 0};
    }
    if (user && !user_alone && password == Password::due && form.posts) {
      user_alone = Wish{.kind = Wish::Kind::log_in, .form = i, .user = user, .password = std::nullopt, .field = 0};
    }
  }
  return user_alone;
}

std::optional<Wish> wish_for_code(const HtmlPage& page, const FieldNames& names) {
  for (std::size_t i = 0; i < page.forms.size(); ++i) {
    const Index field = page.forms[i].posts ? code_field(page.forms[i], names) : std::nullopt;
    if (field) {
      return Wish{.kind = Wish::Kind::code, .form = i, .user = {}, .password = {}, .field = *field};
    }
  }
  return std::nullopt;
}

// A page with one form that nobody has to fill in.
bool goes_on_by_itself(const HtmlPage& page) {
  const auto untouched = [](const HtmlField& field) { return field.type == "hidden" || is_button(field); };
  return page.forms.size() == 1 && page.forms.front().posts &&
         std::ranges::any_of(page.forms.front().fields, [](const HtmlField& field) { return !field.name.empty(); }) &&
         std::ranges::all_of(page.forms.front().fields, untouched);
}

bool is_sent(const HtmlField& field, bool& button_sent) {
  if (field.name.empty()) {
    return false;
  }
  if (field.type == "checkbox" || field.type == "radio") {
    return field.checked;
  }
  if (is_button(field)) {
    const bool sent = field.type == "submit" && !button_sent;
    button_sent = button_sent || sent;
    return sent;
  }
  return true;
}

}  // namespace

std::optional<Wish> find_wish(const HtmlPage& page, const FieldNames& names, Password password) {
  for (std::size_t i = 0; i < page.forms.size(); ++i) {
    const auto is_assertion = [](const HtmlField& field) {
      return field.name == "SAMLResponse" && !field.value.empty();
    };
    if (const Index field = first(page.forms[i], is_assertion)) {
      return Wish{.kind = Wish::Kind::assertion, .form = i, .user = {}, .password = {}, .field = *field};
    }
  }
  if (auto wish = wish_for_log_in(page, names, password)) {
    return wish;
  }
  if (auto wish = password == Password::sent ? wish_for_code(page, names) : std::nullopt) {
    return wish;
  }
  return goes_on_by_itself(page) ? std::optional(Wish{}) : std::nullopt;
}

Secret encode_form(const HtmlForm& form, std::span<const Filled> filled) {
  SecretWriter out;
  bool button_sent = false;
  for (std::size_t i = 0; i < form.fields.size(); ++i) {
    const HtmlField& field = form.fields[i];
    if (!is_sent(field, button_sent)) {
      continue;
    }
    if (out.size() != 0) {
      out.append(std::string_view("&"));
    }
    const auto ours = std::ranges::find(filled, i, &Filled::field);
    codec::append_percent_encoded(out, field.name);
    out.append(std::string_view("="));
    codec::append_percent_encoded(out, ours != filled.end() ? ours->value : field.value.reveal_text());
  }
  return out.take();
}

Result<codec::Location> action_of(const HtmlPage& page, const HtmlForm& form, const codec::Location& page_at) {
  if (form.action.find_first_not_of(" \t\r\n\f") == std::string::npos) {
    return page_at;
  }
  const codec::Location base = page.base.empty() ? page_at : TRY(codec::resolve(page_at, page.base));
  return codec::resolve(base, form.action);
}

}  // namespace touchsts::saml
