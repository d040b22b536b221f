#include "steps/mfa_devices.h"

#include <utility>

#include "aws/arn.h"
#include "base/untrusted.h"

namespace touchsts::steps {

Result<Secret> MfaDevices::ask(const Secret& body, QueryClient::Body kind, QueryClient::Refusal* refusal) {
  return iam_.call(body, kind, keys_, refusal);
}

Result<MfaDevices> MfaDevices::of_caller(QueryClient& sts, QueryClient& iam, const aws::Credentials& keys) {
  auto answer = TRY(sts.call(aws::encode_get_caller_identity(), QueryClient::Body::repeatable, keys, nullptr));
  iam.learn_clock(sts);
  const std::string text = TRY(aws::parse_caller_identity(std::move(answer)));
  const auto arn = aws::parse_arn(text);
  constexpr std::string_view kUser = "user/";
  if (!arn || !arn->resource.starts_with(kUser)) {
    return hinted(fail(Fault::configuration, "{} is no IAM user, so it has no MFA devices", Untrusted{text}),
                  "name a profile with a user's long-term keys");
  }
  return MfaDevices(iam,
                    keys,
                    {.user = arn->resource.substr(arn->resource.rfind('/') + 1),
                     .account = arn->account,
                     .partition = arn->partition});
}

// A device is made once: what may have reached IAM is not sent again.
Result<aws::VirtualMfaDevice> MfaDevices::create(std::string_view name) {
  return aws::parse_create_virtual_mfa_device(
      TRY(ask(aws::encode_create_virtual_mfa_device(name), QueryClient::Body::one_shot, nullptr)));
}

Result<bool> MfaDevices::with_codes(const Secret& body, std::string_view action) {
  QueryClient::Refusal refusal;
  auto answer = ask(body, QueryClient::Body::one_shot, &refusal);
  if (!answer && aws::refuses_pair(refusal.error)) {
    return false;
  }
  if (!answer) {
    return std::unexpected(std::move(answer).error());
  }
  TRY(aws::parse_done(*std::move(answer), action));
  return true;
}

Result<bool> MfaDevices::enable(const std::string& serial, const aws::CodePair& codes) {
  return with_codes(aws::encode_enable_mfa_device(owner_.user, serial, codes), "EnableMFADevice");
}

Result<bool> MfaDevices::resync(const std::string& serial, const aws::CodePair& codes) {
  return with_codes(aws::encode_resync_mfa_device(owner_.user, serial, codes), "ResyncMFADevice");
}

Result<> MfaDevices::remove(const std::string& serial) {
  // It may not have been enabled yet, or without our knowing.
  (void)ask(aws::encode_deactivate_mfa_device(owner_.user, serial), QueryClient::Body::repeatable, nullptr).has_value();
  return aws::parse_done(
      TRY(ask(aws::encode_delete_virtual_mfa_device(serial), QueryClient::Body::repeatable, nullptr)),
      "DeleteVirtualMFADevice");
}

Result<std::vector<aws::MfaDevice>> MfaDevices::list() {
  return aws::parse_list_mfa_devices(
      TRY(ask(aws::encode_list_mfa_devices(owner_.user), QueryClient::Body::repeatable, nullptr)));
}

}  // namespace touchsts::steps
