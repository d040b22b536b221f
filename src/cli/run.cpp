#include "cli/run.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/result.h"
#include "cli/cache_commands.h"
#include "cli/compat/front_ends.h"
#include "cli/compat/install.h"
#include "cli/compat/migrate.h"
#include "cli/config_commands.h"
#include "cli/doctor_command.h"
#include "cli/exit_codes.h"
#include "cli/hand_out.h"
#include "cli/key_commands.h"
#include "cli/key_store.h"
#include "cli/mfa_commands.h"
#include "cli/native.h"
#include "cli/native_options.h"
#include "cli/oath_commands.h"
#include "cli/profile_command.h"
#include "cli/report.h"
#include "cli/stored_key_commands.h"
#include "cli/version.h"
#include "settings/surroundings.h"

namespace touchsts::cli {
namespace {

using settings::FileFault;

Result<> aim_log(const NativeOptions& options, io::World& world) {
  if (options.log_level.empty() && options.log_file.empty()) {
    return {};
  }
  using enum io::LogLevel;
  const std::string_view name = options.log_level;
  const auto level = name == "error"   ? error
                     : name == "info"  ? info
                     : name == "debug" ? debug
                     : name == "trace" ? trace
                                       : warn;
  return world.log.aim(level, options.log_file);
}

constexpr Seconds kStorePatience{120};

bool changes_key_store(Command command) {
  using enum Command;
  return command == setup || command == cache_rekey || command == keys_import || command == keys_password ||
         command == keys_remove;
}

// Ours until the command is done.
Result<std::unique_ptr<io::Lock>> turn_for(const NativeOptions& options, io::World& world) {
  if (!changes_key_store(options.command)) {
    return nullptr;
  }
  const Seconds patience = options.timeout ? Seconds(*options.timeout) : kStorePatience;
  return take_store_turn(world, world.clock.steady() + patience);
}

// Whether a command can do its work although a file is at fault: `config check` and `doctor` say what is wrong with it,
// and what is in the cache or on a YubiKey does not depend on AWS's files. The key of the cache, and the reader that
// holds the YubiKey, may be named in config.toml.
bool goes_on(Command command, FileFault::Which which) {
  using enum Command;
  switch (command) {
    case config_check:
    case doctor:
    case cache_clear:
      return true;
    case cache_list:
    case cache_status:
    case cache_lock:
    case cache_unlock:
    case oath_info:
    case oath_list:
    case oath_code:
    case oath_add:
    case oath_delete:
    case oath_rename:
    case oath_password:
    case oath_reset:
      return which != FileFault::Which::own;
    default:
      return false;
  }
}

Result<settings::Surroundings> look_around(const NativeOptions& options, io::World& world) {
  auto around = settings::look_past_faults(world, options.config_file);
  for (const auto& fault : around.faults) {
    if (!goes_on(options.command, fault.which)) {
      return std::unexpected(fault.error);
    }
  }
  return around;
}

// For the commands that read the configuration.
Result<int> run_command(NativeOptions options, const settings::Surroundings& around, io::World& world) {
  const TextFormat format = options.format == "json" ? TextFormat::json : TextFormat::text;
  switch (options.command) {
    case Command::config_show:
      return config_show(around, options.profile, format, world);
    case Command::config_check:
      return config_check(around, options.profile, format, world);
    case Command::cache_list:
      return cache_list(around, options.keys, format, world);
    case Command::cache_clear:
      return cache_clear(around, world);
    case Command::cache_status:
      return cache_status(options, around, format, world);
    case Command::cache_lock:
      return cache_lock(options, around, world);
    case Command::cache_unlock:
      return cache_unlock(options, around, world);
    case Command::cache_rekey:
      return cache_rekey(options, around, world);
    case Command::setup:
      return setup(options, around, world);
    case Command::setup_profile:
      return setup_profile(options, around, world);
    case Command::keys_import:
      return keys_import(options, around, world);
    case Command::keys_export:
      return keys_export(options, around, world);
    case Command::keys_password:
      return keys_password(options, around, world);
    case Command::keys_list:
      return keys_list(options, around, format, world);
    case Command::keys_remove:
      return keys_remove(options, around, world);
    case Command::doctor:
      return doctor(options, around, format, world);
    case Command::oath_info:
    case Command::oath_list:
    case Command::oath_code:
    case Command::oath_add:
    case Command::oath_delete:
    case Command::oath_rename:
    case Command::oath_password:
    case Command::oath_reset:
      return oath_command(options, around, world);
    case Command::mfa_enroll:
    case Command::mfa_resync:
    case Command::mfa_list:
      return mfa_command(std::move(options), around, format, world);
    case Command::config_explain:
      return config_explain(TRY(read_native(std::move(options), world)), around, format, world);
    case Command::logout: {
      const auto invocation = TRY(read_native(std::move(options), world));
      const std::string said = TRY(log_out(invocation, around, world));
      TRY(world.output.result(said));
      return 0;
    }
    default:
      return hand_out(TRY(read_native(std::move(options), world)), around, world);
  }
}

Result<int> dispatch(NativeOptions options, io::World& world) {
  if (options.command == Command::help || options.command == Command::version) {
    TRY(world.output.result(options.command == Command::help ? options.help : version_text(options.verbose)));
    return 0;
  }
  TRY(aim_log(options, world));
  if (options.timeout) {
    world.files.set_deadline(world.clock.steady() + Seconds(*options.timeout));
  }
  if (options.command == Command::dialects_install) {
    return compat::install_names(options.folder, world);
  }
  if (options.command == Command::migrate) {
    return compat::migrate(options.apply ? compat::Apply::yes : compat::Apply::no, world);
  }
  const auto turn = TRY(turn_for(options, world));
  const auto around = TRY(look_around(options, world));
  return run_command(std::move(options), around, world);
}

// Whether a line that cannot be parsed was meant for exec, whose exit codes leave room for those of its command.
bool is_exec(std::span<char*> arguments) {
  const auto command = std::ranges::find_if(arguments, [](std::string_view word) { return word == "--"; });
  return std::any_of(arguments.begin(), command, [](std::string_view word) { return word == "exec"; });
}

}  // namespace

int run(std::span<char*> arguments, io::World& world, std::string_view program) {
  program = program.substr(program.rfind('/') + 1);
  if (const auto* const front_end = compat::find_front_end(program)) {
    return compat::run_front_end(*front_end, program, arguments, world);
  }
  if (const auto* const front_end = arguments.empty() ? nullptr : compat::find_front_end(arguments.front())) {
    return compat::run_front_end(*front_end, arguments.front(), arguments.subspan(1), world);
  }
  auto options = parse_native(arguments);
  if (!options) {
    const int code = report(options.error(), world);
    return is_exec(arguments) ? kExecFailed : code;
  }
  const bool exec = options->command == Command::exec;
  const auto done = dispatch(*std::move(options), world);
  if (done) {
    return *done;
  }
  const int code = report(done.error(), world);
  return exec ? kExecFailed : code;
}

}  // namespace touchsts::cli
