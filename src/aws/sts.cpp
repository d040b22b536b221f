#include "aws/sts.h"

#include <algorithm>
#include <set>

#include "aws/arn.h"
#include "aws/form.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "codec/ascii.h"
#include "codec/json_events.h"
#include "codec/timestamp.h"
#include "codec/xml.h"

namespace touchsts::aws {
namespace {

constexpr Seconds kFurthestExpiry = kLongestSession + Seconds(300);

// A form of STS, with what several calls share.
class StsForm : public Form {
 public:
  explicit StsForm(std::string_view action) : Form(action, kStsVersion) {}

  void duration(std::optional<Seconds> value) {
    if (value) {
      field("DurationSeconds", std::to_string(value->count()));
    }
  }

  void proof(const MfaProof* proof) {
    if (proof != nullptr) {
      field("SerialNumber", proof->serial);
      field("TokenCode", proof->code.reveal_text());
    }
  }
};

Result<> check_count(std::string_view what, std::size_t count, std::size_t most) {
  if (count > most) {
    return fail(Fault::configuration, "{} {} are given, AssumeRole takes at most {}", count, what, most);
  }
  return {};
}

// Letters, blanks, digits and _.:/=+-@ (STS API Reference, Tag). Whether other letters than ASCII's are ones is for STS
// to say.
bool is_tag_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80 || std::string_view(" _.:/=+-@").contains(c);
  });
}

// In characters, which UTF-8 begins with any byte but 10xxxxxx.
std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

Result<> check_tags(const RoleRequest& request) {
  TRY(check_count("tags", request.tags.size(), 50));
  std::set<std::string> keys;
  for (const auto& tag : request.tags) {
    if (tag.key.empty() || length_of(tag.key) > 128 || length_of(tag.value) > 256) {
      return fail(
          Fault::configuration, "tag '{}': a key has 1 to 128 and a value at most 256 characters", Untrusted{tag.key});
    }
    if (!is_tag_text(tag.key) || !is_tag_text(tag.value)) {
      return fail(
          Fault::configuration, "tag '{}': STS takes letters, digits, blanks and _ . : / = + - @", Untrusted{tag.key});
    }
    if (!keys.insert(codec::lower(tag.key)).second) {
      return fail(Fault::configuration, "there are two tags '{}', which STS takes for one", Untrusted{tag.key});
    }
  }
  for (const auto& key : request.transitive_tag_keys) {
    if (std::ranges::find(request.tags, key, &Tag::key) == request.tags.end()) {
      return fail(Fault::configuration, "transitive_tag_keys names '{}', which is not among the tags", Untrusted{key});
    }
  }
  return {};
}

// The account of "arn:aws:sts::123456789012:assumed-role/NAME/SESSION".
std::string account_of(std::optional<std::string_view> arn_text) {
  const auto arn = arn_text ? parse_arn(*arn_text) : std::nullopt;
  const bool digits = arn && arn->account.size() == 12 &&
                      std::ranges::all_of(arn->account, [](char c) { return c >= '0' && c <= '9'; });
  return digits ? arn->account : "";
}

constexpr Advice kOfSts[] = {
    {"AccessDenied",
     "invalid MFA one time pass code",
     Fault::denied,
     "the code was used before, came from another device, or this machine's clock is off; wait for the next code"},
    {"AccessDenied",
     "unable to validate MFA code",
     Fault::denied,
     "check mfa_serial: it must be the ARN of your own virtual MFA device (aws iam list-mfa-devices)"},
    {"AccessDenied",
     "session limit for roles assumed by role chaining",
     Fault::configuration,
     "a chained role lasts at most 3600 s: lower duration_seconds"},
    {"ValidationError",
     "session limit for roles assumed by role chaining",
     Fault::configuration,
     "a chained role lasts at most 3600 s: lower duration_seconds"},
    {"ValidationError",
     "MaxSessionDuration",
     Fault::configuration,
     "the role allows shorter sessions only: lower duration_seconds or raise the role's maximum session duration"},
    {"AccessDenied",
     "",
     Fault::denied,
     "check the role's trust policy, the external id, and whether it demands MFA (mfa_serial)"},
    {"RegionDisabledException",
     "",
     Fault::denied,
     "STS is switched off for this region in the account settings of IAM"},
    {"PackedPolicyTooLarge", "", Fault::configuration, "shorten the session policy, the policy ARNs or the tags"},
    {"MalformedPolicyDocument", "", Fault::configuration, "the session policy is not a valid IAM policy"},
    {"ExpiredTokenException",
     "redeemed",
     Fault::denied,
     "the log-in took more than five minutes, or the identity provider's clock is wrong; log in again"},
    {"IDPRejectedClaim", "", Fault::denied, "the identity provider does not stand by the log-in; log in again"},
    {"IDPCommunicationError", "", Fault::network, "the identity provider did not answer STS; try again"},
    {"InvalidIdentityToken",
     "",
     Fault::denied,
     "the identity token is not one that the provider issued for this account"},
};

}  // namespace

Result<> check_role_request(const RoleRequest& request) {
  TRY(check_role_arn(request.role_arn));
  if (!request.session_name.empty()) {
    TRY(check_session_name("role_session_name", request.session_name));
  }
  if (!request.external_id.empty()) {
    TRY(check_external_id(request.external_id));
  }
  if (!request.source_identity.empty()) {
    TRY(check_session_name("source_identity", request.source_identity));
  }
  if (request.policy.size() > 2048) {
    return fail(Fault::configuration,
                "the session policy has {} characters, AssumeRole takes at most 2048",
                request.policy.size());
  }
  if (!request.policy.empty() && !codec::is_json_object(request.policy)) {
    return fail(Fault::configuration, "the session policy is not a JSON object");
  }
  TRY(check_count("policy ARNs", request.policy_arns.size(), 10));
  for (const auto& arn : request.policy_arns) {
    TRY(check_policy_arn(arn));
  }
  TRY(check_tags(request));
  TRY(check_count("provided contexts", request.contexts.size(), 5));
  for (const auto& context : request.contexts) {
    if (!parse_arn(context.provider_arn) || context.assertion.size() < 4 || context.assertion.size() > 2048) {
      return fail(Fault::configuration,
                  "provided context '{}' needs a provider ARN and an assertion of 4 to 2048 characters",
                  Untrusted{context.provider_arn});
    }
  }
  if (request.duration && (*request.duration < kShortestDuration || *request.duration > kLongestRole)) {
    return fail(Fault::configuration, "duration_seconds {} is not between 900 and 43200", request.duration->count());
  }
  return {};
}

Secret encode_get_session_token(std::optional<Seconds> duration, const MfaProof* proof) {
  StsForm form("GetSessionToken");
  form.duration(duration);
  form.proof(proof);
  return form.take();
}

Secret encode_assume_role(const RoleRequest& request, std::string_view session_name, const MfaProof* proof) {
  StsForm form("AssumeRole");
  form.field("RoleArn", request.role_arn);
  form.field("RoleSessionName", session_name);
  form.duration(request.duration);
  form.optional_field("ExternalId", request.external_id);
  form.optional_field("Policy", request.policy);
  form.optional_field("SourceIdentity", request.source_identity);
  for (std::size_t i = 0; i < request.policy_arns.size(); ++i) {
    form.field(formatted("PolicyArns.member.{}.arn", i + 1), request.policy_arns[i]);
  }
  for (std::size_t i = 0; i < request.tags.size(); ++i) {
    form.field(formatted("Tags.member.{}.Key", i + 1), request.tags[i].key);
    form.field(formatted("Tags.member.{}.Value", i + 1), request.tags[i].value);
  }
  for (std::size_t i = 0; i < request.transitive_tag_keys.size(); ++i) {
    form.field(formatted("TransitiveTagKeys.member.{}", i + 1), request.transitive_tag_keys[i]);
  }
  for (std::size_t i = 0; i < request.contexts.size(); ++i) {
    form.field(formatted("ProvidedContexts.member.{}.ProviderArn", i + 1), request.contexts[i].provider_arn);
    form.field(formatted("ProvidedContexts.member.{}.ContextAssertion", i + 1), request.contexts[i].assertion);
  }
  form.proof(proof);
  return form.take();
}

Secret encode_get_caller_identity() { return StsForm("GetCallerIdentity").take(); }

Result<std::string> parse_caller_identity(Secret body) {
  const auto xml = TRY(within("the answer of STS", codec::Xml::parse(std::move(body))));
  const auto arn = xml.text("GetCallerIdentityResult/Arn");
  if (xml.root_name() != "GetCallerIdentityResponse" || !arn || !parse_arn(*arn)) {
    return fail(Fault::malformed, "the answer of STS does not say who the caller is");
  }
  return std::string(*arn);
}

Result<Credentials> parse_credentials(Secret body, Time now) {
  const auto xml = TRY(within("the answer of STS", codec::Xml::parse(std::move(body))));
  const std::string_view root = xml.root_name();
  constexpr std::string_view kAnswers[] = {
      "GetSessionTokenResponse", "AssumeRoleResponse", "AssumeRoleWithSAMLResponse"};
  if (!std::ranges::contains(kAnswers, root)) {
    return fail(Fault::malformed, "the answer of STS is a '{}', which is not what was asked for", Untrusted{root});
  }
  constexpr std::string_view kResponse = "Response";
  const std::string result = std::string(root.substr(0, root.size() - kResponse.size())) + "Result/";
  const auto key_id = xml.text(result + "Credentials/AccessKeyId");
  const auto secret_key = xml.text(result + "Credentials/SecretAccessKey");
  const auto token = xml.text(result + "Credentials/SessionToken");
  const auto expiration = xml.text(result + "Credentials/Expiration");
  if (!key_id || !is_opaque_key(*key_id) || !secret_key || !is_opaque_key(*secret_key) || !token ||
      !is_opaque_token(*token) || !expiration) {
    return fail(Fault::malformed, "the answer of STS does not hold credentials");
  }
  const auto expires = codec::parse_rfc3339(*expiration);
  if (!expires || *expires > now + kFurthestExpiry || *expires <= now) {
    return hinted(fail(Fault::malformed, "the answer of STS expires at '{}', which cannot be", Untrusted{*expiration}),
                  "check this machine's clock");
  }
  return Credentials{.access_key_id = std::string(*key_id),
                     .secret_access_key = Secret(*secret_key),
                     .session_token = Secret(*token),
                     .expires = expires,
                     .account_id = account_of(xml.text(result + "AssumedRoleUser/Arn"))};
}

bool refuses_code(const ServiceError& error) {
  return error.code == "AccessDenied" && error.message.contains("invalid MFA one time pass code");
}

Error advise_sts(const ServiceError& error) { return advise(error, "STS", kOfSts); }

}  // namespace touchsts::aws
