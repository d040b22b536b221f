#include "cache/master_key.h"

#include <string_view>

#include "base/untrusted.h"
#include "codec/hex.h"
#include "crypto/hash.h"

namespace touchsts::cache {
namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::size_t kLargestKeyFile = 4096;

std::string description(const KeySources& sources) { return "touchsts:mk:" + sources.store_id; }

}  // namespace

std::string store_id_for(const std::string& cache_folder) {
  return codec::hex(std::span<const std::byte>(crypto::sha256("touchsts store\n" + cache_folder)).first(8));
}

// A key file has 256 random bits or more, so HKDF alone makes the master key of it.
Result<Secret> MasterKey::from_key_file() {
  const auto named = [this](std::string_view what) {
    return fail(Fault::key_store, "key file {} ({}): {}", Untrusted{sources_.key_file}, sources_.key_file_from, what);
  };
  auto content = files_.read(sources_.key_file, kLargestKeyFile);
  if (!content) {
    return named(content.error().text);
  }
  if (!*content) {
    return hinted(named("there is no such file"), "make one: (umask 077; head -c 32 /dev/urandom > FILE)");
  }
  const auto& file = **content;
  if (!file.regular || !file.owned || (file.mode & 077) != 0) {
    return hinted(named("it must be a regular file of yours that nobody else can read"), "chmod 600 FILE");
  }
  if (!files_.parent_is_safe(sources_.key_file)) {
    return named("its folder can be written by others");
  }
  if (file.bytes.size() < kKeySize) {
    return named("it needs at least 32 random bytes");
  }
  constexpr std::string_view kInfo = "touchsts/1 key file";
  return crypto::hkdf_sha256(file.bytes.reveal(), {}, std::as_bytes(std::span(kInfo)), kKeySize);
}

Result<const Secret*> MasterKey::find() {
  if (key_) {
    return &*key_;
  }
  if (!sources_.key_file.empty()) {
    key_ = TRY(from_key_file());
    return &*key_;
  }
  auto found = keyring_.find(description(sources_), sources_.scope);
  if (!found || found->size() != kKeySize) {
    return nullptr;
  }
  key_ = *std::move(found);
  return &*key_;
}

Result<const Secret*> MasterKey::find_or_make() {
  if (const Secret* const found = TRY(find())) {
    return found;
  }
  Secret made = Secret::blank(kKeySize);
  random_.fill(made.reveal_writable());
  TRY(keyring_.keep(description(sources_), made, kMasterKeyLife, sources_.scope));
  // Two first runs may meet here; both go on with the key that the kernel kept.
  key_ = keyring_.find(description(sources_), sources_.scope);
  if (!key_ || key_->size() != kKeySize) {
    key_.reset();
    return fail(Fault::key_store, "the kernel keyring does not give back what was put there");
  }
  return &*key_;
}

}  // namespace touchsts::cache
