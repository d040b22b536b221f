#include "aws/saml.h"

#include <format>
#include <string>

#include <doctest/doctest.h>

#include "base/untrusted.h"
#include "codec/base64.h"

namespace touchsts::aws {
namespace {

constexpr std::string_view kPrincipal = "arn:aws:iam::123456789012:saml-provider/Company";

std::string attribute(std::string_view name, std::string_view values) {
  return std::format(
      "<saml2:Attribute Name=\"https://aws.amazon.com/SAML/Attributes/{}\">{}</saml2:Attribute>", name, values);
}

std::string value(std::string_view text) {
  return std::format("<saml2:AttributeValue xsi:type=\"xs:string\">{}</saml2:AttributeValue>", text);
}

std::string role(std::string_view name) { return std::format("arn:aws:iam::123456789012:role/{}", name); }

Secret response(std::string_view attributes) {
  const std::string xml = std::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?><saml2p:Response "
      "xmlns:saml2p=\"urn:oasis:names:tc:SAML:2.0:protocol\">"
      "<saml2:Assertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" "
      "xmlns:xsi=\"x\"><saml2:Issuer>idp</saml2:Issuer>"
      "<saml2:AttributeStatement>{}</saml2:AttributeStatement></saml2:Assertion></saml2p:Response>",
      attributes);
  return codec::base64_encode(std::as_bytes(std::span(xml)));
}

std::string problem(const Secret& saml_response) {
  const auto assertion = read_assertion(saml_response);
  return assertion ? "" : assertion.error().text;
}

}  // namespace

TEST_CASE("the roles of an assertion, in either order, each once") {
  const auto assertion =
      read_assertion(response(attribute("Role",
                                        value(std::format("{},{}", role("a/b"), kPrincipal)) +
                                            value(std::format(" {} ,\n{} ", kPrincipal, role("c"))) +
                                            value(std::format("{},{}", role("a/b"), kPrincipal)) + value("nonsense") +
                                            value(std::format("{},{}", role("d"), role("e")))) +
                              attribute("RoleSessionName", value(std::format("{},{}", role("no"), kPrincipal))) +
                              attribute("SessionDuration", value("7200"))));
  REQUIRE(assertion);
  CHECK(assertion->roles ==
        std::vector<SamlRole>{{role("a/b"), std::string(kPrincipal)}, {role("c"), std::string(kPrincipal)}});
  CHECK(assertion->session_duration == Seconds(7200));
  CHECK(choose_role(*assertion, role("c"))->principal_arn == kPrincipal);
  const auto none = choose_role(*assertion, role("C"));
  REQUIRE_FALSE(none);
  CHECK(none.error().text == std::format("the identity provider does not let you have role {}", role("C")));
  CHECK(none.error().hint == std::format("it offers {}, {}", role("a/b"), role("c")));
}

TEST_CASE("a role may be named by its beginning") {
  const auto made = [](std::string_view name) {
    return SamlRole{std::format("arn:aws:iam::123456789012:role/{}", name),
                    "arn:aws:iam::123456789012:saml-provider/x"};
  };
  const Assertion assertion{.roles = {made("dev"), made("developers"), made("team/Ops"), made("team/dev")}};
  const auto matching = [&assertion](std::string_view beginning) {
    std::string names;
    if (const auto roles = matching_roles(assertion, beginning)) {
      for (const auto& role : *roles) {
        names += role.role_arn.substr(role.role_arn.find('/') + 1) + " ";
      }
    }
    return names;
  };
  CHECK(matching("") == "dev developers team/Ops team/dev ");
  CHECK(matching("dev") == "dev team/dev ");
  CHECK(matching("deve") == "developers ");
  CHECK(matching("de") == "dev developers team/dev ");
  CHECK(matching("OPS") == "team/Ops ");
  CHECK(matching("team/") == "team/Ops team/dev ");
  CHECK(matching("team/dev") == "team/dev ");
  CHECK(matching("ps").empty());
  CHECK(matching_roles(assertion, "none").error().fault == Fault::denied);
}

TEST_CASE("a role may be alone, without prefixes, in another partition and broken into lines") {
  const std::string xml =
      "<Response><Assertion><AttributeStatement><Attribute Name=\"https://aws.amazon.com/SAML/Attributes/Role\">"
      "<AttributeValue>arn:aws-cn:iam::123456789012:saml-provider/x,arn:aws-cn:iam::123456789012:role/y</"
      "AttributeValue>"
      "</Attribute></AttributeStatement></Assertion></Response>";
  std::string text(codec::base64_encode(std::as_bytes(std::span(xml))).reveal_text());
  for (std::size_t at = 76; at < text.size(); at += 78) {
    text.insert(at, "\r\n");
  }
  const auto assertion = read_assertion(Secret(text));
  REQUIRE(assertion);
  CHECK(assertion->roles ==
        std::vector<SamlRole>{{"arn:aws-cn:iam::123456789012:role/y", "arn:aws-cn:iam::123456789012:saml-provider/x"}});
  CHECK_FALSE(assertion->session_duration);
}

TEST_CASE("what is no assertion for AWS") {
  CHECK(problem(Secret()) == "the SAML assertion is not base 64");
  CHECK(problem(Secret("<Response/>")) == "the SAML assertion is not base 64");
  CHECK(problem(Secret(std::string(kLargestAssertion + 1, 'A'))) ==
        "the SAML assertion is larger than the 100000 characters that STS takes");
  CHECK(problem(Secret("AAAA")).starts_with("the SAML assertion: "));
  CHECK(problem(response("")) == "the SAML assertion has no role of AWS");
  CHECK(problem(response(attribute("Role", value("nonsense")))) == "the SAML assertion has no role of AWS");
  CHECK(problem(response("<saml2:EncryptedAssertion/>")) ==
        "the SAML assertion is encrypted: its roles cannot be read");
}

TEST_CASE("comments, CDATA and processing instructions are read as XML has them, and none cuts a text") {
  const auto role_of = [](std::string_view text) {
    const auto assertion = read_assertion(response(attribute("Role", value(text))));
    return assertion ? assertion->roles.front().role_arn : assertion.error().text;
  };
  CHECK(role_of(std::format("<!-- a --> {},{} <!-- b -->", role("a"), kPrincipal)) == role("a"));
  CHECK(role_of(std::format("<![CDATA[{}]]>,{}", role("a"), kPrincipal)) == role("a"));
  CHECK(role_of(std::format("{}<?x y?>bc,{}", role("a"), kPrincipal)) == role("abc"));
  CHECK(role_of(std::format("{}<?x?> <![CDATA[]]>,{}", role("a"), kPrincipal)) == role("a"));
  CHECK(role_of(std::format("{},{}<?x?>", role("a"), kPrincipal)) == role("a"));
  CHECK(role_of(std::format("{}&#x61;<![CDATA[b]]>c,{}", role("a"), kPrincipal)) == role("aabc"));
  // The canonical-text attack: what is signed has no comment, and "admin" is what careless readers see of it.
  for (const std::string_view comment : {"<!-- -->", "<!----><?x?>", "<![CDATA[]]><!-- -->", "<!-- a --><!-- b -->"}) {
    CHECK(role_of(std::format("{}{}-of-nothing,{}", role("admin"), comment, kPrincipal)) ==
          "the SAML assertion: XML with a comment inside a text");
  }
  // A character zero would end the text as well.
  CHECK(role_of(std::format("{}&#0;x,{}", role("a"), kPrincipal)) ==
        "the SAML assertion: XML with an entity that it does not declare");
  const auto problem_of = [](std::string xml) { return problem(codec::base64_encode(std::as_bytes(std::span(xml)))); };
  CHECK(problem_of("<!DOCTYPE Response [<!ENTITY r \"x\">]><Response/>") ==
        "the SAML assertion: XML with a document type or another declaration");
  CHECK(problem_of("<!doctype Response><Response/>").contains("document type"));
  CHECK(problem_of("<Response>&r;</Response>").contains("entity"));
  CHECK(problem_of("<Response/><Response/>").contains("roots"));
  CHECK(problem_of("<Response a='1' a='2'/>").contains("twice"));
  CHECK(problem_of("<!-- a --><?b?><Response/><!-- c -->") == "the SAML assertion has no role of AWS");
}

TEST_CASE("names of roles may have commas, and are never empty") {
  const auto role_of = [](const std::string& text) {
    const auto assertion = read_assertion(response(attribute("Role", value(text))));
    return assertion ? assertion->roles.front().role_arn : assertion.error().text;
  };
  CHECK(role_of(std::format("{},{}", role("a,b"), kPrincipal)) == role("a,b"));
  CHECK(role_of(std::format("{},{}", kPrincipal, role("a,b"))) == role("a,b"));
  for (const auto& text : {std::format("{},{}", role(""), kPrincipal),
                           std::format("{},{}", role("a/"), kPrincipal),
                           std::format("{},{},x", role("a"), kPrincipal),
                           std::format("x,{},{}", role("a"), kPrincipal)}) {
    CHECK_MESSAGE(role_of(text) == "the SAML assertion has no role of AWS", text);
  }
}

TEST_CASE("a value counts in SAML's namespace, in an attribute of its own") {
  const std::string text = std::format("{},{}", role("a"), kPrincipal);
  CHECK(problem(response(std::format("<saml2:Attribute Name=\"https://aws.amazon.com/SAML/Attributes/Role\">"
                                     "<x:AttributeValue xmlns:x=\"urn:other\">{}</x:AttributeValue></saml2:Attribute>",
                                     text))) == "the SAML assertion has no role of AWS");
  CHECK(problem(response(std::format("<saml2:Note Name=\"https://aws.amazon.com/SAML/Attributes/Role\">{}</saml2:Note>",
                                     value(text)))) == "the SAML assertion has no role of AWS");
  CHECK(problem(response(std::format("<s:Attribute xmlns:s=\"urn:oasis:names:tc:SAML:2.0:assertion\" "
                                     "Name=\"https://aws.amazon.com/SAML/Attributes/Role\">{}</s:Attribute>",
                                     value(text))))
            .empty());
}

TEST_CASE("line ends do not count for the largest assertion") {
  std::string xml(response(attribute("Role", value(std::format("{},{}", role("a"), kPrincipal)))).reveal_text());
  const std::size_t size = xml.size();
  for (std::size_t at = 1; at < xml.size(); at += 2) {
    xml.insert(at, "\n");
  }
  const std::string padded = xml + std::string(kLargestAssertion, '\n');
  CHECK(padded.size() > kLargestAssertion + size);
  CHECK(problem(Secret(padded)).empty());
}

TEST_CASE("a refusal is shown in the identity provider's words") {
  const auto refusal = [](std::string_view inside) {
    const std::string xml = std::format(
        "<p:Response xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\"><p:Status>{}</p:Status></p:Response>", inside);
    const auto read = read_assertion(codec::base64_encode(std::as_bytes(std::span(xml))));
    REQUIRE_FALSE(read);
    CHECK(read.error().fault == Fault::denied);
    return read.error().text;
  };
  constexpr std::string_view kCode =
      "<p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"><p:StatusCode "
      "Value=\"urn:oasis:names:tc:SAML:2.0:status:RequestDenied\"/></p:StatusCode>";
  CHECK(refusal(kCode) == "the identity provider refused the sign-in: RequestDenied");
  CHECK(refusal("<p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Requester\"/>") ==
        "the identity provider refused the sign-in: Requester");
  CHECK(refusal(std::string(kCode) + "<p:StatusMessage> Ada &lt;may&gt; not\xE2\x80\xAE\n </p:StatusMessage>") ==
        std::format("the identity provider refused the sign-in: {}", printable("Ada <may> not\xE2\x80\xAE")));
}

TEST_CASE("a duration that STS would not take is not asked for") {
  for (const std::string_view seconds : {"899", "43201", "-1", "x", "", "7200s", "99999999999"}) {
    const auto assertion =
        read_assertion(response(attribute("Role", value(std::format("{},{}", role("a"), kPrincipal))) +
                                attribute("SessionDuration", value(seconds))));
    REQUIRE(assertion);
    CHECK_FALSE(assertion->session_duration);
  }
}

TEST_CASE("AssumeRoleWithSAML, and its answer") {
  SamlRoleRequest request{
      .role = {role("a"), std::string(kPrincipal)}, .policy = "", .policy_arns = {}, .duration = std::nullopt};
  CHECK(encode_assume_role_with_saml(request, Secret("PHN\r\nh+/==")).reveal_text() ==
        "Action=AssumeRoleWithSAML&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fa"
        "&PrincipalArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Asaml-provider%2FCompany&SAMLAssertion=PHNh%2B%2F%3D%3D");
  request.duration = Seconds(900);
  request.policy = "{}";
  request.policy_arns = {"arn:aws:iam::aws:policy/ReadOnlyAccess"};
  CHECK(encode_assume_role_with_saml(request, Secret("AA"))
            .reveal_text()
            .ends_with("&SAMLAssertion=AA&DurationSeconds=900&Policy=%7B%7D&PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%"
                       "3Aaws%3Apolicy%2FReadOnlyAccess"));
  const auto made = parse_credentials(
      Secret(
          "<AssumeRoleWithSAMLResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithSAMLResult>"
          "<Audience>https://signin.aws.amazon.com/saml</Audience><Credentials><AccessKeyId>ASIAEXAMPLEEXAMPLE12</"
          "AccessKeyId>"
          "<SecretAccessKey>c2Vj</SecretAccessKey><SessionToken>dG9r</SessionToken><Expiration>2023-11-14T23:13:20Z</"
          "Expiration>"
          "</Credentials><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/a/ada</Arn></AssumedRoleUser>"
          "</AssumeRoleWithSAMLResult></AssumeRoleWithSAMLResponse>"),
      Time{Seconds(1'700'000'000)});
  REQUIRE(made);
  CHECK(made->access_key_id == "ASIAEXAMPLEEXAMPLE12");
  CHECK(made->account_id == "123456789012");
}

}  // namespace touchsts::aws
