#include "cli/credential_server.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "cli/deliver.h"
#include "codec/hex.h"
#include "settings/source_order.h"

namespace touchsts::cli {
namespace {

constexpr std::size_t kTokenSize = 32;  // random bytes
constexpr Seconds kUndatedLife{3600};   // said of credentials without an expiry
constexpr Seconds kLongestSleep{60};    // so that a changed clock is noticed
constexpr Seconds kRetry{30};           // after an attempt
constexpr Seconds kPause{5};            // between attempts, however often clients ask
constexpr Seconds kPatience{55};        // with one attempt

// SDKs look for credentials in the default profile before they ask an endpoint, and know AWS's files alone.
bool default_profile_has_credentials(const settings::Surroundings& around) {
  const aws::Profile* const profile = around.profiles.find("default");
  return profile != nullptr && (settings::first_source(*profile, around.paths.credentials) != nullptr ||
                                !profile->text("credential_process").empty());
}

constexpr std::string_view kShadowed =
    "the profile default has credentials of its own, which SDKs take before they ask an endpoint";

}  // namespace

Result<CredentialServer> CredentialServer::open(const Serve& how, For whom, const Renewal& renewal) {
  if (default_profile_has_credentials(renewal.around)) {
    if (whom == For::command) {
      return hinted(fail(Fault::configuration, "--serve: {}", kShadowed), "use exec without --serve");
    }
    renewal.world.terminal.tell(kShadowed);
  }
  if (!renewal.world.endpoints.jailed()) {
    renewal.world.terminal.tell("the endpoint runs without a sandbox: system calls cannot be filtered here");
    renewal.world.log.warn("endpoint: it runs without a sandbox: system calls cannot be filtered here");
  }
  CredentialServer server(how, renewal);
  if (!how.token_file.empty()) {
    server.token_file_ = TRY(open_token_file(how.token_file, renewal.world));
  }
  server.endpoint_ = TRY(renewal.world.endpoints.open(how.port));
  return server;
}

// In a folder that is ours alone.
Result<CredentialServer::TokenFile> CredentialServer::open_token_file(const std::string& path, io::World& world) {
  const auto name = path.rfind('/');
  const auto folder = name == std::string::npos || name == 0 ? name : path.rfind('/', name - 1);
  if (!path.starts_with('/') || folder == std::string::npos || name == 0 || name + 1 == path.size()) {
    return fail(Fault::usage, "--token-file {}: an absolute path of a file in a folder is needed", Untrusted{path});
  }
  auto opened = TRY(within("--token-file " + printable(path),
                           world.files.private_folder(path.substr(0, std::max<std::size_t>(folder, 1)),
                                                      path.substr(folder + 1, name - folder - 1),
                                                      io::Files::Create::yes)));
  return TokenFile{std::move(opened), path.substr(name + 1)};
}

Result<int> CredentialServer::serve(const aws::Credentials& first) {
  TRY(publish(first));
  TRY(renewal_.world.output.result(settings_text(settings(), how_.format).reveal_text()));
  renewal_.world.output.finish();
  run();
  return 0;
}

Result<io::Variables> CredentialServer::serve_beside(const aws::Credentials& first) {
  TRY(publish(first));
  if (TRY(renewal_.world.programs.split_off())) {
    run();
    renewal_.world.programs.end();
  }
  return settings();
}

Result<> CredentialServer::publish(const aws::Credentials& credentials) {
  if (token_file_ || tokens_.empty()) {
    renew_token();
  }
  const Time now = renewal_.world.clock.now();
  expires_ = credentials.expires.value_or(now + kUndatedLife);
  body_ = container_json(credentials, expires_);
  // What there is is handed out as long as it is good; it is to be replaced long before.
  const Seconds ahead = issue::ahead_of_time(renewal_.prepared.plan) - Seconds(1);
  due_ = expires_ - (credentials.expires ? ahead : kUndatedLife / 2);
  lack_ = "the credentials have expired";
  TRY(answer());
  // Not before the endpoint knows it.
  return token_file_ ? token_file_->folder->write_for_now(token_file_->name, tokens_.front().reveal()) : Result<>();
}

io::Variables CredentialServer::settings() const {
  io::Variables made;
  const auto add = [&made](std::string_view name, Secret value) { made.emplace_back(name, std::move(value)); };
  add("AWS_CONTAINER_CREDENTIALS_FULL_URI", Secret(endpoint_->url()));
  if (token_file_) {
    add("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Secret(how_.token_file));
  } else {
    add("AWS_CONTAINER_AUTHORIZATION_TOKEN", tokens_.front().clone());
  }
  if (const auto& region = renewal_.prepared.region; !region.empty()) {
    add("AWS_REGION", Secret(region));
    add("AWS_DEFAULT_REGION", Secret(region));
  }
  return made;
}

// Replaces what is handed out again and again, until the endpoint is over.
void CredentialServer::run() {
  auto& clock = renewal_.world.clock;
  while (true) {
    const Deadline due = clock.steady() + std::clamp(due_ - clock.now(), Seconds(0), kLongestSleep);
    const auto event = endpoint_->wait(std::max(due, retry_));
    if (event == io::CredentialEndpoint::Event::over) {
      return;
    }
    if (clock.now() >= due_) {
      // A person is asked only after a client has asked for credentials.
      const bool ask = event == io::CredentialEndpoint::Event::asked && clock.steady() >= may_ask_from_;
      if (ask || clock.steady() >= retry_) {
        renew(ask);
      }
    }
  }
}

// The previous token still opens the endpoint: a client may have read it a moment ago.
void CredentialServer::renew_token() {
  std::array<std::byte, kTokenSize> bytes{};
  renewal_.world.random.fill(bytes);
  std::string text = codec::hex(bytes);
  tokens_.insert(tokens_.begin(), Secret(text));
  wipe(bytes);
  wipe(std::as_writable_bytes(std::span(text)));
  if (tokens_.size() > 2) {
    tokens_.pop_back();
  }
}

Result<> CredentialServer::answer() {
  io::EndpointAnswer answer{.body = body_.clone(), .good_until = expires_, .lack = lack_, .tokens = {}};
  for (const auto& token : tokens_) {
    answer.tokens.push_back(token.clone());
  }
  return endpoint_->answer(answer);
}

// The cache may have what another run got meanwhile; a session that is still good gives a role without a person.
void CredentialServer::renew(bool ask) {
  auto& world = renewal_.world;
  settings::Prepared prepared = renewal_.prepared;
  prepared.plan.min_ttl = issue::ahead_of_time(prepared.plan);
  Obtaining obtaining(prepared,
                      renewal_.keys,
                      renewal_.around,
                      world,
                      {.may_prompt = ask && renewal_.may_prompt,
                       .may_use_device = ask,
                       .use_cache = renewal_.use_cache,
                       .timeout = kPatience});
  const auto fresh = obtaining.credentials();
  (void)obtaining.flush();
  retry_ = world.clock.steady() + kRetry;
  if (fresh || ask) {
    may_ask_from_ = world.clock.steady() + (fresh ? kPause : kLongestSleep);
  }
  if (!fresh) {
    world.log.warn("endpoint: {}", in_one_line(fresh.error()));
    lack_ = in_one_line(fresh.error()) + "; touchsts login helps";
  }
  if (!fresh && ask) {
    world.terminal.tell("no new credentials: " + in_one_line(fresh.error()));
  }
  if (const auto told = fresh ? publish(*fresh) : answer(); !told) {
    world.log.warn("endpoint: {}", in_one_line(told.error()));
  }
}

}  // namespace touchsts::cli
