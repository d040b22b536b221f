// Scopes:
// - persistent: the user's persistent keyring, which outlives log-ins (keyrings(7), persistent-keyring(7)). It is
// linked
//   into this process's own keyring for as long as the process lives, which makes us its possessor.
// - user: the user keyring @u. Sessions without a link to it cannot possess its keys, so the key's owner may read it.
// - session: the session keyring @s.
// - automatic: persistent, or user where the kernel has no persistent keyrings. In a container that shares its user
//   namespace with the host, @u and the persistent keyring are the host's too, so there it is session.
#include "os/kernel_keyring.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <string_view>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

#include "base/format.h"
#include "os/descriptor.h"
#include "os/trial.h"

namespace touchsts::os {
namespace {

using io::KeyringScope;

// "Possessor and owner: view, read, search; possessor also write, link, set attributes."
constexpr unsigned long kReadableByOwner = 0x3F0B0000;
constexpr std::size_t kLargestPayload = 4096;

long key_control(int operation, unsigned long a = 0, unsigned long b = 0, unsigned long c = 0, unsigned long d = 0) {
  return syscall(SYS_keyctl, operation, a, b, c, d);
}

unsigned long number(const void* pointer) { return reinterpret_cast<unsigned long>(pointer); }
unsigned long number(int special) { return static_cast<unsigned long>(static_cast<long>(special)); }

bool in_shared_container(const io::Environment& environment) {
  const bool container = access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0 ||
                         !environment.get("container").empty();
  if (!container) {
    return false;
  }
  // In the initial user namespace the map is the identity over all 2^32 - 1 ids.
  const Descriptor file = open_at(AT_FDCWD, "/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
  std::array<char, 128> text{};
  const ssize_t count = file.valid() ? read(file.get(), text.data(), text.size()) : 0;
  const std::string_view map(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  return map.empty() || (map.contains(" 0 ") && map.contains("4294967295"));
}

// The keyring's serial number; negative with errno when there is none that we may use.
long keyring_of(KeyringScope scope) {
  switch (scope) {
    case KeyringScope::persistent:
    case KeyringScope::automatic: {
      const long ring = key_control(KEYCTL_GET_PERSISTENT, number(-1), number(KEY_SPEC_PROCESS_KEYRING));
      if (ring >= 0 || scope == KeyringScope::persistent || errno != EOPNOTSUPP) {
        return ring;
      }
      return KEY_SPEC_USER_KEYRING;
    }
    case KeyringScope::user:
      return KEY_SPEC_USER_KEYRING;
    case KeyringScope::session:
      return KEY_SPEC_SESSION_KEYRING;
    case KeyringScope::off:
      break;
  }
  errno = ENOKEY;
  return -1;
}

constexpr std::string_view kUseFile = "name a key file: TOUCHSTS_KEY_FILE, or [cache] key_file in config.toml";

std::unexpected<Error> unusable(std::string_view why) {
  return hinted(fail(Fault::key_store, "the kernel keyring cannot keep a key here: {}", why), std::string(kUseFile));
}

}  // namespace

KeyringScope KernelKeyring::resolve(KeyringScope scope) const {
  return scope == KeyringScope::automatic && in_shared_container(environment_) ? KeyringScope::session : scope;
}

long KernelKeyring::search(const std::string& description, KeyringScope scope) const {
  const KeyringScope resolved = resolve(scope);
  if (resolved == KeyringScope::off) {
    return -1;
  }
  const long ring = keyring_of(resolved);
  if (ring == -1 && resolved != KeyringScope::session && resolved != KeyringScope::user) {
    return -1;
  }
  return key_control(KEYCTL_SEARCH, static_cast<unsigned long>(ring), number("user"), number(description.c_str()));
}

std::optional<Secret> KernelKeyring::find(const std::string& description, KeyringScope scope) {
  const long key = search(description, scope);
  if (key < 0) {
    return std::nullopt;
  }
  Secret payload = Secret::blank(kLargestPayload);
  const long size = key_control(
      KEYCTL_READ, static_cast<unsigned long>(key), number(payload.reveal_writable().data()), payload.size());
  if (size < 0 || std::cmp_greater(size, payload.size())) {
    return std::nullopt;
  }
  payload.shrink(static_cast<std::size_t>(size));
  return payload;
}

void KernelKeyring::drop(const std::string& description, KeyringScope scope) {
  if (const long key = search(description, scope); key >= 0) {
    key_control(KEYCTL_INVALIDATE, static_cast<unsigned long>(key));
  }
}

Result<> KernelKeyring::keep(const std::string& description,
                             const Secret& payload,
                             Seconds lifetime,
                             KeyringScope scope) {
  const KeyringScope resolved = resolve(scope);
  if (resolved == KeyringScope::off) {
    return unusable("it is switched off");
  }
  const long ring = keyring_of(resolved);
  if (ring == -1) {
    return unusable(std::strerror(errno));
  }
  const long key = syscall(SYS_add_key, "user", description.c_str(), payload.reveal().data(), payload.size(), ring);
  if (key < 0) {
    return unusable(std::strerror(errno));
  }
  key_control(KEYCTL_SET_TIMEOUT, static_cast<unsigned long>(key), static_cast<unsigned long>(lifetime.count()));
  if (resolved == KeyringScope::user || ring == KEY_SPEC_USER_KEYRING) {
    key_control(KEYCTL_SETPERM, static_cast<unsigned long>(key), kReadableByOwner);
  }
  return {};
}

// A process without a session keyring gets one of its own with the first key that it keeps, which ends with it; so the
// two do not share ours.
Result<> KernelKeyring::probe(KeyringScope scope) {
  const KeyringScope resolved = resolve(scope);
  if (resolved == KeyringScope::off) {
    return unusable("it is switched off");
  }
  const std::string key = formatted("{} touchsts:probe:{}", static_cast<int>(resolved), getpid());
  if (const auto kept = try_out("keep-key " + key); !kept) {
    return std::unexpected(Error{Fault::key_store, kept.error().text, std::string(kUseFile)});
  }
  if (const auto found = try_out("find-key " + key); !found) {
    return unusable(found.error().text);
  }
  return {};
}

std::string KernelKeyring::scope_name(KeyringScope scope) {
  switch (resolve(scope)) {
    case KeyringScope::automatic:
    case KeyringScope::persistent:
      return keyring_of(resolve(scope)) == KEY_SPEC_USER_KEYRING ? "user" : "persistent";
    case KeyringScope::user:
      return "user";
    case KeyringScope::session:
      return "session";
    case KeyringScope::off:
      break;
  }
  return "off";
}

}  // namespace touchsts::os
