#include "cache/stored_keys.h"

#include <algorithm>
#include <utility>

#include "base/byte_writer.h"
#include "base/untrusted.h"
#include "codec/percent.h"

namespace touchsts::cache {
namespace {

constexpr const char* kIndexFile = "keys.ini";

constexpr std::string_view kPassword = "saml-password ";

Kind kind_of(const std::string& id) { return id.starts_with(kPassword) ? Kind::password : Kind::long_term; }

Secret identity_of(const std::string& access_key_id) {
  ByteWriter out;
  out.sized(
      std::string_view(kind_of(access_key_id) == Kind::password ? "touchsts password 1" : "touchsts long-term key 1"));
  out.sized(access_key_id);
  return out.take();
}

}  // namespace

std::string password_id(std::string_view username, std::string_view origin) {
  return formatted("{}{} at {}", kPassword, codec::percent_encode(username), origin);
}

std::string encode_key_index(const KeyIndex& index) {
  std::string text = "# Whose secret access keys and passwords are in the key store: touchsts keys list\n";
  for (const auto& [profile, access_key_id] : index) {
    text += formatted("[{}]\naws_access_key_id = {}\n", profile, access_key_id);
  }
  return text;
}

Result<std::unique_ptr<io::PrivateFolder>> StoredKeys::folder(io::Files::Create create) {
  if (data_home_.empty()) {
    return fail(Fault::key_store, "there is no home folder for stored keys");
  }
  auto folder = TRY(parts_.files.private_folder(data_home_, "touchsts", create));
  return folder ? Result<std::unique_ptr<io::PrivateFolder>>(std::move(folder))
                : fail(Fault::key_store, "there are no stored keys");
}

Result<Secret> StoredKeys::find(const std::string& access_key_id, const Secret& master_key) {
  const auto where = TRY(folder(io::Files::Create::no));
  const Secret identity = identity_of(access_key_id);
  const auto loaded = where->load(entry_name(master_key, identity.reveal()), kLargestEntry);
  if (!loaded) {
    return fail(Fault::key_store, "the stored key {} {}", Untrusted{access_key_id}, loaded.error().text);
  }
  if (!*loaded) {
    return hinted(fail(Fault::key_store, "the key store does not have the key {}", Untrusted{access_key_id}),
                  "if it lies under another key file: touchsts cache rekey --old-key-file FILE; else import it again");
  }
  auto entry = open(**loaded, master_key, identity.reveal(), kind_of(access_key_id));
  if (!entry) {
    return hinted(fail(Fault::key_store, "the stored key {} is damaged", Untrusted{access_key_id}),
                  "take its file from a backup, or import it again: touchsts keys import, touchsts keys password");
  }
  return std::move(entry->credentials.secret_access_key);
}

Result<> StoredKeys::put(const std::string& access_key_id, const Secret& secret_access_key, const Secret& master_key) {
  const auto where = TRY(folder(io::Files::Create::yes));
  const Secret identity = identity_of(access_key_id);
  SealInput input{
      .root_key = master_key, .identity = identity.reveal(), .kind = kind_of(access_key_id), .salt = {}, .nonce = {}};
  parts_.random.fill(input.salt);
  parts_.random.fill(input.nonce);
  const Entry entry{.credentials = {.access_key_id = access_key_id,
                                    .secret_access_key = secret_access_key.clone(),
                                    .session_token = {},
                                    .expires = {},
                                    .account_id = {}},
                    .written = {},
                    .written_at = parts_.clock.now()};
  TRY(where->write(entry_name(master_key, identity.reveal()), seal(input, entry)));
  const Secret found = TRY(find(access_key_id, master_key));
  if (!std::ranges::equal(found.reveal(), secret_access_key.reveal())) {
    return fail(Fault::key_store, "the key store does not give back what was put there");
  }
  return {};
}

Result<> StoredKeys::remove(const std::string& access_key_id, const Secret& master_key) {
  return TRY(folder(io::Files::Create::no))->remove(entry_name(master_key, identity_of(access_key_id).reveal()));
}

Result<> StoredKeys::write_index(const KeyIndex& index) {
  const std::string text = encode_key_index(index);
  return TRY(folder(io::Files::Create::yes))->write(kIndexFile, std::as_bytes(std::span(text)));
}

}  // namespace touchsts::cache
