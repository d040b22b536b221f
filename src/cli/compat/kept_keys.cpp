#include "cli/compat/kept_keys.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "cache/stored_keys.h"
#include "cli/key_store.h"

namespace touchsts::cli::compat {
namespace {

constexpr Seconds kPatience{5};

// Where Python's keyring library puts and finds a password.
io::SecretStore::Attributes found_by(const KeptKeys& keys) {
  return {{"service", keys.service}, {"username", keys.access_key_id}};
}

Result<> keep_in_store(const KeptKeys& keys, const settings::Surroundings& around, io::World& world) {
  const auto turn = TRY(take_store_turn(world, world.clock.steady() + kPatience));
  keys::Store store = TRY(open_key_store({}, around, world));
  const auto master = TRY(store.open(nullptr));
  if (!master) {
    return fail(Fault::key_store, "there is no key store that lasts");
  }
  cache::StoredKeys stored(around.paths.data_home, {world.files, world.clock, world.random});
  const std::string profile = keys.service + "/" + keys.access_key_id;
  const auto known = around.stored_keys.find(profile);
  if (known != around.stored_keys.end()) {
    const auto old = stored.find(keys.access_key_id, *master);
    if (old && same_secret(*old, keys.secret)) {
      return {};
    }
  }
  TRY(stored.put(keys.access_key_id, keys.secret, *master));
  auto index = around.stored_keys;
  index.insert_or_assign(profile, keys.access_key_id);
  return stored.write_index(index);
}

Result<> keep_as_original(const KeptKeys& keys, io::World& world) {
  auto attributes = found_by(keys);
  attributes.emplace_back("application", "Python keyring library");
  return world.secrets.keep(formatted("Password for '{}' on '{}'", keys.access_key_id, keys.service),
                            attributes,
                            keys.secret,
                            io::SecretStore::Ask::yes,
                            world.clock.steady() + kPatience);
}

}  // namespace

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
    auto found = world.secrets.find(found_by(keys), io::SecretStore::Ask::yes, deadline);
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

void keep_keys(const KeptKeys& keys, const settings::Surroundings& around, io::World& world) {
  if (keys.secret.empty()) {
    return;
  }
  const auto report = [&world](const Result<>& kept) {
    if (!kept) {
      world.log.warn("the secret key is not kept: {}", in_one_line(kept.error()));
    }
  };
  report(keep_in_store(keys, around, world));
  if (keys.as_original) {
    report(keep_as_original(keys, world));
  }
}

}  // namespace touchsts::cli::compat
