#include "os/trust_store.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/format.h"
#include "base/untrusted.h"
#include "codec/base64.h"
#include "codec/certificate.h"
#include "codec/der.h"
#include "os/descriptor.h"
#include "os/file_trust.h"
#include "os/waiting.h"

namespace touchsts::os {
namespace {

constexpr std::size_t kLargestBundle = std::size_t{8} * 1024 * 1024;
constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

// Where distributions keep their bundle: Debian, Fedora, Alpine and SUSE, older Red Hat, BSD and Alpine.
constexpr const char* kSystemBundles[] = {"/etc/ssl/certs/ca-certificates.crt",
                                          "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                                          "/etc/ssl/ca-bundle.pem",
                                          "/etc/pki/tls/certs/ca-bundle.crt",
                                          "/etc/ssl/cert.pem"};

std::unexpected<Error> too_large() {
  return fail(Fault::configuration, "it is larger than {} MiB", kLargestBundle >> 20U);
}

// What a command writes: AWS_CA_BUNDLE=<(command).
Result<std::string> read_pipe(int pipe, Deadline deadline) {
  std::string text;
  std::array<char, 16384> part{};
  while (true) {
    if (!wait_for(pipe, POLLIN, deadline)) {
      return hinted(fail(Fault::configuration, "nothing came through the pipe in time"), "is its command running?");
    }
    const ssize_t count = read(pipe, part.data(), part.size());
    if (count < 0 && errno != EINTR && errno != EAGAIN) {
      return fail(Fault::configuration, "it cannot be read: {}", std::strerror(errno));
    }
    if (count == 0) {
      return text;
    }
    text.append(part.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (text.size() > kLargestBundle) {
      return too_large();
    }
  }
}

// A pipe is read once, and every connection of the run wants what came through it.
Result<std::string> read_pipe_once(const char* path, int pipe, Deadline deadline) {
  struct Piped {
    std::string path, text;
  };
  static std::optional<Piped> piped;
  if (!piped || piped->path != path) {
    piped = Piped{path, TRY(read_pipe(pipe, deadline))};
  }
  return piped->text;
}

Result<std::string> read_bundle(const char* path, Deadline deadline) {
  const Descriptor file = open_at(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  struct stat status{};
  if (!file.valid() || fstat(file.get(), &status) != 0) {
    return fail(Fault::configuration, "{}", std::strerror(errno));
  }
  if (S_ISFIFO(status.st_mode)) {
    return read_pipe_once(path, file.get(), deadline);
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(Fault::configuration, "it is not a regular file");
  }
  if (std::cmp_greater(status.st_size, kLargestBundle)) {
    return too_large();
  }
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t used = 0;
  while (used < text.size()) {
    const ssize_t count = read(file.get(), text.data() + used, text.size() - used);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return fail(Fault::configuration, "it cannot be read: {}", std::strerror(errno));
    }
    if (count == 0) {
      return fail(Fault::configuration, "it was changed while it was read");
    }
    used += static_cast<std::size_t>(count);
  }
  return text;
}

}  // namespace

void TrustStore::add(std::span<const std::byte> der) {
  const auto subject = codec::certificate_subject(der);
  if (!subject) {
    return;
  }
  const std::size_t start = der_.size();
  certificates_.push_back(
      {start, der.size(), start + static_cast<std::size_t>(subject->data() - der.data()), subject->size()});
  der_.insert(der_.end(), der.begin(), der.end());
}

Result<> TrustStore::add_pem(std::string_view text) {
  der_.reserve(text.size() * 3 / 4);
  for (auto begin = text.find(kBegin); begin != std::string_view::npos; begin = text.find(kBegin)) {
    text.remove_prefix(begin + kBegin.size());
    const auto end = text.find(kEnd);
    const auto der = end == std::string_view::npos ? std::nullopt : codec::base64_decode_lines(text.substr(0, end));
    if (!der) {
      return fail(Fault::configuration, "certificate {} is broken", certificates_.size() + 1);
    }
    add(*der);
    text.remove_prefix(end + kEnd.size());
  }
  if (certificates_.empty()) {
    return fail(Fault::configuration, "there is no PEM certificate in it");
  }
  return {};
}

Result<TrustStore> TrustStore::open(const io::Network& network, Deadline deadline) {
  TrustStore store;
  if (!network.ca_bundle.empty()) {
    store.from_ = network.ca_bundle;
    const std::string bundle =
        formatted("CA bundle {} ({})", Untrusted{network.ca_bundle}, Untrusted{network.ca_bundle_from});
    const std::string text = TRY(within(bundle, read_bundle(network.ca_bundle.c_str(), deadline)));
    if (const auto distrust = distrust_file(network.ca_bundle)) {
      return hinted(fail(Fault::configuration, "{}: {}, so it does not count", bundle, distrust->why),
                    distrust->remedy);
    }
    TRY(within(bundle, store.add_pem(text)));
    return store;
  }
  for (const char* const path : kSystemBundles) {
    const auto text = read_bundle(path, deadline);
    if (text && store.add_pem(*text)) {
      store.from_ = path;
      return store;
    }
    store = TrustStore();
  }
  store.from_ = "built in";
  auto rest = builtin_roots();
  while (const auto item = codec::take_der_item(rest)) {
    store.add(item->whole);
  }
  return store;
}

std::vector<std::span<const std::byte>> TrustStore::with_subject(std::span<const std::byte> name) const {
  const std::span<const std::byte> all(der_);
  std::vector<std::span<const std::byte>> found;
  for (const auto& root : certificates_) {
    if (std::ranges::equal(all.subspan(root.subject_offset, root.subject_size), name)) {
      found.push_back(all.subspan(root.offset, root.size));
    }
  }
  return found;
}

}  // namespace touchsts::os
