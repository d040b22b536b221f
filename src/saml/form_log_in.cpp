#include "saml/form_log_in.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "saml/refresh.h"

namespace touchsts::saml {
namespace {

constexpr int kMostPages = 12;  // those that are waited at apart
constexpr int kMostTries = 3;   // of a password or code that a person types
constexpr int kSlowest = 5;     // seconds between two looks at a page that is waited at
constexpr std::string_view kCode = "the code";
constexpr std::string_view kUserAndCode = "user name or code";
constexpr std::string_view kPasswordAndCode = "user name, password or code";
constexpr const char* kOtherWay = "saml_provider = browser logs in with one";

// What makes a page the same as one before: its forms, wherever it comes from and whatever is in their fields; where
// there are none, where it comes from.
std::string shape_of(const Page& page) {
  const auto path = [](const std::string& target) { return target.substr(0, target.find('?')); };
  std::string shape =
      page.html.title + "\n" + (page.html.forms.empty() ? path(to_text(page.at)) : to_text(page.at.origin));
  for (const auto& form : page.html.forms) {
    shape += "\n" + path(form.action);
    for (const auto& field : form.fields) {
      shape += " " + field.name + ":" + field.type;
    }
  }
  return shape;
}

class FormLogIn {
 public:
  FormLogIn(const LogInRequest& request, Password password, Web& web, io::Clock& clock, Helper& helper)
      : request_(request), starts_with_(password), password_(password), web_(web), clock_(clock), helper_(helper) {}

  Result<Secret> log_in(Page page) {
    auto assertion = from(std::move(page));
    // What was refused may be the password, where nothing else was sent since and the refusal has no other hint.
    if (!assertion && assertion.error().fault == Fault::denied && assertion.error().hint.empty() &&
        !typed_password_.empty() && !code_to_) {
      assertion.error().hint = helper_.password_hint();
    }
    return assertion;
  }

 private:
  Result<Secret> from(Page page) {
    while (pages_ < kMostPages) {
      auto wish = TRY(look_at(page));
      if (wish && wish->kind == Wish::Kind::assertion) {
        return page.html.forms[wish->form].fields[wish->field].value.clone();
      }
      page = TRY(next_page(page, wish));
    }
    return fail(Fault::malformed, "the identity provider shows more than {} pages", kMostPages);
  }

  std::optional<Wish> wish_of(const Page& page) const {
    return find_wish(page.html, page.at, {request_.names, request_.destination}, password_);
  }

  // What the page wants, once it is clear that it does not show that a password or code was wrong; else what it wants
  // for the next try.
  Result<std::optional<Wish>> look_at(Page& page) {
    auto wish = wish_of(page);
    const bool code_page = wish && wish->kind == Wish::Kind::code;
    // Pages for the name and for the password, one after the other: it is one of them again.
    const bool password_page =
        code_page && !code_to_ && is_one_of_ours(page.html.forms[wish->form].fields[wish->field].name);
    const bool sign_in_page =
        wish && wish->kind == Wish::Kind::log_in &&
        (password_ == Password::sent || (wish->user.has_value() && !wish->password && user_sent_));
    if (sign_in_page && sent_empty_) {
      return needs_browser(page);
    }
    // A site that has not been sent a user name, password or code has not refused it.
    if ((password_page || sign_in_page) && !sites_.empty() &&
        !std::ranges::contains(sites_, TRY(receiver_of(page, *wish)).origin)) {
      begin_again();
      return wish_of(page);
    }
    if (code_to_ && code_page && *code_to_ != TRY(receiver_of(page, *wish)).origin) {
      code_to_.reset();
      return wish;
    }
    if (code_to_ && (code_page || sign_in_page || (!wish && !follows(page, wish)))) {
      TRY(code_refused(page, code_page, sign_in_page));
      return wish_of(page);
    }
    if (password_page || sign_in_page) {
      TRY(password_refused(sites_.empty() ? page.at.origin : sites_.back()));
      return wish_of(page);
    }
    return wish;
  }

  [[nodiscard]] bool is_one_of_ours(const std::string& field) const {
    return field == password_name_ || field == user_name_;
  }

  // What to do about a password that was refused; `otherwise` where there is nothing special about it.
  std::string password_hint(std::string_view otherwise) {
    const std::string hint = typed_password_.empty() ? "" : helper_.password_hint();
    return hint.empty() ? std::string(otherwise) : hint;
  }

  Result<> password_refused(const codec::Origin& site) {
    auto refusal = hinted(fail(Fault::denied, "{} does not take user name or password", Untrusted{to_text(site)}),
                          password_hint("check both"));
    if (++passwords_refused_ >= kMostTries || typed_password_.empty() || !may_retype_password_) {
      return refusal;
    }
    helper_.tell(refusal.error().text);
    typed_password_ = Secret();
    begin_another_try();
    return {};
  }

  // A wrong code leads to the page for codes again, to the beginning, or to a page that only says so.
  Result<> code_refused(Page& page, bool code_page, bool sign_in_page) {
    // A form that took several things at once does not say which was wrong, unless it goes on to a page for codes.
    const bool only_code = code_page || sent_with_code_ == kCode;
    auto refusal =
        fail(Fault::denied, "{} does not take {}", Untrusted{to_text(*code_to_)}, only_code ? kCode : sent_with_code_);
    if (!code_page && !sign_in_page) {
      if (page.at.origin != *code_to_) {
        return led_elsewhere(page);
      }
      refusal.error().hint = formatted("it answered with {}; if the code was right, this step needs a browser: {}",
                                       Untrusted{title_of(page)},
                                       kOtherWay);
    } else if (!only_code) {
      refusal.error().hint = password_hint("check them all");
    }
    const bool to_begin_with = !code_page && starts_with_ == Password::sent;  // by_forms began behind the sign-in page
    const bool may_retry = helper_.may_retry() && (only_code || may_retype_password_);
    if (++codes_refused_ >= kMostTries || to_begin_with || !may_retry) {
      return refusal;
    }
    helper_.tell(refusal.error().text);
    if (!only_code) {
      typed_password_ = Secret();
    }
    if (!code_page) {
      begin_another_try();
    }
    code_to_.reset();
    if (!code_page && !sign_in_page) {
      page = TRY(web_.get(request_.endpoint));
      ++pages_;
    }
    return {};
  }

  // The site with the page has not been sent the code, and cannot have refused it.
  std::unexpected<Error> led_elsewhere(const Page& page) const {
    return hinted(fail(Fault::denied,
                       "{} answers with {} after {} was sent the code",
                       Untrusted{to_text(page.at.origin)},
                       Untrusted{title_of(page)},
                       Untrusted{to_text(*code_to_)}),
                  formatted("if the code was right, this step needs a browser: {}", kOtherWay));
  }

  // The password that was taken is sent once more without asking.
  void begin_again() {
    code_to_.reset();
    password_ = Password::due;
    user_sent_ = false;
    password_name_.clear();
    user_name_.clear();
  }

  // Every site may ask once more before that is a refusal.
  void begin_another_try() {
    sites_.clear();
    begin_again();
  }

  [[nodiscard]] std::string title_of(const Page& page) const {
    return page.html.title.empty() ? "without a title" : formatted("\"{}\"", web_.sent().shown(page.html.title));
  }

  [[nodiscard]] std::unexpected<Error> needs_browser(const Page& page) const {
    return hinted(fail(Fault::malformed,
                       "the page {} of {} cannot be answered: this step needs a browser",
                       Untrusted{title_of(page)},
                       Untrusted{to_text(page.at.origin)}),
                  kOtherWay);
  }

  // How the page goes on by itself, where that comes before its forms. A form comes before what is in <noscript>,
  // since scripts would have sent it.
  static std::optional<Refresh> follows(const Page& page, const std::optional<Wish>& wish) {
    const bool forms_first = wish && (wish->kind != Wish::Kind::go_on || page.html.refresh_for_noscript);
    return forms_first ? std::nullopt : page.refresh;
  }

  Result<Page> next_page(const Page& page, const std::optional<Wish>& wish) {
    const auto refresh = follows(page, wish);
    // A page that comes back in an hour is no way on.
    if (refresh && clock_.steady() + refresh->after < web_.deadline()) {
      TRY(await_turn(page, refresh->after));
      const auto base = base_of(page.html, page.at);
      auto next = web_.sent().checked(codec::resolve(base, refresh->url), refresh->url);
      return web_.get(refresh->url.empty() ? page.at : TRY(within("a refresh", std::move(next))));
    }
    if (!wish) {
      return page.status >= 400 ? Web::refused(page.at, page.status) : needs_browser(page);
    }
    switch (wish->kind) {
      case Wish::Kind::go_on:
        return go_on(page, *wish);
      case Wish::Kind::pass_on:
        return pass_on(page, *wish);
      default:
        return fill_and_send(page, *wish);
    }
  }

  // Among those that went on by themselves since something was filled in: two pages may take turns.
  [[nodiscard]] bool came_before(const Page& page) const { return std::ranges::contains(shapes_, shape_of(page)); }

  // Waits as long as the page says, and longer from time to time where it is one that came before.
  Result<> await_turn(const Page& page, std::optional<Seconds> asked) {
    const bool again = came_before(page);
    if (again) {
      ++again_;
    } else {
      ++pages_;
      shapes_.push_back(shape_of(page));
    }
    if (again && !std::exchange(told_, true)) {
      helper_.tell(formatted("waiting for your phone: confirm the sign-in at {}", Untrusted{to_text(page.at.origin)}));
    }
    const Seconds pause = asked && *asked > Seconds(0) ? *asked
                          : again                      ? Seconds(std::min(again_, kSlowest))
                                                       : Seconds(0);
    const Deadline until = clock_.steady() + pause;
    if (until >= web_.deadline()) {
      return hinted(fail(Fault::no_human, "timed out waiting for the sign-in to be confirmed"),
                    "run the command again, and confirm it on your phone");
    }
    if (pause > Seconds(0)) {
      clock_.sleep_until(until);
    }
    return {};
  }

  Result<Page> go_on(const Page& page, const Wish& wish) {
    Wish chosen = wish;
    if (!wish.choices.empty()) {
      const Button button = TRY(choose(page, wish.choices));
      chosen.form = button.form;
      chosen.button = button.field;
    }
    const auto& form = page.html.forms[chosen.form];
    const bool empty = page.html.scripts && wants_script(form);
    if (empty && came_before(page)) {
      return needs_browser(page);
    }
    TRY(await_turn(page, std::nullopt));
    auto next = send(page, chosen, {});
    sent_empty_ = empty;
    return next;
  }

  Result<Page> pass_on(const Page& page, const Wish& wish) {
    TRY(await_turn(page, std::nullopt));
    auto next = send(page, wish, {});
    sent_empty_ = false;
    return next;
  }

  // Buttons that say neither yes nor no, or nothing but no.
  Result<Button> choose(const Page& page, const std::vector<Button>& buttons) {
    std::vector<std::string> labels;
    labels.reserve(buttons.size() + 1);
    for (const auto& [form, field] : buttons) {
      labels.push_back(printable(web_.sent().shown(label_of(page.html.forms[form].fields[field]))));
    }
    labels.emplace_back("(none of these: stop)");
    const std::size_t chosen = TRY(helper_.choose(
        formatted("The page {} of {} asks", Untrusted{title_of(page)}, Untrusted{to_text(page.at.origin)}), labels));
    return chosen < buttons.size() ? Result<Button>(buttons[chosen])
                                   : fail(Fault::no_human, "no button of the page was chosen");
  }

  Result<Page> fill_and_send(const Page& page, const Wish& wish) {
    ++pages_;
    shapes_.clear();
    again_ = 0;
    std::vector<Filled> filled;
    std::vector<Secret> typed;
    TRY(fill(page, wish, typed, filled));
    auto next = send(page, wish, filled);
    sent_empty_ = false;
    return next;
  }

  // Where the form of `wish` goes. The error does not repeat what was sent.
  [[nodiscard]] Result<codec::Location> receiver_of(const Page& page, const Wish& wish) const {
    const auto& form = page.html.forms[wish.form];
    const std::string& own = wish.button ? form.fields[*wish.button].action : form.action;
    return web_.sent().checked(action_of(page.html, form, page.at, wish.button), own.empty() ? form.action : own);
  }

  static std::unexpected<Error> needs_url(const codec::Origin& to) {
    return hinted(fail(Fault::malformed, "the form of {} would put what you typed into a URL", Untrusted{to_text(to)}),
                  kOtherWay);
  }

  // Where what is typed goes; an error where it may not.
  Result<codec::Origin> trusted_receiver(const Page& page, const Wish& wish) const {
    const auto to = TRY(receiver_of(page, wish));
    if (!posts(page.html.forms[wish.form], wish.button)) {
      return needs_url(to.origin);
    }
    TRY(web_.check_receiver(page.at, to));
    return to.origin;
  }

  // `typed` holds what `filled` points to.
  Result<> fill(const Page& page, const Wish& wish, std::vector<Secret>& typed, std::vector<Filled>& filled) {
    const auto to = TRY(trusted_receiver(page, wish));
    const auto& fields = page.html.forms[wish.form].fields;
    if (wish.user) {
      user_sent_ = true;
      user_name_ = fields[*wish.user].name;
      filled.push_back({*wish.user, request_.username});
    }
    if (wish.password) {
      password_name_ = fields[*wish.password].name;
      typed.push_back(TRY(password_for(to)));
      filled.push_back({*wish.password, typed.back().reveal_text()});
    }
    if (wish.kind == Wish::Kind::log_in) {
      sites_.push_back(to);
    }
    if (const auto field = wish.kind == Wish::Kind::code ? wish.field : wish.code) {
      typed.push_back(TRY(helper_.code(
          {.kind = CodeWish::Kind::one_time_password, .issuer = page.at.origin.host, .label = "", .to = to})));
      web_.sent().add(typed.back());
      filled.push_back({*field, typed.back().reveal_text()});
      code_to_ = to;
      sent_with_code_ = wish.password ? kPasswordAndCode : wish.user ? kUserAndCode : kCode;
    }
    return {};
  }

  // The last one is sent once more without asking, if it is for the same site.
  Result<Secret> password_for(const codec::Origin& to) {
    if (typed_password_.empty() || password_to_ != to) {
      typed_password_ = TRY(helper_.password(to));
      may_retype_password_ = helper_.may_retry();
      web_.sent().add(typed_password_);
    }
    password_to_ = to;
    password_ = Password::sent;
    return typed_password_.clone();
  }

  Result<Page> send(const Page& page, const Wish& wish, std::span<const Filled> filled) {
    const auto& form = page.html.forms[wish.form];
    auto to = TRY(receiver_of(page, wish));
    const Secret body = encode_form(form, filled, wish.button, page.charset);
    if (posts(form, wish.button)) {
      return web_.post(page.at, to, body, filled.empty() ? Web::Holds::nothing_of_ours : Web::Holds::secrets);
    }
    // What remains are the page's own values, as in the address of a link.
    if (web_.sent().repeated_in(body.reveal_text())) {
      return needs_url(to.origin);
    }
    to.target = to.target.substr(0, to.target.find('?'));
    to.target += '?';
    to.target += body.reveal_text();
    return web_.get(to);
  }

  const LogInRequest& request_;
  Password starts_with_;
  Password password_;
  Web& web_;
  io::Clock& clock_;
  Helper& helper_;
  int pages_ = 0;
  int passwords_refused_ = 0;
  int codes_refused_ = 0;
  std::vector<codec::Origin> sites_;  // that were sent a user name or password in this try, the last one last
  Secret typed_password_;             // the last one that was sent
  codec::Origin password_to_;         // the site that it was sent to
  bool may_retype_password_ = false;  // a person typed it
  std::string password_name_;         // of the field that it was sent in
  std::string user_name_;             // of the user name's field
  bool user_sent_ = false;
  std::optional<codec::Origin> code_to_;     // the site that was sent a code, until it or another asks again
  std::string_view sent_with_code_ = kCode;  // what the form asked for with it
  bool sent_empty_ = false;                  // a form that wants a script was sent as it was
  std::vector<std::string> shapes_;          // of pages that went on by themselves since something was filled in
  int again_ = 0;                            // how often one of them came back
  bool told_ = false;
};

}  // namespace

Result<Secret> by_forms(
    const LogInRequest& request, Page page, Password password, Web& web, io::Clock& clock, Helper& helper) {
  return FormLogIn(request, password, web, clock, helper).log_in(std::move(page));
}

}  // namespace touchsts::saml
