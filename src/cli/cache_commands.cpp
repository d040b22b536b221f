#include "cli/cache_commands.h"

#include <map>
#include <set>

#include "base/format.h"
#include "base/untrusted.h"
#include "cache/entry_store.h"
#include "cli/key_store.h"
#include "codec/json.h"
#include "codec/timestamp.h"
#include "settings/plan_profile.h"

namespace touchsts::cli {
namespace {

// File names tell nothing; they are matched against what each profile would ask for.
std::map<std::string, std::string> owners(const settings::Surroundings& around, cache::EntryStore& store) {
  std::map<std::string, std::string> found;
  const auto shared = around.profiles.names();
  std::set<std::string> names(shared.begin(), shared.end());
  for (const auto& [name, profile] : around.own.profiles) {
    names.insert(name);
  }
  for (const auto& name : names) {
    const auto prepared = settings::prepare(
        around, {.profile = name, .named = true, .flags = {}, .endpoint_url = {}, .least_life = {}, .question = {}});
    for (std::size_t count = 1; prepared && count <= prepared->plan.steps.size(); ++count) {
      if (const auto file = store.name_of(prepared->plan, count)) {
        auto& owner = found[*file];
        owner += (owner.empty() ? "" : ", ") + name;
      }
    }
  }
  return found;
}

}  // namespace

Result<int> cache_list(const settings::Surroundings& around,
                       const KeyOptions& options,
                       TextFormat format,
                       io::World& world) {
  keys::Store keys = TRY(open_key_store(options, around, world));
  cache::SessionKey key(keys);
  (void)key.find_or_open();  // a store that stays locked leaves the profiles unknown
  cache::EntryStore store = open_entry_store(around, key, world);
  const auto listed = TRY(store.list());
  const auto known = owners(around, store);
  codec::Json json = codec::Json::array();
  std::string text;
  for (const auto& [name, glance, opens] : listed) {
    const std::string_view kind = glance.kind == cache::Kind::session ? "session" : "role";
    const auto owner = known.find(name);
    const std::string profiles = owner != known.end() ? owner->second : "";
    const bool expired = glance.not_after <= world.clock.now();
    json.push_back({{"name", name},
                    {"kind", kind},
                    {"expires", codec::to_rfc3339(glance.not_after)},
                    {"expired", expired},
                    {"written", codec::to_rfc3339(glance.written_at)},
                    {"readable", opens},
                    {"profiles", profiles}});
    text += formatted("{}  {:<7}  {}{}  {}\n",
                      name,
                      kind,
                      codec::to_rfc3339(glance.not_after),
                      expired ? " (expired)" : "",
                      profiles.empty() ? "unknown profile" : printable(profiles));
  }
  TRY(world.output.result(format == TextFormat::json ? codec::to_text(json) + "\n" : text));
  return 0;
}

Result<int> clear_cache(const settings::Surroundings& around, io::World& world) {
  // Whatever the key is, and however its configuration may be broken.
  keys::Store keys({}, {world.files, world.keyring, world.secrets, world.random, world.clock, world.log});
  cache::SessionKey key(keys);
  cache::EntryStore store = open_entry_store(around, key, world);
  return TRY(store.clear());
}

Result<int> cache_clear(const settings::Surroundings& around, io::World& world) {
  const int removed = TRY(clear_cache(around, world));
  TRY(world.output.result(formatted("{} removed\n", removed)));
  return 0;
}

}  // namespace touchsts::cli
