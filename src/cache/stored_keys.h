// Long-term keys that left ~/.aws/credentials, and passwords of identity providers: each secret is an entry in the key
// store's folder, sealed with its master key.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "cache/format.h"
#include "io/clock.h"
#include "io/files.h"
#include "io/random.h"

namespace touchsts::cache {

// password_id is the id of a stored password, as access key ids are those of keys: the user's name, and the origin of
// the pages that get it. It has only characters that a section's name can have.
std::string password_id(std::string_view username, std::string_view origin);

// KeyIndex says which profile has which stored access key id; a password stands under its own id. It is the file
// keys.ini, in the grammar of AWS's credentials file.
using KeyIndex = std::map<std::string, std::string, std::less<>>;

std::string encode_key_index(const KeyIndex& index);

class StoredKeys {
 public:
  struct Parts {
    io::Files& files;
    io::Clock& clock;
    io::Random& random;
  };

  // `data_home` is where the folder "touchsts" lives.
  StoredKeys(std::string data_home, Parts parts) : data_home_(std::move(data_home)), parts_(parts) {}

  // find gives the secret access key. Fault::key_store when it is missing, or was sealed with another master key
  // and so cannot be recovered.
  Result<Secret> find(const std::string& access_key_id, const Secret& master_key);

  // put writes it and reads it back.
  Result<> put(const std::string& access_key_id, const Secret& secret_access_key, const Secret& master_key);

  Result<> remove(const std::string& access_key_id, const Secret& master_key);

  Result<> write_index(const KeyIndex& index);

 private:
  Result<std::unique_ptr<io::PrivateFolder>> folder(io::Files::Create create);

  std::string data_home_;
  Parts parts_;
};

}  // namespace touchsts::cache
