#include "cli/key_store.h"

#include <algorithm>
#include <utility>

#include "base/untrusted.h"
#include "flight/lock_files.h"
#include "settings/plan_profile.h"

namespace touchsts::cli {
namespace {

constexpr std::size_t kLargestKey = 4096;         // bytes
constexpr std::size_t kLargestPassphrase = 1024;  // bytes

Result<> name_key(const KeyOptions& options,
                  const settings::Surroundings& around,
                  io::World& world,
                  keys::Sources& sources) {
  const auto& environment = world.environment;
  if (options.key_fd) {
    const auto which = formatted("--key-fd {}", *options.key_fd);
    sources.key = TRY(within(which, world.files.read_descriptor(*options.key_fd, kLargestKey)));
  } else if (!options.key_file.empty()) {
    sources.key_file = options.key_file;
    sources.key_file_from = "--key-file";
  } else if (const auto file = environment.get("TOUCHSTS_KEY_FILE"); !file.empty()) {
    sources.key_file = file;
    sources.key_file_from = "TOUCHSTS_KEY_FILE";
  } else if (!around.own.key_file.empty()) {
    sources.key_file = settings::path_in(around, around.own.key_file, around.paths.own);
    sources.key_file_from = around.paths.own;
  } else if (const auto folder = environment.get("CREDENTIALS_DIRECTORY"); folder.starts_with('/')) {
    const std::string credential = std::string(folder) + "/touchsts.key";
    const auto content = world.files.read_regular(credential, kLargestKey);
    if (!content || *content) {  // there, readable or not
      sources.key_file = credential;
      sources.key_file_from = "CREDENTIALS_DIRECTORY";
    }
  }
  if (sources.key_file.starts_with("~/")) {
    sources.key_file = around.facts->home + sources.key_file.substr(1);
  }
  return {};
}

// One end of line behind it is not part of a passphrase.
Result<Secret> checked_passphrase(Secret given) {
  const std::string_view text = given.reveal_text();
  const std::size_t size = text.size() - (text.ends_with("\r\n") ? 2 : text.ends_with('\n') ? 1 : 0);
  given.shrink(size);
  if (given.empty() || std::ranges::contains(given.reveal(), std::byte{0})) {
    return fail(Fault::usage, "it is empty, or has a zero byte in it");
  }
  return given;
}

}  // namespace

cache::EntryStore open_entry_store(const settings::Surroundings& around, cache::SessionKey& key, io::World& world) {
  return {around.paths.cache_home, key, {world.files, world.clock, world.random, world.log}};
}

Result<std::unique_ptr<io::Lock>> take_store_turn(io::World& world, Deadline deadline) {
  const auto home = settings::find_paths(world.environment, world.facts, "").data_home;
  const auto folder =
      home.empty() ? nullptr : world.files.private_folder(home, "touchsts", io::Files::Create::yes).value_or(nullptr);
  auto lock = folder ? folder->lock("lock").value_or(nullptr) : nullptr;
  if (!lock) {
    return nullptr;
  }
  const auto taken = flight::take_lock(*lock, world.clock, world.random, deadline);
  if (!taken) {
    return nullptr;  // a file system without locks
  }
  if (!*taken) {
    return hinted(fail(Fault::key_store, "another touchsts is changing the key store"), "try again when it is done");
  }
  return lock;
}

Result<std::optional<Secret>> read_passphrase_fd(std::optional<int> descriptor, io::World& world) {
  if (!descriptor) {
    return std::nullopt;
  }
  const auto which = formatted("--passphrase-fd {}", *descriptor);
  auto given = TRY(within(which, world.files.read_descriptor(*descriptor, kLargestPassphrase)));
  return TRY(within(which, checked_passphrase(std::move(given))));
}

Result<std::optional<Secret>> read_password_fd(std::optional<int> descriptor, io::World& world) {
  if (!descriptor) {
    return std::nullopt;
  }
  const auto which = formatted("--saml-password-fd {}", *descriptor);
  auto given = TRY(within(which, world.files.read_descriptor(*descriptor, kLargestPassphrase)));
  given.shrink(std::min(given.reveal_text().find('\n'), given.size()));
  given.shrink(given.size() - (given.reveal_text().ends_with('\r') ? 1 : 0));
  return TRY(within(which, checked_passphrase(std::move(given))));
}

Result<keys::Store> open_key_store(const KeyOptions& options, const settings::Surroundings& around, io::World& world) {
  keys::Sources sources;
  sources.store_id = keys::store_id_for(around.paths.data_home);
  sources.data_home = around.paths.data_home;
  sources.scope = around.own.keyring_scope;
  if (const auto scope = world.environment.get("TOUCHSTS_KEYRING"); !scope.empty()) {
    sources.scope = TRY(within("TOUCHSTS_KEYRING", settings::parse_keyring_scope(scope)));
  }
  TRY(name_key(options, around, world, sources));
  sources.passphrase = TRY(read_passphrase_fd(options.passphrase_fd, world));
  sources.passphrase_from = "--passphrase-fd";
  if (!sources.passphrase && !world.facts.passphrase.empty()) {
    sources.passphrase = TRY(within("TOUCHSTS_PASSPHRASE", checked_passphrase(world.facts.passphrase.clone())));
    sources.passphrase_from = "TOUCHSTS_PASSPHRASE";
  }
  return keys::Store(std::move(sources),
                     {world.files, world.keyring, world.secrets, world.random, world.clock, world.log});
}

}  // namespace touchsts::cli
