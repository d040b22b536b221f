#include "saml/login_page.h"

#include <algorithm>
#include <array>

#include "codec/ascii.h"
#include "saml/aws_sign_in.h"
#include "saml/button_words.h"

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

// Where and how: the form's index, and which button is pressed.
Wish wish_for(Wish::Kind kind, std::size_t form, Index button) {
  return {.kind = kind, .form = form, .user = {}, .password = {}, .field = 0, .button = button, .choices = {}};
}

bool refuses(const HtmlField& button) {
  return says_no(label_of(button)) || (button.label.empty() && says_no(button.value.reveal_text()));
}

std::vector<std::size_t> submit_buttons(const HtmlForm& form) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < form.fields.size(); ++i) {
    if (form.fields[i].type == "submit" || form.fields[i].type == "image") {
      found.push_back(i);
    }
  }
  return found;
}

// The button that Enter presses: the first one, but never one that says no.
Index default_button(const HtmlForm& form) {
  for (const std::size_t i : submit_buttons(form)) {
    if (!refuses(form.fields[i])) {
      return i;
    }
  }
  return std::nullopt;
}

std::optional<Wish> wish_for_log_in(const HtmlPage& page, const FieldNames& names, Password password) {
  std::optional<Wish> user_alone;
  for (std::size_t i = 0; i < page.forms.size(); ++i) {
    const HtmlForm& form = page.forms[i];
    const Index secret = names.password.empty() ? first(form, is_password) : named(form, names.password);
    const Index user = user_field(form, names, secret);
    const Index button = default_button(form);
    Wish wish = wish_for(Wish::Kind::log_in, i, button);
    wish.user = user;
    if (secret && (user || password == Password::due)) {
      wish.password = secret;
      return wish;
    }
    if (user && !user_alone && password == Password::due && posts(form, button)) {
      user_alone = wish;
    }
  }
  return user_alone;
}

std::optional<Wish> wish_for_code(const HtmlPage& page, const FieldNames& names) {
  for (std::size_t i = 0; i < page.forms.size(); ++i) {
    const HtmlForm& form = page.forms[i];
    const Index button = default_button(form);
    if (const Index field = posts(form, button) ? code_field(form, names) : std::nullopt) {
      Wish wish = wish_for(Wish::Kind::code, i, button);
      wish.field = *field;
      return wish;
    }
  }
  return std::nullopt;
}

// What a person may leave as it is: of a consent page, say. Boxes and lists need a button to be sent by.
enum class Untouched { hidden, boxes_and_lists };

// Nobody has to fill it in.
bool is_complete(const HtmlForm& form, Untouched kinds = Untouched::hidden) {
  const auto untouched = [kinds](const HtmlField& field) {
    const bool choice = field.type == "checkbox" || field.type == "radio" || field.type == "select";
    return field.type == "hidden" || is_button(field) || (choice && kinds == Untouched::boxes_and_lists);
  };
  return std::ranges::any_of(form.fields, [](const HtmlField& field) { return !field.name.empty(); }) &&
         std::ranges::all_of(form.fields, untouched);
}

bool has_field(const HtmlForm& form, std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(form.fields, [names](const HtmlField& field) {
    return std::ranges::contains(names, std::string_view(field.name)) && !field.value.empty();
  });
}

// SAML's answers and those of WS-Federation, on their way through others; requests where nothing else is to be done.
std::optional<Wish> wish_for_message(const HtmlPage& page, std::initializer_list<std::string_view> names) {
  std::optional<Wish> found;
  for (std::size_t i = 0; i < page.forms.size(); ++i) {
    const HtmlForm& form = page.forms[i];
    const Index button = default_button(form);
    if (posts(form, button) && is_complete(form) && has_field(form, names)) {
      if (found) {
        return std::nullopt;  // a choice of ways, which a page that goes on by itself has not
      }
      found = wish_for(Wish::Kind::pass_on, i, button);
    }
  }
  return found;
}

// What is left to do of a page that asks for nothing: its forms that nobody has to fill in.
class GoingOn {
 public:
  GoingOn(const HtmlPage& page, Untouched kinds) : page_(page) {
    for (std::size_t i = 0; i < page.forms.size(); ++i) {
      if (posts(page.forms[i], default_button(page.forms[i])) && is_complete(page.forms[i], kinds) &&
          !signs_out(page.forms[i].action)) {
        look_at(i);
      }
    }
  }

  // The only form; of several the only one without a button, which a script sends. Of its buttons the only one that
  // does not say no, or the first that says yes. Else a person has to choose.
  [[nodiscard]] std::optional<Wish> wish() const {
    if (without_button_.size() == 1) {
      return wish_for(Wish::Kind::go_on, without_button_.front(), std::nullopt);
    }
    if (!without_button_.empty()) {
      return std::nullopt;
    }
    const bool one_form =
        std::ranges::all_of(good_, [this](const Button& button) { return button.form == good_.front().form; });
    if (good_.size() == 1 || (one_form && !yes_.empty())) {
      const Button& button = yes_.empty() ? good_.front() : yes_.front();
      return wish_for(Wish::Kind::go_on, button.form, button.field);
    }
    return good_.empty() ? only_refusals() : choice_of(good_);
  }

 private:
  void look_at(std::size_t form) {
    const auto buttons = submit_buttons(page_.forms[form]);
    if (buttons.empty() && is_complete(page_.forms[form])) {
      without_button_.push_back(form);
    }
    for (const std::size_t i : buttons) {
      const HtmlField& field = page_.forms[form].fields[i];
      const bool refused = refuses(field);
      (refused ? refusing_ : good_).push_back({form, i});
      if (!refused && says_yes(label_of(field))) {
        yes_.push_back({form, i});
      }
    }
  }

  // "Cancel" on a page whose script sends the form; a form that signs out is not sent at all.
  [[nodiscard]] std::optional<Wish> only_refusals() const {
    const bool alone = page_.forms.size() == 1 && !refusing_.empty() && !signs_out(page_.forms.front().action);
    if (!alone || std::ranges::any_of(refusing_, [this](const Button& button) {
          return signs_out(label_of(page_.forms[button.form].fields[button.field]));
        })) {
      return std::nullopt;
    }
    return page_.scripts ? wish_for(Wish::Kind::go_on, 0, std::nullopt) : choice_of(refusing_);
  }

  static Wish choice_of(const std::vector<Button>& buttons) {
    Wish wish = wish_for(Wish::Kind::go_on, buttons.front().form, std::nullopt);
    wish.choices = buttons;
    return wish;
  }

  const HtmlPage& page_;
  std::vector<std::size_t> without_button_;
  std::vector<Button> good_, yes_, refusing_;
};

// An assertion counts only where it is posted to AWS: others are for whoever passes it on.
std::optional<Wish> wish_for_assertion(const HtmlPage& page, const codec::Location& at, const Known& known) {
  for (std::size_t i = 0; i < page.forms.size(); ++i) {
    const HtmlForm& form = page.forms[i];
    const Index button = default_button(form);
    const Index field =
        first(form, [](const HtmlField& field) { return field.name == "SAMLResponse" && !field.value.empty(); });
    const auto to = action_of(page, form, at, button);
    if (field && to && posts(form, button) && (known.destination ? *to == *known.destination : takes_assertions(*to))) {
      Wish wish = wish_for(Wish::Kind::assertion, i, button);
      wish.field = *field;
      return wish;
    }
  }
  return std::nullopt;
}

// Whether a field is sent; of buttons only the one that is pressed.
bool is_sent(const HtmlField& field, bool is_pressed) {
  if (field.type == "checkbox" || field.type == "radio") {
    return field.checked && !field.name.empty();
  }
  return is_button(field) ? is_pressed && (field.type == "image" || !field.name.empty()) : !field.name.empty();
}

class FormWriter {
 public:
  explicit FormWriter(codec::Charset charset) : charset_(charset) {}

  void add(std::string_view name, std::string_view value) {
    if (out_.size() != 0) {
      out_.append(std::string_view("&"));
    }
    codec::append_form_encoded(out_, name, charset_);
    out_.append(std::string_view("="));
    codec::append_form_encoded(out_, value, charset_);
  }
  Secret take() { return out_.take(); }

 private:
  SecretWriter out_;
  codec::Charset charset_;
};

}  // namespace

std::string_view label_of(const HtmlField& button) {
  return !button.label.empty() ? std::string_view(button.label) : button.name;
}

bool posts(const HtmlForm& form, Index button) {
  return button ? form.fields[*button].posts.value_or(form.posts) : form.posts;
}

bool wants_script(const HtmlForm& form) {
  // ASP.NET's own fields, and RelayState, are often empty.
  const auto empty = [](const HtmlField& field) {
    return field.type == "hidden" && field.value.empty() && !field.name.empty() && !field.name.starts_with("__") &&
           field.name != "RelayState";
  };
  return is_complete(form) && std::ranges::any_of(form.fields, empty);
}

std::optional<Wish> find_wish(const HtmlPage& page, const codec::Location& at, const Known& known, Password password) {
  auto wish = wish_for_assertion(page, at, known);
  if (!wish) {
    wish = wish_for_message(page, {"SAMLResponse", "wresult"});
  }
  if (!wish) {
    wish = wish_for_log_in(page, known.names, password);
  }
  if (!wish && password == Password::sent) {
    wish = wish_for_code(page, known.names);
  }
  if (!wish) {
    wish = wish_for_message(page, {"SAMLRequest"});
  }
  if (!wish) {
    wish = GoingOn(page, Untouched::hidden).wish();
  }
  return wish ? wish : GoingOn(page, Untouched::boxes_and_lists).wish();
}

Secret encode_form(const HtmlForm& form, std::span<const Filled> filled, Index button, codec::Charset charset) {
  const std::string_view names = form.charset;
  charset = codec::charset_named(names.substr(0, names.find_first_of(" ,"))).value_or(charset);
  FormWriter out(charset);
  for (std::size_t i = 0; i < form.fields.size(); ++i) {
    const HtmlField& field = form.fields[i];
    if (!is_sent(field, button == i)) {
      continue;
    }
    const auto ours = std::ranges::find(filled, i, &Filled::field);
    if (field.type == "image") {  // where it was pressed
      const std::string before = field.name.empty() ? "" : field.name + ".";
      out.add(before + "x", "0");
      out.add(before + "y", "0");
    } else if (ours == filled.end() && field.name == "_charset_" && field.type == "hidden") {
      out.add(field.name, charset == codec::Charset::utf8 ? "UTF-8" : "windows-1252");
    } else {
      out.add(field.name, ours != filled.end() ? ours->value : field.value.reveal_text());
    }
  }
  return out.take();
}

codec::Location base_of(const HtmlPage& page, const codec::Location& page_at) {
  return page.base.empty() ? page_at : codec::resolve(page_at, page.base).value_or(page_at);
}

Result<codec::Location> action_of(const HtmlPage& page,
                                  const HtmlForm& form,
                                  const codec::Location& page_at,
                                  Index button) {
  const std::string& action =
      button && !form.fields[*button].action.empty() ? form.fields[*button].action : form.action;
  return action.find_first_not_of(" \t\r\n\f") == std::string::npos ? page_at
                                                                    : codec::resolve(base_of(page, page_at), action);
}

}  // namespace touchsts::saml
