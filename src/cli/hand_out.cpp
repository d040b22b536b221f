#include "cli/hand_out.h"

#include <utility>
#include <variant>

#include "base/format.h"
#include "base/untrusted.h"
#include "cli/credential_server.h"
#include "cli/credentials_section.h"
#include "cli/deliver.h"
#include "cli/exit_codes.h"
#include "cli/key_store.h"
#include "cli/obtaining.h"
#include "codec/timestamp.h"
#include "codec/url.h"

namespace touchsts::cli {
namespace {

constexpr std::size_t kLargestAnswer = 8192;  // bytes: what every SDK takes
constexpr Seconds kRefreshTime{30};

class Deliverer {
 public:
  Deliverer(const aws::Credentials& credentials,
            const settings::Prepared& prepared,
            const settings::Surroundings& around,
            io::World& world,
            Deadline deadline)
      : credentials_(credentials), prepared_(prepared), around_(around), world_(world), deadline_(deadline) {}

  Result<> operator()(const ProcessJson& how) const {
    const Secret json = process_json(credentials_, how.style);
    if (json.size() > kLargestAnswer) {
      return fail(
          Fault::malformed, "the credentials are larger than the {} bytes that every SDK takes", kLargestAnswer);
    }
    return world_.output.result(json.reveal_text());
  }

  Result<> operator()(const Export& how) const {
    // cmd.exe has no quotes for these two.
    const auto unfit = [](std::string_view text) { return text.find_first_of("\"%") != std::string_view::npos; };
    if (how.format == ExportFormat::windows_cmd &&
        (unfit(credentials_.access_key_id) || unfit(credentials_.secret_access_key.reveal_text()) ||
         unfit(credentials_.session_token.reveal_text()) || unfit(credentials_.account_id) ||
         unfit(prepared_.region))) {
      return hinted(fail(Fault::malformed, "the credentials have signs that cmd.exe cannot take"),
                    "use another --format, or touchsts exec");
    }
    return world_.output.result(exports(credentials_, how.format, prepared_.profile, prepared_.region).reveal_text());
  }

  Result<> operator()(const Section& section) const {
    TRY(write_section(around_, prepared_.plan, section, credentials_, world_, deadline_));
    if (section.said.empty()) {
      return {};
    }
    const std::string until = credentials_.expires && section.expiry ? section.expiry(*credentials_.expires) : "";
    return world_.output.result(section.said + until + section.said_last);
  }

  Result<> operator()(const Note& note) const {
    if (note.section && credentials_.expires) {
      TRY(write_section(around_, prepared_.plan, *note.section, credentials_, world_, deadline_));
    }
    if (!credentials_.expires) {
      return world_.output.result(
          formatted("profile {} has long-term keys and needs no session\n", Untrusted{prepared_.profile}));
    }
    const std::string where =
        note.section
            ? formatted(", in section [{}] of {}", Untrusted{note.section->name}, Untrusted{around_.paths.credentials})
            : "";
    return world_.output.result(formatted("profile {}: credentials until {}{}\n",
                                          Untrusted{prepared_.profile},
                                          codec::to_rfc3339(*credentials_.expires),
                                          where));
  }

  // These happen last, in hand_out.
  Result<> operator()(const Exec&) const { return {}; }
  Result<> operator()(const Serve&) const { return {}; }

 private:
  const aws::Credentials& credentials_;
  const settings::Prepared& prepared_;
  const settings::Surroundings& around_;
  io::World& world_;
  Deadline deadline_;
};

const Section* section_of(const Delivery& delivery) {
  const auto* const note = std::get_if<Note>(&delivery);
  return note != nullptr && note->section ? &*note->section : std::get_if<Section>(&delivery);
}

int run_command(const Exec& exec, const io::Variables& added, io::World& world) {
  const auto trouble = world.programs.become(exec.command, added, dropped_variables());
  world.output.complaint(formatted("touchsts: exec: {}: {}\n", Untrusted{exec.command.front()}, trouble.why));
  return trouble.found ? kExecNotRunnable : kExecNotFound;
}

// A section is for temporary credentials: long-term keys get a session for it, as GetSessionToken gives it to them.
void add_session(settings::Prepared& prepared, const Delivery& delivery) {
  auto& steps = prepared.plan.steps;
  const auto* const note = std::get_if<Note>(&delivery);
  const auto* const keys = steps.size() == 1 ? std::get_if<issue::LongTermKeys>(&steps.front()) : nullptr;
  if (note != nullptr && note->section && keys != nullptr && !keys->temporary) {
    steps.emplace_back(issue::SessionToken{});
  }
}

std::unexpected<Error> not_saved(std::string_view what, std::string_view why) {
  return hinted(fail(Fault::other, "{}: {}", what, why),
                "touchsts doctor says what is in the way; where nothing can be saved, use touchsts exec or export");
}

Result<> kept(const Result<>& flushed) {
  return flushed ? Result<>() : not_saved("the log-in worked, but nothing is saved", in_one_line(flushed.error()));
}

// A log-in that the next run would not find is refused before a code is spent on it.
Result<> check_log_in(const Invocation& invocation, const settings::Surroundings& around, Obtaining& obtaining) {
  constexpr std::string_view kWhat = "login would save nothing";
  if (!invocation.use_cache) {
    return not_saved(kWhat, "--no-cache switches the cache off");
  }
  if (!around.own.cache_enabled) {
    return not_saved(kWhat, formatted("[cache] enabled = false in {}", Untrusted{around.paths.own}));
  }
  const auto keeping = obtaining.check_keeping();
  return keeping ? Result<>() : not_saved(kWhat, in_one_line(keeping.error()));
}

bool has_session(const issue::Plan& plan) { return !std::holds_alternative<issue::LongTermKeys>(plan.steps.back()); }

// Results that expire soon are replaced in a process that runs in the background, so that no later run has to wait;
// but only where that needs neither a person nor a key.
void refresh_ahead(settings::Prepared prepared,
                   keys::Store& keys,
                   const settings::Surroundings& around,
                   io::World& world,
                   const aws::Credentials& handed_out) {
  const Seconds least = issue::must_last(prepared.plan);
  prepared.plan.min_ttl = issue::ahead_of_time(prepared.plan);
  // What has even less did not come from the cache: it lasts no longer, and nor would another.
  const Seconds left = handed_out.expires ? *handed_out.expires - world.clock.now() : Seconds(0);
  if (left < least || left >= *prepared.plan.min_ttl) {
    return;
  }
  const auto split = world.programs.split_off();
  if (!split || !*split) {
    return;
  }
  Obtaining obtaining(
      prepared, keys, around, world, {.may_prompt = false, .may_use_device = false, .timeout = kRefreshTime});
  if (const auto claim = obtaining.claim_refresh()) {
    const auto fresh = obtaining.credentials();
    (void)obtaining.flush();
    world.log.debug("ahead of time: {}", fresh ? "fresh credentials" : fresh.error().text);
  }
  world.programs.end();  // it shares nothing with the run that it comes from
}

Result<std::optional<CredentialServer>> open_server(const Delivery& delivery, const Renewal& renewal) {
  std::optional<CredentialServer> server;
  if (const auto* const serve = std::get_if<Serve>(&delivery)) {
    server.emplace(TRY(CredentialServer::open(*serve, CredentialServer::For::everybody, renewal)));
  } else if (const auto* const exec = std::get_if<Exec>(&delivery); exec != nullptr && exec->serve) {
    server.emplace(TRY(CredentialServer::open({}, CredentialServer::For::command, renewal)));
  }
  return server;
}

// Takes the secrets of the invocation along.
Manner manner_of(Invocation& invocation, bool use_cache) {
  return {.reuse = invocation.reuse,
          .token_code = std::move(invocation.token_code),
          .code_on_stdin = invocation.code_on_stdin,
          .password = std::move(invocation.password),
          .password_on_stdin = invocation.password_on_stdin,
          .may_prompt = invocation.may_prompt,
          .use_cache = use_cache,
          .beside = invocation.beside,
          .answers_sdk = std::holds_alternative<ProcessJson>(invocation.delivery),
          .timeout = invocation.timeout};
}

}  // namespace

Result<int> hand_out(Invocation invocation, const settings::Surroundings& around, io::World& world) {
  auto prepared = TRY(settings::prepare(around, invocation.request));
  if (invocation.by_saml && !std::holds_alternative<issue::SamlRole>(prepared.plan.steps.front())) {
    return hinted(fail(Fault::configuration, "profile {} has no saml_endpoint", Untrusted{prepared.profile}),
                  "give it the URL where the log-in for AWS begins, or name that by -e");
  }
  add_session(prepared, invocation.delivery);
  world.log.debug("plan: {} steps for profile {} at {}",
                  prepared.plan.steps.size(),
                  prepared.profile,
                  codec::to_text(prepared.plan.endpoint.origin));
  const Section* const section = section_of(invocation.delivery);
  if (section != nullptr) {
    TRY(check_section(around, prepared.plan, *section));
  }
  const Deadline deadline = world.clock.steady() + invocation.timeout;
  keys::Store keys = TRY(open_key_store(invocation.keys, around, world));
  const bool use_cache = invocation.use_cache && around.own.cache_enabled;
  auto server =
      TRY(open_server(invocation.delivery, {prepared, keys, around, world, use_cache, invocation.may_prompt}));
  std::optional<Obtaining> obtaining(std::in_place, prepared, keys, around, world, manner_of(invocation, use_cache));
  // A log-in is there to be kept, so it is kept first.
  const auto* const note = std::get_if<Note>(&invocation.delivery);
  const bool must_keep = note != nullptr && !note->section && has_session(prepared.plan);
  if (must_keep) {
    TRY(keys.named());
    TRY(check_log_in(invocation, around, *obtaining));
  }
  const auto credentials = TRY(obtaining->credentials());
  if (must_keep) {
    TRY(kept(obtaining->flush()));
  }
  const auto delivered = std::visit(Deliverer(credentials, prepared, around, world, deadline), invocation.delivery);
  // Also when the answer could not be written: the next run then has it.
  (void)obtaining->flush();
  obtaining.reset();  // and with it its locks
  TRY(delivered);

  if (std::holds_alternative<Serve>(invocation.delivery)) {
    return server->serve(credentials);
  }
  if (const auto* const exec = std::get_if<Exec>(&invocation.delivery)) {
    return run_command(
        *exec, server ? TRY(server->serve_beside(credentials)) : variables(credentials, prepared.region), world);
  }
  if (std::holds_alternative<ProcessJson>(invocation.delivery) && use_cache) {
    refresh_ahead(prepared, keys, around, world, credentials);
  }
  return 0;
}

Result<std::string> log_out(const Invocation& invocation, const settings::Surroundings& around, io::World& world) {
  auto prepared = TRY(settings::prepare(around, invocation.request));
  add_session(prepared, invocation.delivery);
  keys::Store keys = TRY(open_key_store(invocation.keys, around, world));
  TRY(keys.named());
  cache::SessionKey key(keys);
  const auto opened = key.find_or_open();
  cache::EntryStore store = open_entry_store(around, key, world);
  const std::size_t others = TRY(store.sealed_otherwise());
  if (!opened && others > 0) {
    return hinted(fail(Fault::key_store,
                       "which of the {} cached results are this profile's cannot be told: {}",
                       others,
                       opened.error().text),
                  "unlock the key store and log out again; touchsts cache clear removes all of them");
  }
  // First, as it may be refused.
  std::string emptied;
  if (const Section* const section = section_of(invocation.delivery)) {
    const Deadline deadline = world.clock.steady() + invocation.timeout;
    const bool there = TRY(empty_section(around, section->name, kSessionKeys, codec::Emptied::goes, world, deadline));
    emptied = formatted(", section [{}] {}", Untrusted{section->name}, there ? "emptied" : "is not there");
  }
  int removed = 0;
  for (std::size_t count = 1; count <= prepared.plan.steps.size(); ++count) {
    const auto name = store.name_of(prepared.plan, count);
    if (name && store.holds(*name)) {
      TRY(store.remove(*name));
      ++removed;
    }
  }
  return formatted(
      "{} removed{}{}\n",
      removed,
      emptied,
      others == 0 ? std::string()
                  : formatted("; {} more, sealed by other keys, are left: touchsts cache clear removes all", others));
}

}  // namespace touchsts::cli
