#include "cli/compat/kept_keys.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "cache/stored_keys.h"
#include "cli/key_store.h"
#include "codec/hex.h"
#include "crypto/hash.h"

namespace touchsts::cli::compat {
namespace {

constexpr Seconds kPatience{5};

Result<Secret> open_master(const settings::Surroundings& around, io::World& world) {
  keys::Store store = TRY(open_key_store({}, around, world));
  return store.open_lasting(nullptr);
}

std::string index_name(const KeptKeys& keys) { return keys.service + "/" + keys.access_key_id; }

Result<bool> is_kept(const KeptKeys& keys, const settings::Surroundings& around, io::World& world) {
  if (!around.stored_keys.contains(index_name(keys))) {
    return false;
  }
  cache::StoredKeys stored(around.paths.data_home, {world.files, world.clock, world.random});
  const auto old = stored.find(keys.access_key_id, TRY(open_master(around, world)));
  return old && same_secret(*old, keys.secret);
}

// Nearly always it is there already, and then no lock is needed.
Result<> keep_in_store(const KeptKeys& keys, const settings::Surroundings& around, io::World& world) {
  if (TRY(is_kept(keys, around, world))) {
    return {};
  }
  const auto turn = TRY(take_store_turn(world, world.clock.steady() + kPatience));
  const Secret master = TRY(open_master(around, world));  // which others may have changed
  cache::StoredKeys stored(around.paths.data_home, {world.files, world.clock, world.random});
  TRY(stored.put(keys.access_key_id, keys.secret, master));
  auto index = TRY(settings::look_around(world, "")).stored_keys;
  index.insert_or_assign(index_name(keys), keys.access_key_id);
  return stored.write_index(index);
}

}  // namespace

io::SecretStore::Attributes keyring_attributes(const std::string& service, const std::string& user) {
  return {{"service", service}, {"username", user}};
}

Result<> keep_in_keyring(io::World& world, const std::string& service, const std::string& user, const Secret& secret) {
  auto attributes = keyring_attributes(service, user);
  attributes.emplace_back("application", "Python keyring library");
  return world.secrets.keep(formatted("Password for '{}' on '{}'", user, service),
                            attributes,
                            secret,
                            io::SecretStore::Ask::yes,
                            world.clock.steady() + kPatience);
}

Result<> bring_keys(const KeptKeys& keys,
                    const std::string& profile,
                    settings::Surroundings& around,
                    io::World& world) {
  Secret secret = keys.secret.clone();
  if (secret.empty()) {
    const auto is_it = [&keys](const auto& entry) { return entry.second == keys.access_key_id; };
    if (std::ranges::any_of(around.stored_keys, is_it)) {
      around.stored_keys.insert_or_assign(profile, keys.access_key_id);
      return {};
    }
    const Deadline deadline = world.clock.steady() + kPatience;
    auto found =
        world.secrets.find(keyring_attributes(keys.service, keys.access_key_id), io::SecretStore::Ask::yes, deadline);
    if (!found) {
      world.log.debug("secret store: {}", in_one_line(found.error()));
    }
    if (!found || !*found) {
      return fail(Fault::configuration, "{}", keys.missing);
    }
    secret = **std::move(found);
  }
  auto& values = around.own.profiles[profile].values;
  values.insert_or_assign("aws_access_key_id",
                          aws::Value{.text = keys.access_key_id, .secret = {}, .sub = {}, .place = {}});
  values.insert_or_assign("aws_secret_access_key",
                          aws::Value{.text = {}, .secret = std::move(secret), .sub = {}, .place = {}});
  return {};
}

namespace {

// A run that is given the secret each time need not say each time that nothing keeps it.
bool is_said(const KeptKeys& keys, const settings::Surroundings& around, io::World& world) {
  const std::string mark =
      "unkept-" + codec::hex(std::span<const std::byte>(crypto::sha256(index_name(keys))).first(8));
  const auto& home = around.paths.cache_home;
  const auto folder =
      home.empty() ? nullptr : world.files.private_folder(home, "touchsts", io::Files::Create::yes).value_or(nullptr);
  const bool said = folder && folder->read(mark, 0).has_value();
  if (folder && !said) {
    (void)folder->write(mark, {});
  }
  return said;
}

}  // namespace

void keep_keys(const KeptKeys& keys, const settings::Surroundings& around, io::World& world) {
  if (keys.secret.empty()) {
    return;
  }
  const auto report = [&](const Result<>& kept) {
    if (kept || is_said(keys, around, world)) {
      return;
    }
    const std::string text = "the secret key is not kept for later runs: " + in_one_line(kept.error());
    world.log.warn("{}", text);
    if (world.terminal.in_reach()) {
      world.terminal.tell(text);
    } else if (!world.log.to_file()) {
      world.output.complaint(formatted("WARNING:root:{}\n", Untrusted{text}));  // as Python's logging has it
    }
  };
  report(keep_in_store(keys, around, world));
  if (keys.as_original) {
    report(keep_in_keyring(world, keys.service, keys.access_key_id, keys.secret));
  }
}

}  // namespace touchsts::cli::compat
