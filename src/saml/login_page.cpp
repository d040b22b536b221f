#include "saml/login_page.h"

#include <algorithm>
#include <array>

#include "saml/aws_sign_in.h"
#include "saml/button_words.h"
#include "saml/form_fields.h"

namespace touchsts::saml {
namespace {

using codec::HtmlField;
using codec::HtmlForm;
using codec::HtmlPage;
using Index = FieldIndex;

// Where and how: the form's index, and which button is pressed.
Wish wish_for(Wish::Kind kind, std::size_t form, Index button) {
  return {
      .kind = kind, .form = form, .user = {}, .password = {}, .code = {}, .field = 0, .button = button, .choices = {}};
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
    const Index secret = password_field(form, names);
    const Index user = user_field(form, names, secret);
    const Index code = code_beside(form, names, user, secret);
    const Index button = default_button(form);
    Wish wish = wish_for(Wish::Kind::log_in, i, button);
    wish.user = user;
    wish.code = code;
    const bool asks_again = code && secret && !is_code_name(form.fields[*secret].name);
    if (secret && (user || password == Password::due || asks_again)) {
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

// It can be sent without being filled in.
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
        return std::nullopt;  // several ways on: a page that goes on by itself has only one
      }
      found = wish_for(Wish::Kind::pass_on, i, button);
    }
  }
  return found;
}

// How to go on from a page that asks for nothing: by its forms that can be sent without being filled in.
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

// An assertion counts only where it is posted to AWS. Others are for a site that passes them on.
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
