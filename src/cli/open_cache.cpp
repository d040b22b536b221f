#include "cli/open_cache.h"

namespace touchsts::cli {

Result<cache::KeySources> key_sources(const std::string& flag, const settings::Surroundings& around, io::World& world) {
  const auto& environment = world.environment;
  cache::KeySources sources;
  sources.store_id = cache::store_id_for(around.paths.cache_home);
  sources.scope = around.own.keyring_scope;
  if (const auto scope = environment.get("TOUCHSTS_KEYRING"); !scope.empty()) {
    sources.scope = TRY(within("TOUCHSTS_KEYRING", settings::parse_keyring_scope(scope)));
  }
  if (!flag.empty()) {
    sources.key_file = flag;
    sources.key_file_from = "--key-file";
  } else if (const auto file = environment.get("TOUCHSTS_KEY_FILE"); !file.empty()) {
    sources.key_file = file;
    sources.key_file_from = "TOUCHSTS_KEY_FILE";
  } else if (!around.own.key_file.empty()) {
    sources.key_file = around.own.key_file;
    sources.key_file_from = around.paths.own;
  } else if (const auto folder = environment.get("CREDENTIALS_DIRECTORY"); folder.starts_with('/')) {
    const std::string credential = std::string(folder) + "/touchsts.key";
    const auto content = world.files.read(credential, 4096);
    if (!content || *content) {  // there, readable or not
      sources.key_file = credential;
      sources.key_file_from = "CREDENTIALS_DIRECTORY";
    }
  }
  if (sources.key_file.starts_with("~/")) {
    sources.key_file = around.facts->home + sources.key_file.substr(1);
  }
  return sources;
}

}  // namespace touchsts::cli
