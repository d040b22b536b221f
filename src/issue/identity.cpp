#include "issue/identity.h"

#include <string_view>

#include "base/byte_writer.h"
#include "codec/url.h"

namespace touchsts::issue {
namespace {

// Numbers on disk: they never change their meaning, nor do those of aws::EndpointKind.
enum class Mark : std::uint8_t { keys = 1, session = 2, role = 3, saml = 4 };

class Serialiser {
 public:
  explicit Serialiser(ByteWriter& out) : out_(out) {}

  void operator()(const LongTermKeys& step) {
    out_.u8(static_cast<std::uint8_t>(Mark::keys));
    out_.sized(step.access_key_id);
  }

  void operator()(const SessionToken& step) {
    out_.u8(static_cast<std::uint8_t>(Mark::session));
    mfa(step.mfa);
  }

  void operator()(const AssumeRole& step) {
    const auto& role = step.request;
    out_.u8(static_cast<std::uint8_t>(Mark::role));
    mfa(step.mfa);
    out_.sized(role.role_arn);
    out_.sized(role.session_name.empty() ? std::string_view("auto") : std::string_view(role.session_name));
    out_.u8(role.session_name.empty() ? 0 : 1);
    out_.sized(role.external_id);
    out_.sized(role.source_identity);
    out_.sized(role.policy);
    list(role.policy_arns, [this](const std::string& arn) { out_.sized(arn); });
    list(role.tags, [this](const aws::Tag& tag) {
      out_.sized(tag.key);
      out_.sized(tag.value);
    });
    list(role.transitive_tag_keys, [this](const std::string& key) { out_.sized(key); });
    list(role.contexts, [this](const aws::ProvidedContext& context) {
      out_.sized(context.provider_arn);
      out_.sized(context.assertion);
    });
    out_.u64_le(static_cast<std::uint64_t>(role.duration.value_or(aws::kUsualRole).count()));
  }

  void operator()(const SamlRole& step) {
    out_.u8(static_cast<std::uint8_t>(Mark::saml));
    out_.sized(step.endpoint);
    out_.sized(step.username);
    out_.sized(step.role_arn);
    out_.sized(step.policy);
    list(step.policy_arns, [this](const std::string& arn) { out_.sized(arn); });
    out_.u64_le(static_cast<std::uint64_t>(step.duration.value_or(Seconds(0)).count()));
  }

 private:
  void mfa(const std::optional<Mfa>& mfa) { out_.sized(mfa ? std::string_view(mfa->serial) : std::string_view()); }

  template <class Items, class Write>
  void list(const Items& items, Write write) {
    out_.u32_le(static_cast<std::uint32_t>(items.size()));
    for (const auto& item : items) {
      write(item);
    }
  }

  ByteWriter& out_;
};

// A session of the user is good in all regions of a partition, wherever it was got, but for the legacy global endpoint
// and endpoints that are not AWS's.
void session_head(ByteWriter& out, const aws::Endpoint& endpoint) {
  const auto kind = aws::kind_of(endpoint);
  out.sized(std::string_view("touchsts session 1"));
  out.sized(aws::partition_of_region(endpoint.signing_region));
  out.u8(static_cast<std::uint8_t>(kind));
  out.sized(kind == aws::EndpointKind::custom ? codec::to_text(endpoint.origin) : std::string());
}

void head(ByteWriter& out, const aws::Endpoint& endpoint) {
  out.sized(std::string_view("touchsts identity 1"));
  out.sized(aws::partition_of_region(endpoint.signing_region));
  out.sized(codec::to_text(endpoint.origin));
  out.sized(endpoint.signing_region);
}

}  // namespace

Secret identity(const Plan& plan, std::size_t count) {
  ByteWriter out;
  const bool session = count > 0 && std::holds_alternative<SessionToken>(plan.steps[count - 1]);
  if (session) {
    session_head(out, plan.endpoint);
  } else {
    head(out, plan.endpoint);
  }
  Serialiser serialiser(out);
  for (std::size_t i = 0; i < count; ++i) {
    std::visit(serialiser, plan.steps[i]);
  }
  return out.take();
}

}  // namespace touchsts::issue
