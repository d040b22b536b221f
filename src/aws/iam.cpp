#include "aws/iam.h"

#include <algorithm>

#include "aws/arn.h"
#include "aws/form.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "codec/base32.h"
#include "codec/base64.h"
#include "codec/xml.h"

namespace touchsts::aws {
namespace {

constexpr std::string_view kVersion = "2010-05-08";
constexpr std::size_t kMostDevices = 64;
constexpr std::size_t kShortestSeed = 10;  // bytes
constexpr std::size_t kLongestSeed = 128;

Secret with_codes(std::string_view action, std::string_view user, std::string_view serial, const CodePair& codes) {
  Form form(action, kVersion);
  form.field("UserName", user);
  form.field("SerialNumber", serial);
  form.field("AuthenticationCode1", codes.first.reveal_text());
  form.field("AuthenticationCode2", codes.second.reveal_text());
  return form.take();
}

Result<codec::Xml> answer_to(Secret body, std::string_view action) {
  auto xml = TRY(within("the answer of IAM", codec::Xml::parse(std::move(body))));
  if (xml.root_name() != formatted("{}Response", action)) {
    return fail(Fault::malformed, "the answer of IAM is a '{}'", Untrusted{xml.root_name()});
  }
  return xml;
}

// A seed is base 32, and as a blob of the Query protocol that text is base 64 again.
std::optional<Secret> seed_of(std::string_view text) {
  if (auto inner = codec::base64_decode_lines(text)) {
    auto seed = codec::base32_decode({reinterpret_cast<const char*>(inner->data()), inner->size()});
    wipe(*inner);
    if (seed) {
      return seed;
    }
  }
  return codec::base32_decode(text);
}

constexpr Advice kOfIam[] = {
    {"AccessDenied", "", Fault::denied, "your policies must allow iam:*MFADevice* for your own user"},
    {"EntityAlreadyExists", "", Fault::denied, "a device of this name is there already: choose another with --name"},
    {"NoSuchEntity", "", Fault::denied, "IAM knows no such device or user (touchsts mfa list)"},
    {"InvalidAuthenticationCode",
     "",
     Fault::denied,
     "the codes are not two neighbouring ones of this device, or the clock is off"},
    {"LimitExceeded", "", Fault::denied, "a user has eight MFA devices at most"},
    {"EntityTemporarilyUnmodifiable", "", Fault::network, "try again in a moment"},
};

}  // namespace

Secret encode_create_virtual_mfa_device(std::string_view name) {
  Form form("CreateVirtualMFADevice", kVersion);
  form.field("VirtualMFADeviceName", name);
  return form.take();
}

Secret encode_enable_mfa_device(std::string_view user, std::string_view serial, const CodePair& codes) {
  return with_codes("EnableMFADevice", user, serial, codes);
}

Secret encode_resync_mfa_device(std::string_view user, std::string_view serial, const CodePair& codes) {
  return with_codes("ResyncMFADevice", user, serial, codes);
}

Secret encode_deactivate_mfa_device(std::string_view user, std::string_view serial) {
  Form form("DeactivateMFADevice", kVersion);
  form.field("UserName", user);
  form.field("SerialNumber", serial);
  return form.take();
}

Secret encode_delete_virtual_mfa_device(std::string_view serial) {
  Form form("DeleteVirtualMFADevice", kVersion);
  form.field("SerialNumber", serial);
  return form.take();
}

Secret encode_list_mfa_devices(std::string_view user) {
  Form form("ListMFADevices", kVersion);
  form.field("UserName", user);
  return form.take();
}

Result<VirtualMfaDevice> parse_create_virtual_mfa_device(Secret body) {
  const auto xml = TRY(answer_to(std::move(body), "CreateVirtualMFADevice"));
  const auto serial = xml.text("CreateVirtualMFADeviceResult/VirtualMFADevice/SerialNumber");
  const auto text = xml.text("CreateVirtualMFADeviceResult/VirtualMFADevice/Base32StringSeed");
  auto seed = text ? seed_of(*text) : std::nullopt;
  if (!serial || !parse_arn(*serial) || !seed || seed->size() < kShortestSeed || seed->size() > kLongestSeed) {
    return fail(Fault::malformed, "the answer of IAM does not hold a new MFA device");
  }
  return VirtualMfaDevice{.serial = std::string(*serial), .seed = *std::move(seed)};
}

Result<> parse_done(Secret body, std::string_view action) {
  TRY(answer_to(std::move(body), action));
  return {};
}

Result<std::vector<MfaDevice>> parse_list_mfa_devices(Secret body) {
  const auto xml = TRY(answer_to(std::move(body), "ListMFADevices"));
  std::vector<MfaDevice> devices;
  for (std::size_t i = 0; i < kMostDevices; ++i) {
    const auto serial = xml.text(formatted("ListMFADevicesResult/MFADevices/member[{}]/SerialNumber", i));
    if (!serial) {
      break;
    }
    const auto enabled = xml.text(formatted("ListMFADevicesResult/MFADevices/member[{}]/EnableDate", i));
    devices.push_back({std::string(*serial), std::string(enabled.value_or(""))});
  }
  return devices;
}

Result<> check_device_name(std::string_view name) {
  const bool fits = !name.empty() && name.size() <= 128 && std::ranges::all_of(name, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("_+=,.@-").contains(c);
  });
  return fits
             ? Result<>()
             : fail(Fault::usage, "'{}' is no name for a device: 1 to 128 letters, digits or _+=,.@-", Untrusted{name});
}

bool refuses_pair(const ServiceError& error) { return error.code == "InvalidAuthenticationCode"; }

Error advise_iam(const ServiceError& error) { return advise(error, "IAM", kOfIam); }

}  // namespace touchsts::aws
