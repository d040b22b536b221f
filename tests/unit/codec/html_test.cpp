#include "codec/html.h"

#include <string>

#include <doctest/doctest.h>

namespace touchsts::codec {
namespace {

// "ACTION POST|GET name:type=value* ..." for every form; '*' for what is checked.
std::string forms(std::string_view text) {
  const auto page = read_html(text);
  if (!page) {
    return page.error().text;
  }
  std::string all;
  for (const auto& form : page->forms) {
    all += (all.empty() ? "" : "; ") + form.action + (form.posts ? " POST" : " GET");
    for (const auto& field : form.fields) {
      all += " " + field.name + ":" + field.type + "=" + std::string(field.value.reveal_text());
      all += field.checked ? "*" : "";
    }
  }
  return all;
}

}  // namespace

TEST_CASE("a page may end anywhere") {
  // Of just its size, so that a byte behind it is not ours.
  constexpr std::string_view kPage = "<form action='/x&amp;y'><input name=a value=\"b&amp";
  for (std::size_t size = 0; size <= kPage.size(); ++size) {
    const std::vector<char> page(kPage.begin(), kPage.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(read_html({page.data(), page.size()}));
  }
}

TEST_CASE("the fields of a form, in order") {
  CHECK(forms("<form method=POST action='/go'><input name=a value=1><input type=hidden name=b value='2&amp;3'>"
              "<input name=p type=Password></form>") == "/go POST a:text=1 b:hidden=2&3 p:password=");
  CHECK(forms("<form action=x><input name=a><input name=a value=2><input value=3></form>") ==
        "x GET a:text= a:text=2 :text=3");
  CHECK(forms("<form novalidate><input required autofocus name=a></form>") == " GET a:text=");
  CHECK(forms("<form><input type=checkbox name=k checked><input type=radio name=r value=no></form>") ==
        " GET k:checkbox=on* r:radio=no");
  CHECK(forms("<form><button name=go value=1>Go</button><button type=button name=no>No</button>"
              "<input type=submit name=s value=Sign></form>") == " GET go:submit=1 no:button= s:submit=Sign");
  CHECK(forms("<form><textarea name=t>\n a&lt; </textarea></form>") == " GET t:textarea= a< ");
  CHECK(forms("<form><input name=a disabled><input name=b></form>") == " GET b:text=");
}

TEST_CASE("what is in a disabled fieldset is disabled, but for its first legend") {
  CHECK(forms("<form><fieldset disabled><input name=a><fieldset><input name=b></fieldset></fieldset><input "
              "name=c></form>") == " GET c:text=");
  CHECK(forms("<form><fieldset disabled><p><legend><input name=a></legend></p><legend><input name=b></legend>"
              "<legend><input name=c></legend></fieldset></form>") == " GET b:text=");
  CHECK(
      forms(
          "<form><fieldset disabled><legend><fieldset disabled><input name=a></fieldset></legend></fieldset></form>") ==
      " GET");
  CHECK(forms("<form><fieldset><input name=a></fieldset></form>") == " GET a:text=");
}

TEST_CASE("what styles keep from sight is hidden") {
  // By itself: also where nothing else is typed into, as what a script fills in for a security key.
  CHECK(forms("<form><input name=a hidden><input name=b style='DISPLAY : none !important'>"
              "<textarea name=c style='color:red;visibility:hidden'></textarea></form>") ==
        " GET a:hidden= b:hidden= c:hidden=");
  CHECK(forms("<form><input name=a style='display:none;display:block'><input name=b style='display:inline'>"
              "<input name=c style='x-display:none'></form>") == " GET a:text= b:text= c:text=");
  // Boxes and buttons are as they were.
  CHECK(forms("<form><input type=checkbox name=a checked hidden><input type=submit name=b hidden value=x></form>") ==
        " GET a:checkbox=on* b:submit=x");
  // By what is around it: only beside a field that is seen.
  CHECK(forms("<form><div style='display:none'><p><input name=a></p></div><input name=b></form>") ==
        " GET a:hidden= b:text=");
  CHECK(forms("<body style='display:none'><form><input name=a><input type=password name=b></form>") ==
        " GET a:text= b:password=");
  // A password that is asked for after the name, and one that no person is to fill in.
  CHECK(forms("<form><input name=a><input type=password name=b hidden></form>") == " GET a:text= b:password=");
  CHECK(forms("<form><input name=a><input type=password name=b hidden><input type=password name=c></form>") ==
        " GET a:text= b:hidden= c:password=");
  // One that stands elsewhere in the page.
  CHECK(forms("<form id=f><input name=a></form><p hidden><input name=b form=f>") == " GET a:text= b:hidden=");
}

TEST_CASE("a list has the value of the option that is chosen") {
  CHECK(forms("<form><select name=s><option value=1>a<option value=2>b</select></form>") == " GET s:select=1");
  CHECK(forms("<form><select name=s><option>a<option selected> b\n c </select></form>") == " GET s:select=b c");
  CHECK(forms("<form><select name=s><optgroup label=x><option disabled>a<option value=q>b</optgroup>"
              "<option value=2 selected>c</select></form>") == " GET s:select=2");
  CHECK(forms("<form><select name=s></select></form>") == " GET s:select=");
}

TEST_CASE("to which form a field belongs") {
  CHECK(forms("<input name=before><form id=f action=1></form><input name=after><input name=by form=f>") ==
        "1 GET by:text=");
  CHECK(forms("<form action=1><input name=a></form><form action=2><input name=b></form>") ==
        "1 GET a:text=; 2 GET b:text=");
  CHECK(forms("<form action=1><form action=2><input name=a></form>") == "1 GET a:text=");
  CHECK(forms("<table><form action=1><tr><td><input name=a></td></tr></form></table>") == "1 GET a:text=");
  // The end tag closes no <div>, so what follows is still within it and the form around it (4.10.17.3).
  CHECK(forms("<form action=1><div><p><input name=a></form><input name=b>") == "1 GET a:text= b:text=");
  CHECK(forms("<template><form action=1><input name=a></form></template><form action=2></form>") == "2 GET");
  CHECK(forms("<noscript><form action=1 method=post><input type=hidden name=SAMLResponse "
              "value=PHNhbWw+></form></noscript>") == "1 POST SAMLResponse:hidden=PHNhbWw+");
  CHECK(forms("<!-- <form action=1></form> --><script>'<form action=2>'</script>") == "");
}

TEST_CASE("title, base and characters") {
  const auto page = read_html(
      "<title> Sign\n  in &ndash; caf\xC3\xA9 </title><base href='https://idp/'><base href=other>"
      "<form action='a&#x2F;b&plus;&sol;'><input name=\"x\" value=\"&quot;&eacute;&hellip;&alef;\xFF\"></form>");
  REQUIRE(page);
  CHECK(page->title == "Sign in \xE2\x80\x93 caf\xC3\xA9");
  CHECK(page->base == "https://idp/");
  REQUIRE(page->forms.size() == 1);
  CHECK(page->forms[0].action == "a/b+/");
  CHECK(page->forms[0].fields[0].value.reveal_text() == "\"\xC3\xA9\xE2\x80\xA6&alef;\xEF\xBF\xBD");
}

TEST_CASE("what goes on by itself, and what scripts do") {
  const auto refresh = [](std::string_view text) {
    const auto page = read_html(text);
    return page->refresh + (page->refresh_for_noscript ? " (noscript)" : "") + (page->scripts ? " scripts" : "");
  };
  CHECK(refresh("<meta http-equiv=Refresh content='3;url=/x'>") == "3;url=/x");
  CHECK(refresh("<noscript><meta http-equiv=refresh content=1></noscript>") == "1 (noscript)");
  CHECK(refresh("<noscript><meta http-equiv=refresh content=1></noscript><meta http-equiv=refresh content=2>") == "2");
  CHECK(refresh("<body><noscript><meta http-equiv=refresh content=1></noscript>") == "1 (noscript)");
  CHECK(refresh("<meta name=refresh content=1>") == "");
  CHECK(refresh("<script>x</script>") == " scripts");
  CHECK(refresh("<body onload='x()'>") == " scripts");
}

TEST_CASE("what is read on a button, and what it changes") {
  const auto page = read_html(
      "<form><button formaction=/a formmethod=POST> Sign <b>in\n</b></button><input type=submit value='Go on'>"
      "<button aria-label=Close></button><input type=image alt=Next formaction=''><input name=x formaction=/y></form>");
  const auto& fields = page->forms[0].fields;
  CHECK(fields[0].label == "Sign in");
  CHECK(fields[0].action == "/a");
  CHECK(fields[0].posts == true);
  CHECK(fields[1].label == "Go on");
  CHECK_FALSE(fields[1].posts.has_value());
  CHECK(fields[2].label == "Close");
  CHECK(fields[3].label == "Next");
  CHECK(fields[3].action == " ");
  CHECK(fields[4].action == "");
  std::string deep = "<form><button>";
  for (int i = 0; i < 200; ++i) {
    deep += "<i>";
  }
  CHECK(read_html(deep + "x</button></form>"));
}

TEST_CASE("pages that are too much are refused") {
  const auto many = [](std::string_view text, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) {
      all += text;
    }
    return all;
  };
  CHECK(forms(many("<div>", 10'000)) == "the page is nested deeper than 256");
  CHECK(forms(many("<p>", 100'000)) == "");
  CHECK(forms(many("<form></form>", 51)) == "the page has more than 50 forms");
  CHECK(forms("<form>" + many("<input>", 201)) == "the page has more than 200 fields");
  CHECK(forms(std::string(kHtmlLimit + 1, 'x')) == "the page is larger than 1024 KiB");
  CHECK(forms(std::string(kHtmlLimit, 'x')) == "");
  std::string open = "<p>";  // what it opens, every paragraph opens anew
  for (int i = 0; i < 250; ++i) {
    open += "<b id=" + std::to_string(i) + ">";
  }
  CHECK(forms(open + many("<p>x", 5000)) == "the page takes more than 64 MiB to read");
  CHECK(forms("") == "");
  CHECK(forms(std::string(1000, '\0')) == "");
}

}  // namespace touchsts::codec
