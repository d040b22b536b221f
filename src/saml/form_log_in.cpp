#include "saml/form_log_in.h"

#include <utility>

#include "base/format.h"
#include "base/untrusted.h"

namespace touchsts::saml {
namespace {

constexpr int kMostPages = 12;
constexpr const char* kOtherWay = "saml_provider = browser logs in with one";

class FormLogIn {
 public:
  FormLogIn(const LogInRequest& request, Password password, Web& web, Helper& helper)
      : request_(request), password_(password), web_(web), helper_(helper) {}

  Result<Secret> from(Page page) {
    for (int count = 0; count < kMostPages; ++count) {
      const auto wish = find_wish(page.html, request_.names, password_);
      if (!wish) {
        return strange(page);
      }
      const auto& form = page.html.forms[wish->form];
      if (wish->kind == Wish::Kind::assertion) {
        return form.fields[wish->field].value.clone();
      }
      std::vector<Filled> filled;
      std::vector<Secret> typed;
      TRY(fill(page, *wish, typed, filled));
      auto next = TRY(submit(page, form, filled));
      page = std::move(next);
    }
    return fail(Fault::malformed, "the identity provider shows more than {} pages", kMostPages);
  }

 private:
  static std::unexpected<Error> strange(const Page& page) {
    const std::string title = page.html.title.empty() ? "without a title" : formatted("\"{}\"", page.html.title);
    return hinted(fail(Fault::malformed,
                       "the page {} of {} wants what cannot be done without a browser",
                       Untrusted{title},
                       Untrusted{to_text(page.at.origin)}),
                  kOtherWay);
  }

  static std::unexpected<Error> not_taken(const std::string& host) {
    return hinted(fail(Fault::denied, "{} does not take user name or password", Untrusted{host}), "check both");
  }

  // `typed` holds what `filled` points to.
  Result<> fill(const Page& page, const Wish& wish, std::vector<Secret>& typed, std::vector<Filled>& filled) {
    const std::string host = to_text(page.at.origin);
    typed.reserve(2);
    const auto& fields = page.html.forms[wish.form].fields;
    if (wish.kind == Wish::Kind::code) {
      if (fields[wish.field].name == password_name_) {
        return not_taken(host);  // one page for the name and one for the password: it is the second again
      }
      if (code_sent_) {
        return fail(Fault::denied, "{} does not take the code", Untrusted{host});
      }
      code_sent_ = true;
      typed.push_back(
          TRY(helper_.code({.kind = CodeWish::Kind::one_time_password, .issuer = page.at.origin.host, .label = ""})));
      filled.push_back({wish.field, typed.back().reveal_text()});
    }
    if (wish.kind != Wish::Kind::log_in) {
      return {};
    }
    if (password_ == Password::sent || (wish.user && user_sent_)) {
      return not_taken(host);
    }
    if (wish.user) {
      user_sent_ = true;
      filled.push_back({*wish.user, request_.username});
    }
    if (wish.password) {
      password_ = Password::sent;
      password_name_ = fields[*wish.password].name;
      typed.push_back(TRY(helper_.password(page.at.origin)));
      filled.push_back({*wish.password, typed.back().reveal_text()});
    }
    return {};
  }

  Result<Page> submit(const Page& page, const codec::HtmlForm& form, std::span<const Filled> filled) {
    const auto to = TRY(action_of(page.html, form, page.at));
    const Secret body = encode_form(form, filled);
    if (form.posts) {
      return web_.post(page.at, to, body, filled.empty() ? Web::Holds::nothing_of_ours : Web::Holds::secrets);
    }
    return hinted(
        fail(Fault::malformed, "the form of {} would put what you typed into a URL", Untrusted{to_text(to.origin)}),
        kOtherWay);
  }

  const LogInRequest& request_;
  Password password_;
  Web& web_;
  Helper& helper_;
  std::string password_name_;  // of the field that the password was sent in
  bool user_sent_ = false;
  bool code_sent_ = false;
};

}  // namespace

Result<Secret> by_forms(const LogInRequest& request, Page page, Password password, Web& web, Helper& helper) {
  return FormLogIn(request, password, web, helper).from(std::move(page));
}

}  // namespace touchsts::saml
