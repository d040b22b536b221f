#include "aws/sts.h"

#include <doctest/doctest.h>

#include "aws/arn.h"

namespace touchsts::aws {
namespace {

constexpr Time kNow{Seconds(1'700'000'000)};  // 2023-11-14T22:13:20Z

std::string answer(std::string_view expiration,
                   std::string_view key_id = "ASIAEXAMPLEEXAMPLE12",
                   std::string_view token = "FwoGZXIv/+==") {
  return std::format(
      R"(<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
      <AssumedRoleUser><AssumedRoleId>AROA:x</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/ops/x</Arn></AssumedRoleUser>
      <Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>c2Vj/+</SecretAccessKey><SessionToken>{}</SessionToken>
      <Expiration>{}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>)",
      key_id,
      token,
      expiration);
}

std::string failure(std::string_view code, std::string_view message) {
  return std::format(
      "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>",
      code,
      message);
}

std::vector<Tag> many_tags(std::size_t count) {
  std::vector<Tag> tags;
  for (std::size_t i = 0; i < count; ++i) {
    tags.push_back({std::format("k{}", i), std::string(256, 'v')});
  }
  return tags;
}

RoleRequest good_request() {
  RoleRequest request;
  request.role_arn = "arn:aws:iam::123456789012:role/path/ops";
  return request;
}

}  // namespace

TEST_CASE("an AssumeRole answer becomes credentials") {
  const auto made = parse_credentials(Secret(answer("2023-11-14T23:13:20Z")), kNow);
  REQUIRE(made);
  CHECK(made->access_key_id == "ASIAEXAMPLEEXAMPLE12");
  CHECK(made->secret_access_key.reveal_text() == "c2Vj/+");
  CHECK(made->session_token.reveal_text() == "FwoGZXIv/+==");
  CHECK(made->expires == kNow + Seconds(3600));
  CHECK(made->account_id == "123456789012");
}

TEST_CASE("keys and tokens are as other services make them") {
  for (const std::string_view text :
       {"x", "eyJhbGciOiJIUzUxMiJ9.eyJhIjoxfQ.a-b_c", "a.b", "ASIA\"}", "'$(x)`", "a=b;c"}) {
    for (const std::string_view expiration :
         {"2023-11-14T23:13:20+0000", "2023-11-14T23:13:20.123456789Z", "2023-11-15T00:13:20.5+01:00"}) {
      const auto made = parse_credentials(Secret(answer(expiration, text, text)), kNow);
      REQUIRE(made);
      CHECK(made->access_key_id == text);
      CHECK(made->session_token.reveal_text() == text);
      CHECK(made->expires == kNow + Seconds(3600));
    }
  }
}

TEST_CASE("answers that are not credentials are malformed") {
  const std::string cases[] = {answer("2023-11-14T22:13:20Z"),  // now: of no use
                               answer("2023-11-16T11:13:20Z"),  // 37 hours ahead
                               answer("soon"),
                               answer("2023-11-14T23:13:20Z", "ASIA\x7f"),
                               answer("2023-11-14T23:13:20Z", "ASIA", "caf\u00e9"),
                               answer("2023-11-14T23:13:20Z", "ASIA", std::string(16'385, 'x')),
                               answer("2023-11-14T23:13:20Z", "ASIAEXAMPLEEXAMPLE12", "a b"),
                               answer("2023-11-14T23:13:20Z", "ASIAEXAMPLEEXAMPLE12", ""),
                               answer("2023-11-14T23:13:20Z", "ASIAEXAMPLE<?x?>EXAMPLE12"),
                               answer("2023-11-14T23:13:20Z", "ASIAEXAMPLEEXAMPLE12", "FwoGZXIv<x/>rest"),
                               "<html>no</html>",
                               "",
                               "{\"Credentials\":{}}",
                               "<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>"};
  for (const auto& body : cases) {
    CAPTURE(body);
    const auto made = parse_credentials(Secret(body), kNow);
    REQUIRE_FALSE(made);
    CHECK(made.error().fault == Fault::malformed);
  }
}

TEST_CASE("requests carry every parameter, encoded, and nothing that was not asked for") {
  CHECK(encode_get_session_token(std::nullopt, nullptr).reveal_text() == "Action=GetSessionToken&Version=2011-06-15");
  const Secret code(std::string_view("123456"));
  const MfaProof proof{"arn:aws:iam::123456789012:mfa/ada", code};
  CHECK(encode_get_session_token(Seconds(900), &proof).reveal_text() ==
        "Action=GetSessionToken&Version=2011-06-15&DurationSeconds=900&SerialNumber=arn%3Aaws%3Aiam%3A%3A123456789012%"
        "3Amfa%2Fada&TokenCode=123456");

  auto request = good_request();
  CHECK(encode_assume_role(request, "me", nullptr).reveal_text() ==
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fpath%2Fops&"
        "RoleSessionName=me");
  request.external_id = "e";
  request.policy = "{ }";
  request.source_identity = "si";
  request.policy_arns = {"p1", "p2"};
  request.tags = {{"k", "v w"}};
  request.transitive_tag_keys = {"k"};
  request.contexts = {{"c", "a"}};
  request.duration = Seconds(1800);
  CHECK(encode_assume_role(request, "me", &proof).reveal_text() ==
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fpath%2Fops&"
        "RoleSessionName=me"
        "&DurationSeconds=1800&ExternalId=e&Policy=%7B%20%7D&SourceIdentity=si&PolicyArns.member.1.arn=p1&PolicyArns."
        "member.2.arn=p2"
        "&Tags.member.1.Key=k&Tags.member.1.Value=v%20w&TransitiveTagKeys.member.1=k&ProvidedContexts.member.1."
        "ProviderArn=c"
        "&ProvidedContexts.member.1.ContextAssertion=a&SerialNumber=arn%3Aaws%3Aiam%3A%3A123456789012%3Amfa%2Fada&"
        "TokenCode=123456");
}

TEST_CASE("every limit of AssumeRole is held, at its edge") {
  const auto ok = [](auto change) {
    auto request = good_request();
    change(request);
    return check_role_request(request).has_value();
  };
  CHECK(ok([](RoleRequest&) {}));
  CHECK_FALSE(ok([](RoleRequest& r) { r.role_arn = "arn:aws:iam::123456789012:user/x"; }));
  CHECK_FALSE(ok([](RoleRequest& r) { r.role_arn = "ops"; }));
  CHECK_FALSE(ok([](RoleRequest& r) { r.role_arn += "\n"; }));
  CHECK(ok([](RoleRequest& r) { r.session_name = std::string(64, 'a'); }));
  CHECK_FALSE(ok([](RoleRequest& r) { r.session_name = std::string(65, 'a'); }));
  CHECK_FALSE(ok([](RoleRequest& r) { r.session_name = "a"; }));
  CHECK_FALSE(ok([](RoleRequest& r) { r.session_name = "a b"; }));
  CHECK(ok([](RoleRequest& r) { r.external_id = std::string(1224, 'x'); }));
  CHECK_FALSE(ok([](RoleRequest& r) { r.external_id = std::string(1225, 'x'); }));
  CHECK_FALSE(ok([](RoleRequest& r) { r.source_identity = "x"; }));
  CHECK(ok([](RoleRequest& r) { r.policy = "{" + std::string(2046, ' ') + "}"; }));
  CHECK_FALSE(ok([](RoleRequest& r) { r.policy = "{" + std::string(2047, ' ') + "}"; }));
  for (const char* const none : {"x", "[]", "{", "{}}", "{\"a\":}", "\"{}\"", " "}) {
    CHECK_FALSE(ok([none](RoleRequest& r) { r.policy = none; }));
  }
  CHECK(ok([](RoleRequest& r) { r.tags = {{"Cost Center", "a b_.:/=+-@"}, {"caf\u00e9", ""}}; }));
  CHECK_FALSE(ok([](RoleRequest& r) { r.tags = {{"a", "b"}, {"A", "c"}}; }));
  for (const char* const unfit : {"a,b", "a#b", "a\tb", "a\"b", "a*"}) {
    CHECK_FALSE(ok([unfit](RoleRequest& r) { r.tags = {{unfit, "x"}}; }));
    CHECK_FALSE(ok([unfit](RoleRequest& r) { r.tags = {{"x", unfit}}; }));
  }
  CHECK(ok([](RoleRequest& r) { r.policy_arns.assign(10, "arn:aws:iam::aws:policy/ReadOnlyAccess"); }));
  CHECK_FALSE(ok([](RoleRequest& r) { r.policy_arns.assign(11, "arn:aws:iam::aws:policy/ReadOnlyAccess"); }));
  CHECK(ok([](RoleRequest& r) { r.tags = many_tags(50); }));
  CHECK_FALSE(ok([](RoleRequest& r) { r.tags = many_tags(51); }));
  CHECK_FALSE(ok([](RoleRequest& r) { r.tags = {{std::string(129, 'k'), "v"}}; }));
  CHECK_FALSE(ok([](RoleRequest& r) { r.tags = {{"k", std::string(257, 'v')}}; }));
  CHECK_FALSE(ok([](RoleRequest& r) { r.transitive_tag_keys = {"k"}; }));
  CHECK_FALSE(ok([](RoleRequest& r) { r.contexts.assign(6, {"arn:aws:iam::aws:contextProvider/X", "aaaa"}); }));
  CHECK(ok([](RoleRequest& r) { r.duration = Seconds(900); }));
  CHECK(ok([](RoleRequest& r) { r.duration = Seconds(43200); }));
  CHECK_FALSE(ok([](RoleRequest& r) { r.duration = Seconds(899); }));
  CHECK_FALSE(ok([](RoleRequest& r) { r.duration = Seconds(43201); }));
}

TEST_CASE("an MFA code is six digits; the key's own OTP is explained") {
  CHECK(check_token_code("012345"));
  for (const std::string_view code : {"", "12345", "1234567", "12345a", "12 456", "-12345"}) {
    CHECK_FALSE(check_token_code(code));
  }
  const auto otp = check_token_code("cccccccccccbcdefghijklnrtuvcbdefghijklnrtuvc");
  REQUIRE_FALSE(otp);
  CHECK(otp.error().text.contains("Yubico OTP"));
}

TEST_CASE("MFA serials: virtual devices and hardware, but no security keys") {
  CHECK(check_mfa_serial("arn:aws:iam::123456789012:mfa/ada"));
  CHECK(check_mfa_serial("arn:aws-cn:iam::123456789012:mfa/path/ada"));
  CHECK(check_mfa_serial("GAHT12345678"));
  for (const std::string_view serial : {"arn:aws:iam::123456789012:user/ada",
                                        "arn:aws:iam::12345:mfa/ada",
                                        "arn:aws:iam::123456789012:mfa/",
                                        "ada",
                                        "short",
                                        "with blank 123"}) {
    CAPTURE(serial);
    CHECK_FALSE(check_mfa_serial(serial));
  }
  CHECK(check_mfa_serial("arn:aws:iam::123456789012:u2f/user/ada/x").error().hint.contains("passkeys"));
}

TEST_CASE("a name of another service's device is printable and has no blanks") {
  CHECK(check_name_form("MyMFA1"));
  CHECK(check_name_form(std::string(256, 'x')));
  for (const auto& serial :
       {std::string("with blank"), std::string("tab\t"), std::string("caf\xC3\xA9"), std::string(257, 'x')}) {
    CHECK_FALSE(check_name_form(serial));
  }
}

TEST_CASE("errors in the shapes of other services") {
  const auto text = [](std::string body) { return advise_sts(parse_service_error(403, Secret(body))).text; };
  CHECK(text("<ErrorResponse><Error><Code>A</Code><Message>b</Message></Error></ErrorResponse>") == "STS: A: b");
  CHECK(text("<Response><Errors><Error><Code>A</Code><Message>b</Message></Error></Errors></Response>") == "STS: A: b");
  CHECK(text("<ErrorResponse><Errors><Error><Code>A</Code><Message>b</Message></Error></Errors></ErrorResponse>") ==
        "STS: A: b");
  CHECK(text("<Error><Code>NoSuchEntity</Code><Message/><RequestId>x</RequestId></Error>") == "STS: NoSuchEntity");
  CHECK(text("<Error><Code>NoSuchEntity</Code></Error>") == "STS: NoSuchEntity");
  CHECK(text("<Error><Code/></Error>") == "STS answered with HTTP status 403");
  CHECK(text("no XML") == "STS answered with HTTP status 403");
  // In JSON, as AWS's newer services and gateways in front of the older ones write it.
  CHECK(text(R"({"__type":"AccessDeniedException","message":"no"})") == "STS: AccessDeniedException: no");
  CHECK(text(R"({"__type":"com.amazonaws.sts#ExpiredToken","Message":"old"})") == "STS: ExpiredToken: old");
  CHECK(text(R"({"message":"x","code":"A","more":[{"code":"B"}]})") == "STS: A: x");
  CHECK(text(R"({"Error":{"Code":"Throttling","Message":"slow","Type":"Sender"},"RequestId":"x"})") ==
        "STS: Throttling: slow");
  CHECK(text(R"({"error":{"code":"A","message":"b"}})") == "STS: A: b");
  CHECK(text("\r\n{\"__type\": \"A\"}\n") == "STS: A");
  CHECK(text(R"({"message":"Forbidden"})") == "STS answered with HTTP status 403: Forbidden");
  CHECK(text(R"({"Error":{"Code":7}})") == "STS answered with HTTP status 403");
  CHECK(text(R"({"__type":"A")") == "STS answered with HTTP status 403");
  CHECK_FALSE(text("{\"__type\":\"A\\u001b[2J\",\"message\":\"\\u001b\"}").contains('\x1B'));
  CHECK(remedy_for(parse_service_error(
            400, Secret(std::string_view(R"({"__type":"ThrottlingException","message":"slow"})")))) ==
        Remedy::try_again);
}

TEST_CASE("what STS refuses is worded, mended or tried again") {
  const auto error = [](int status, std::string_view code, std::string_view message) {
    return parse_service_error(status, Secret(failure(code, message)));
  };
  const auto bad_code =
      error(403, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ");
  CHECK(refuses_code(bad_code));
  CHECK(advise_sts(bad_code).fault == Fault::denied);
  CHECK(advise_sts(bad_code).hint.contains("next code"));
  CHECK(remedy_for(bad_code) == Remedy::give_up);
  CHECK(remedy_for(error(403, "SignatureDoesNotMatch", "Signature expired: 1 is now earlier than 2")) ==
        Remedy::correct_clock);
  CHECK(remedy_for(error(403, "SignatureDoesNotMatch", "Signature not yet current: 1")) == Remedy::correct_clock);
  CHECK(remedy_for(error(400, "RequestExpired", "")) == Remedy::correct_clock);
  CHECK(remedy_for(error(400, "Throttling", "Rate exceeded")) == Remedy::try_again);
  CHECK(remedy_for(parse_service_error(503, Secret())) == Remedy::try_again);
  CHECK(remedy_for(error(403, "AccessDenied", "no")) == Remedy::give_up);
  CHECK(advise_sts(
            error(400,
                  "ValidationError",
                  "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"))
            .hint.contains("3600"));
  CHECK(advise_sts(parse_service_error(502, Secret(std::string_view("<html>")))).fault == Fault::network);
  CHECK(advise_sts(parse_service_error(302, Secret())).fault == Fault::malformed);
  CHECK_FALSE(advise_sts(error(400, "Evil\x1B[2J", "x\ny")).text.contains('\x1B'));
  for (const auto& [code, part] : {std::pair("InvalidClientTokenId", "access key"),
                                   std::pair("ExpiredToken", "expired"),
                                   std::pair("RegionDisabledException", "region"),
                                   std::pair("PackedPolicyTooLarge", "policy"),
                                   std::pair("MalformedPolicyDocument", "policy"),
                                   std::pair("SignatureDoesNotMatch", "secret access key")}) {
    CAPTURE(code);
    CHECK(advise_sts(error(400, code, "m")).hint.contains(part));
  }
}

}  // namespace touchsts::aws
