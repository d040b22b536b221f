#include "aws/iam.h"

#include <doctest/doctest.h>

#include "aws/endpoint.h"
#include "codec/hex.h"
#include "codec/url.h"

namespace touchsts::aws {
namespace {

std::string text(const Secret& secret) { return std::string(secret.reveal_text()); }

TEST_CASE("requests to IAM") {
  const CodePair codes{Secret(std::string_view("000123")), Secret(std::string_view("456789"))};
  constexpr std::string_view kSerial = "arn:aws:iam::123456789012:mfa/ada";
  CHECK(text(encode_create_virtual_mfa_device("a+b@c")) ==
        "Action=CreateVirtualMFADevice&Version=2010-05-08&VirtualMFADeviceName=a%2Bb%40c");
  CHECK(text(encode_enable_mfa_device("ada", kSerial, codes)) ==
        "Action=EnableMFADevice&Version=2010-05-08&UserName=ada&SerialNumber=arn%3Aaws%3Aiam%3A%3A123456789012%3Amfa%"
        "2Fada"
        "&AuthenticationCode1=000123&AuthenticationCode2=456789");
  CHECK(text(encode_resync_mfa_device("ada", "S", codes)).starts_with("Action=ResyncMFADevice&"));
  CHECK(text(encode_deactivate_mfa_device("ada", "S")) ==
        "Action=DeactivateMFADevice&Version=2010-05-08&UserName=ada&SerialNumber=S");
  CHECK(text(encode_delete_virtual_mfa_device("S")) ==
        "Action=DeleteVirtualMFADevice&Version=2010-05-08&SerialNumber=S");
  CHECK(text(encode_list_mfa_devices("ada")) == "Action=ListMFADevices&Version=2010-05-08&UserName=ada");
}

std::string created(std::string_view seed, std::string_view serial = "arn:aws:iam::123456789012:mfa/ada") {
  std::string body = "<CreateVirtualMFADeviceResponse><CreateVirtualMFADeviceResult><VirtualMFADevice><SerialNumber>";
  body += serial;
  body += "</SerialNumber><Base32StringSeed>";
  body += seed;
  body += "</Base32StringSeed></VirtualMFADevice></CreateVirtualMFADeviceResult></CreateVirtualMFADeviceResponse>";
  const auto device = parse_create_virtual_mfa_device(Secret(std::string_view(body)));
  return device ? device->serial + " " + codec::hex(device->seed.reveal()) : "!" + device.error().text;
}

TEST_CASE("the seed of a new device is base 32 in base 64, or base 32 alone") {
  constexpr std::string_view kMade = "arn:aws:iam::123456789012:mfa/ada 3132333435363738393031323334353637383930";
  CHECK(created("R0VaREdOQlZHWTNUUU9KUUdFWkRHTkJWR1kzVFFPSlE=") == kMade);
  CHECK(created("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") == kMade);
  for (const char* const seed : {"", "!", "MFRGG", "R0VaREdO"}) {
    CAPTURE(seed);
    CHECK(created(seed) == "!the answer of IAM does not hold a new MFA device");
  }
  CHECK(created("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "ada").starts_with("!"));
  CHECK(created("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ<?x?>GEZDGNBV").starts_with("!"));  // its first piece alone is a seed
  CHECK_FALSE(parse_create_virtual_mfa_device(Secret(std::string_view("<X/>"))));
  CHECK_FALSE(parse_create_virtual_mfa_device(Secret(std::string_view("<html>"))));
}

TEST_CASE("the list of devices, and answers that say nothing") {
  const auto listed = parse_list_mfa_devices(Secret(std::string_view(
      "<ListMFADevicesResponse><ListMFADevicesResult><MFADevices>"
      "<member><SerialNumber>a</SerialNumber><EnableDate>2026-01-02T03:04:05Z</EnableDate></member>"
      "<member><SerialNumber>b</SerialNumber></member></MFADevices></ListMFADevicesResult></ListMFADevicesResponse>")));
  REQUIRE(listed);
  REQUIRE(listed->size() == 2);
  CHECK((*listed)[0].serial == "a");
  CHECK((*listed)[0].enabled == "2026-01-02T03:04:05Z");
  CHECK((*listed)[1].serial == "b");
  CHECK(parse_done(Secret(std::string_view("<EnableMFADeviceResponse/>")), "EnableMFADevice"));
  CHECK_FALSE(parse_done(Secret(std::string_view("<EnableMFADeviceResponse/>")), "ResyncMFADevice"));
}

TEST_CASE("names of devices") {
  CHECK(check_device_name("ada.lovelace+key=1,2@x-y_z"));
  CHECK(check_device_name(std::string(128, 'a')));
  for (const std::string& name : {std::string(), std::string("a b"), std::string("a/b"), std::string(129, 'a')}) {
    CHECK_FALSE(check_device_name(name));
  }
}

TEST_CASE("what IAM refuses") {
  CHECK(refuses_pair({.status = 403, .code = "InvalidAuthenticationCode", .message = {}}));
  CHECK_FALSE(refuses_pair({.status = 403, .code = "AccessDenied", .message = {}}));
  CHECK(advise_iam({.status = 409, .code = "EntityAlreadyExists", .message = "x"}).hint.contains("--name"));
  CHECK(advise_iam({.status = 403, .code = "InvalidClientTokenId", .message = "x"}).hint.contains("access key"));
  const Error ill = advise_iam({.status = 503, .code = {}, .message = {}});
  CHECK(ill.fault == Fault::network);
  CHECK(ill.text == "IAM answered with HTTP status 503");
  CHECK(ill.hint.contains("try again"));
  const Error other = advise_iam({.status = 302, .code = {}, .message = {}});
  CHECK(other.fault == Fault::malformed);
  CHECK(other.hint.contains("between this machine and IAM"));
}

TEST_CASE("IAM has one host in each partition") {
  const auto host = [](std::string_view partition) {
    const auto endpoint = choose_iam_endpoint(partition, "", "");
    return endpoint->origin.host + " " + endpoint->signing_region;
  };
  CHECK(host("aws") == "iam.amazonaws.com us-east-1");
  CHECK(host("aws-cn") == "iam.cn-north-1.amazonaws.com.cn cn-north-1");
  CHECK(host("aws-us-gov") == "iam.us-gov.amazonaws.com us-gov-west-1");
  CHECK(host("aws-iso") == "iam.us-iso-east-1.c2s.ic.gov us-iso-east-1");
  CHECK(host("aws-iso-b") == "iam.us-isob-east-1.sc2s.sgov.gov us-isob-east-1");
  CHECK(choose_iam_endpoint("aws", "https://iam.amazonaws.com", "AWS_ENDPOINT_URL_IAM")->usual);
  CHECK_FALSE(choose_iam_endpoint("aws", "https://iam.amazonaws.com.evil.example", "AWS_ENDPOINT_URL_IAM")->usual);
}

}  // namespace
}  // namespace touchsts::aws
