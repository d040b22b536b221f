#include "cli/compat/front_ends.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "aws/section_edit.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "cli/cache_commands.h"
#include "cli/compat/kept_keys.h"
#include "cli/compat/keyring_sessions.h"
#include "cli/compat/process_creds_cache.h"
#include "cli/credentials_section.h"
#include "cli/hand_out.h"
#include "cli/shared_file.h"
#include "codec/ini_edit.h"

namespace touchsts::cli::compat {
namespace {

constexpr const FrontEnd* kAll[] = {
    &kAwsCredentialProcess, &kVegasCredentials, &kAwsMfa, &kAwsmfa, &kAwsprocesscredsSaml};
constexpr std::size_t kLargestFile = std::size_t{1} << 20U;  // bytes, of a front end's own files
constexpr Seconds kPatience{120};

class Run {
 public:
  Run(const FrontEnd& front_end, std::string_view program, io::World& world)
      : front_end_(front_end), program_(program), world_(world) {}

  int of(std::span<char*> arguments) {
    const auto given = read_options(front_end_.options, arguments, front_end_.manner);
    if (!given) {
      return say(usage_error(given.error()));
    }
    if (given->has("--help")) {
      return say({.out = formatted("{}\nOptions:\n{}", front_end_.usage, options_text(front_end_.options)), .err = {}});
    }
    const auto done = answer(*given);
    if (done) {
      return *done;
    }
    const auto paths = settings::find_paths(world_.environment, world_.facts, "", front_end_.files);
    return say(front_end_.fault(in_own_words(done.error(), front_end_.options, front_end_.words), paths));
  }

 private:
  [[nodiscard]] Say usage_error(const Error& error) const {
    return {.out = {},
            .err = formatted("{}: error: {}\n", program_, Untrusted{in_one_line(error)}),
            .code = front_end_.usage_code,
            .log_file = {}};
  }

  Result<int> answer(const Given& given) {
    auto around = TRY(settings::look_around(world_, "", front_end_.files));
    while (true) {
      const auto read_file = [this](const std::string& path) {
        return within(Untrusted{path}, world_.files.read(path, kLargestFile));
      };
      auto reading = front_end_.read({given, around, program_, world_.clock.now(), read_file});
      if (!reading && reading.error().fault == Fault::usage) {
        return say(usage_error(reading.error()));
      }
      auto action = TRY(std::move(reading));
      if (auto* const offer = std::get_if<OfferFile>(&action)) {
        if (!TRY(agreed(offer->question))) {
          return say(offer->refused);
        }
        TRY(within(Untrusted{around.paths.credentials}, world_.files.create(around.paths.credentials, Secret())));
        around = TRY(settings::look_around(world_, "", front_end_.files));
        continue;
      }
      return std::visit([&](auto&& what) { return carry_out(std::forward<decltype(what)>(what), around); },
                        std::move(action));
    }
  }

  Result<int> carry_out(Say&& what, const settings::Surroundings&) { return say(what); }
  Result<int> carry_out(OfferFile&& what, const settings::Surroundings&) { return say(what.refused); }

  Result<int> carry_out(GetCredentials&& what, settings::Surroundings& around) {
    if (!what.log_file.empty() || what.verbose) {
      TRY(world_.log.aim(io::LogLevel::debug, what.log_file));
    }
    const std::string profile = what.invocation.request.profile;
    if (what.profile) {
      around.own.profiles.insert_or_assign(profile, *std::move(what.profile));
    }
    if (what.keys) {
      TRY(bring_keys(*what.keys, profile, around, world_));
    }
    if (!what.first.empty()) {
      TRY(world_.output.result(what.first));
    }
    std::optional<KeyringSessions> sessions;
    std::optional<ProcessCredsCache> files;
    if (!what.keyring.empty()) {
      what.invocation.beside = &sessions.emplace(world_, what.keyring, what.keyring);
    } else if (what.saml_cache) {
      what.invocation.beside = &files.emplace(
          world_, around.own.process_creds_cache ? ProcessCredsCache::Writes::yes : ProcessCredsCache::Writes::no);
    }
    const auto done = hand_out(std::move(what.invocation), around, world_);
    if (sessions) {
      sessions->flush();
    }
    const int code = TRY(done);
    if (what.keys) {
      keep_keys(*what.keys, around, world_);
    }
    return code;
  }

  Result<int> carry_out(EmptySection&& what, const settings::Surroundings& around) {
    const auto keys = std::span(kSessionKeys).first<3>();
    TRY(empty_section(around, what.name, keys, codec::Emptied::stays, world_, world_.clock.steady() + kPatience));
    return 0;
  }

  Result<int> carry_out(ClearCache&& what, const settings::Surroundings& around) {
    TRY(clear_cache(around, world_));
    return say({.out = std::move(what.said), .err = {}, .code = 0, .log_file = {}});
  }

  Result<int> carry_out(SetUpKeys&& what, const settings::Surroundings& around) {
    const Deadline deadline = world_.clock.steady() + kPatience;
    const Secret typed = TRY(answer_to("Profile name to [default]: ", deadline));
    const std::string name = (typed.empty() ? "default" : std::string(typed.reveal_text())) + what.suffix;
    TRY(aws::section_header(name, aws::SharedFileKind::credentials));
    const aws::Profile* const there = around.profiles.find(name);
    if (there != nullptr && there->in_credentials != 0) {
      return fail(Fault::configuration, "there is a section [{}] already", Untrusted{name});
    }
    const Secret id = TRY(answer_to("aws_access_key_id: ", deadline));
    const Secret key = TRY(answer_to("aws_secret_access_key: ", deadline));
    for (const auto& [what_is_it, value] :
         {std::pair("aws_access_key_id", &id), std::pair("aws_secret_access_key", &key)}) {
      if (value->empty()) {
        return fail(Fault::configuration, "You must supply {}", what_is_it);
      }
    }
    const codec::IniChange change{
        .set = {{"aws_access_key_id", id.reveal_text()}, {"aws_secret_access_key", key.reveal_text()}}, .gone = {}};
    TRY(change_shared_file(world_, around.paths.credentials, deadline, [&](std::string_view text) {
      return aws::with_section(text, name, aws::SharedFileKind::credentials, change);
    }));
    return 0;
  }

  Result<Secret> answer_to(std::string_view question, Deadline deadline) {
    auto typed = TRY(world_.terminal.ask(question, deadline, {}));
    return typed ? *std::move(typed) : Secret();
  }

  Result<bool> agreed(const std::string& question) {
    if (!world_.terminal.in_reach()) {
      return false;
    }
    const Secret typed = TRY(answer_to(question, world_.clock.steady() + kPatience));
    return typed.reveal_text() == "y";
  }

  int say(const Say& what) {
    if (!what.log_file.empty() && world_.log.aim(io::LogLevel::debug, what.log_file)) {
      world_.log.warn("{}", what.err);
    } else if (!what.err.empty()) {
      world_.output.complaint(what.err);
    }
    const auto said = what.out.empty() ? Result<>() : world_.output.result(what.out);
    if (!said) {
      world_.output.complaint(formatted("{}: error: {}\n", program_, Untrusted{in_one_line(said.error())}));
    }
    return said ? what.code : 1;
  }

  const FrontEnd& front_end_;
  std::string_view program_;
  io::World& world_;
};

// A Python program may lie there under its file's name, in which '_' may stand for '-'.
std::string without_ending(std::string_view program) {
  std::string name(program);
  if (constexpr std::string_view kPython = ".py"; name.ends_with(kPython)) {
    name.resize(name.size() - kPython.size());
    std::ranges::replace(name, '_', '-');
  }
  return name;
}

}  // namespace

const FrontEnd* find_front_end(std::string_view called) {
  const std::string program = without_ending(called);
  const auto answers = [&program](const FrontEnd* one) {
    return std::ranges::contains(one->programs, std::string_view(program));
  };
  const auto found = std::ranges::find_if(kAll, answers);
  return found != std::end(kAll) ? *found : nullptr;
}

std::vector<std::string_view> program_names() {
  std::vector<std::string_view> names;
  for (const FrontEnd* const one : kAll) {
    names.insert(names.end(), one->programs.begin(), one->programs.end());
  }
  return names;
}

int run_front_end(const FrontEnd& front_end, std::string_view program, std::span<char*> arguments, io::World& world) {
  return Run(front_end, program, world).of(arguments);
}

}  // namespace touchsts::cli::compat
