#include "saml/sent_secrets.h"

#include <doctest/doctest.h>

namespace touchsts::saml {

TEST_CASE("text that repeats a secret is found in every way that pages write it") {
  SentSecrets sent;
  CHECK_FALSE(sent.repeated_in("anything"));
  sent.add(Secret(std::string_view(" Pass  <w&\"ord'> ")));
  for (const std::string_view text : {"was: Pass <w&\"ord'>.",
                                      " Pass  <w&\"ord'> ",
                                      "PASS <W&\"ORD'>",
                                      "Pass &lt;w&amp;&quot;ord&#39;&gt;",
                                      "Pass &lt;w&amp;&#34;ord&apos;&gt;",
                                      "Pass &lt;w&amp;&#34;ord&#x27;&gt;",
                                      "/e?p=Pass%20%3Cw%26%22ord%27%3E",
                                      "/e?p=Pass+%3cw%26%22ord'%3e&x=1"}) {
    CHECK_MESSAGE(sent.repeated_in(text), text);
    CHECK(sent.shown(text) == "[hidden: it contains a password or code]");
  }
  for (const std::string_view text : {"", "Pass", "%", "%4", "%zz", "&amp", "&", "Password"}) {
    CHECK_MESSAGE(!sent.repeated_in(text), text);
    CHECK(sent.shown(text) == text);
  }
}

TEST_CASE("text in windows-1252 that repeats a secret is found, too") {
  SentSecrets sent;
  sent.add(Secret(std::string_view("caf\xC3\xA9 +1")));
  for (const std::string_view text : {"/e?p=caf%E9%20%2B1",
                                      "/e?p=caf%e9+%2B1&x=1",
                                      "caf\xE9 +1",
                                      "/e?p=caf%C3%A9+%2B1",
                                      "caf&eacute; caf\xC3\xA9 +1"}) {
    CHECK_MESSAGE(sent.repeated_in(text), text);
  }
  CHECK_FALSE(sent.repeated_in("caf%E8%20%2B1"));
}

TEST_CASE("what is too short to be a secret hides nothing") {
  SentSecrets sent;
  for (const std::string_view text : {"", "a", "no", " a "}) {
    sent.add(Secret(text));
  }
  CHECK_FALSE(sent.repeated_in("no animal"));
  sent.add(Secret(std::string_view("cat")));
  CHECK(sent.repeated_in("Category"));
}

TEST_CASE("an error that quotes a secret is replaced, others stay") {
  SentSecrets sent;
  sent.add(Secret(std::string_view("geheim")));
  const auto text = [&](std::string_view quoted) {
    return sent.checked(Result<int>(fail(Fault::malformed, "'{}' is bad", quoted)), quoted).error().text;
  };
  CHECK(text("x") == "'x' is bad");
  CHECK(text("geheim") == "[hidden: it contains a password or code]");
  CHECK(sent.checked(Result<int>(1), "geheim") == 1);
}

}  // namespace touchsts::saml
