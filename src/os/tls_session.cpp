#include "os/tls_session.h"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <format>
#include <sys/random.h>
#include <sys/socket.h>
#include <touchsts_certificate.h>

#include <mbedtls/error.h>
#include <mbedtls/platform.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#include <psa/crypto.h>

#include "base/untrusted.h"
#include "os/certificate_check.h"

namespace touchsts::os {
namespace {

constexpr mbedtls_x509_crt_profile kProfile = {
    MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
        MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
    MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSA) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECKEY) |
        MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECDSA) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSASSA_PSS),
    MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) | MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1) |
        MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP521R1),
    2048};

int random_bytes(void*, unsigned char* out, std::size_t size) {
  while (size > 0) {
    const ssize_t count = getrandom(out, size, 0);
    if (count < 0 && errno != EINTR) {
      return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    }
    out += count > 0 ? count : 0;
    size -= count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  return 0;
}

// Called for a certificate whose issuer is wanted; the library frees the list.
int find_issuers(void* store, const mbedtls_x509_crt* child, mbedtls_x509_crt** candidates) {
  const std::span issuer(reinterpret_cast<const std::byte*>(child->issuer_raw.p), child->issuer_raw.len);
  const auto found = static_cast<const TrustStore*>(store)->with_subject(issuer);
  if (found.empty()) {
    return 0;
  }
  auto* const list = static_cast<mbedtls_x509_crt*>(mbedtls_calloc(1, sizeof(mbedtls_x509_crt)));
  if (list == nullptr) {
    return MBEDTLS_ERR_X509_ALLOC_FAILED;
  }
  mbedtls_x509_crt_init(list);
  bool any = false;
  for (const auto der : found) {
    any = touchsts_parse_certificate(list, reinterpret_cast<const unsigned char*>(der.data()), der.size()) == 0 || any;
  }
  if (any) {
    *candidates = list;
  } else {
    mbedtls_x509_crt_free(list);
    mbedtls_free(list);
  }
  return 0;
}

// Where the peer's bytes enter. The library reads on by itself while records come that are not for the application, so
// the limits are here.
struct Wire {
  int socket = -1;
  Deadline deadline = Deadline::max();
  std::size_t quiet = 0;  // bytes that came since there was something for the application
};

int send_bytes(void* opaque, const unsigned char* bytes, std::size_t size) {
  const Wire& wire = *static_cast<Wire*>(opaque);
  while (true) {
    const ssize_t count = send(wire.socket, bytes, size, MSG_NOSIGNAL);
    if (count >= 0) {
      return static_cast<int>(count);
    }
    if (errno != EINTR) {
      return errno == EAGAIN || errno == EWOULDBLOCK ? MBEDTLS_ERR_SSL_WANT_WRITE : MBEDTLS_ERR_SSL_CONN_EOF;
    }
  }
}

int receive_bytes(void* opaque, unsigned char* bytes, std::size_t size) {
  Wire& wire = *static_cast<Wire*>(opaque);
  while (wire.quiet < kMostQuiet && std::chrono::steady_clock::now() < wire.deadline) {
    const ssize_t count = recv(wire.socket, bytes, size, 0);
    if (count >= 0) {
      wire.quiet += static_cast<std::size_t>(count);
      return static_cast<int>(count);
    }
    if (errno != EINTR) {
      return errno == EAGAIN || errno == EWOULDBLOCK ? MBEDTLS_ERR_SSL_WANT_READ : MBEDTLS_ERR_SSL_CONN_EOF;
    }
  }
  return MBEDTLS_ERR_SSL_TIMEOUT;
}

struct Objection {
  std::uint32_t flag;
  const char* text;
  const char* hint;
};

constexpr const char* kClock = "check this machine's clock first; then who answers in the server's place";
constexpr const char* kRoots = "a proxy that inspects TLS? then name its CA: AWS_CA_BUNDLE or ca_bundle";

constexpr Objection kObjections[] = {
    {MBEDTLS_X509_BADCERT_EXPIRED, "the certificate has expired", kClock},
    {MBEDTLS_X509_BADCERT_FUTURE, "the certificate is not valid yet", kClock},
    {MBEDTLS_X509_BADCERT_CN_MISMATCH, "the certificate is for another host", kRoots},
    {MBEDTLS_X509_BADCERT_BAD_KEY, "a certificate's key is too weak", kRoots},
    {MBEDTLS_X509_BADCERT_BAD_MD, "a certificate's signature is too weak", kRoots},
    {MBEDTLS_X509_BADCERT_BAD_PK, "a certificate's key is of a kind we do not take", kRoots},
    {MBEDTLS_X509_BADCERT_EXT_KEY_USAGE, "the certificate is not for TLS servers", kRoots},
    {MBEDTLS_X509_BADCERT_KEY_USAGE, "the certificate is not for TLS servers", kRoots},
    {MBEDTLS_X509_BADCERT_NOT_TRUSTED, "the certificate is not signed by an authority that we trust", kRoots},
};

// The library's errors have a module's number in their upper bits; a reason from another module may be added below.
bool is_about_certificates(int status) { return -status >= 0x2080 && -status < 0x3000; }  // mbedtls/x509.h

bool is_about_keys(int status) {
  switch (-(-status & 0xFF80)) {
    case MBEDTLS_ERR_PK_UNKNOWN_PK_ALG:
    case MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE:
    case MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE:
    case MBEDTLS_ERR_PK_INVALID_PUBKEY:
    case MBEDTLS_ERR_PK_INVALID_ALG:
      return true;
    default:
      return false;
  }
}

int check_certificate(void* check, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags) {
  const std::span der(reinterpret_cast<const std::byte*>(certificate->raw.p), certificate->raw.len);
  if (!static_cast<CertificateCheck*>(check)->allows(der, depth)) {
    *flags |= MBEDTLS_X509_BADCERT_OTHER;
  }
  return 0;
}

}  // namespace

struct TlsSession::State {
  Wire wire;
  std::string host;
  std::string trusted_from;
  CertificateCheck check;
  mbedtls_ssl_config config{};
  mbedtls_ssl_context context{};

  State() {
    mbedtls_ssl_config_init(&config);
    mbedtls_ssl_init(&context);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    mbedtls_ssl_free(&context);
    mbedtls_ssl_config_free(&config);
  }

  [[nodiscard]] std::unexpected<Error> objection(std::uint32_t flags) const {
    for (const auto& [flag, text, hint] : kObjections) {
      if ((flags & flag) != 0) {
        return hinted(fail(Fault::network, "{}: {} (trusting {})", Untrusted{host}, text, Untrusted{trusted_from}),
                      hint);
      }
    }
    const char* const own = check.objection();
    if (own != nullptr) {
      return hinted(fail(Fault::network, "{}: {} (trusting {})", Untrusted{host}, own, Untrusted{trusted_from}),
                    kRoots);
    }
    return fail(Fault::network, "{}: the certificate is refused ({:#x})", Untrusted{host}, flags);
  }

  [[nodiscard]] std::unexpected<Error> problem(int status) const {
    // Some objections end the handshake under another name; all bits set means that none was made yet.
    const std::uint32_t flags = mbedtls_ssl_get_verify_result(&context);
    if (status == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED || (flags != 0 && flags != UINT32_MAX)) {
      return objection(flags);
    }
    if (status == MBEDTLS_ERR_SSL_TIMEOUT && wire.quiet >= kMostQuiet) {
      return hinted(fail(Fault::network, "{} sends TLS records without end, and nothing in them", Untrusted{host}),
                    "check endpoint and proxy");
    }
    if (status == MBEDTLS_ERR_SSL_TIMEOUT) {
      return hinted(fail(Fault::network, "the answer of {} took too long", Untrusted{host}),
                    "check the network and the proxy settings");
    }
    if (status == MBEDTLS_ERR_SSL_CONN_EOF) {
      return fail(Fault::network, "{} closed the connection", Untrusted{host});
    }
    if (is_about_keys(status)) {
      return objection(MBEDTLS_X509_BADCERT_BAD_PK);
    }
    if (is_about_certificates(status)) {
      return hinted(
          fail(Fault::network,
               "{}: a certificate cannot be read, or has a critical extension that is not supported (trusting {})",
               Untrusted{host},
               Untrusted{trusted_from}),
          kRoots);
    }
    const char* const high = mbedtls_high_level_strerr(status);
    const char* const low = mbedtls_low_level_strerr(status);
    return hinted(fail(Fault::network,
                       "TLS with {}: {}",
                       Untrusted{host},
                       high != nullptr  ? high
                       : low != nullptr ? low
                                        : "failed"),
                  "TLS 1.2 or 1.3 is needed; is something else answering on that port?");
  }

  Result<TlsStep> step(int status) const {
    if (status >= 0) {
      return TlsStep::done;
    }
    switch (status) {
      case MBEDTLS_ERR_SSL_WANT_READ:
        return TlsStep::wait_read;
      case MBEDTLS_ERR_SSL_WANT_WRITE:
        return TlsStep::wait_write;
      case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
        return TlsStep::closed;
      default:
        return problem(status);
    }
  }
};

TlsSession::TlsSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsSession::~TlsSession() = default;

Result<std::unique_ptr<TlsSession>> TlsSession::start(int socket, const std::string& host, const TrustStore& store) {
  auto state = std::make_unique<State>();
  state->wire.socket = socket;
  state->host = host;
  state->check = CertificateCheck(host);
  state->trusted_from = store.from();
  auto& config = state->config;
  int status = psa_crypto_init() == PSA_SUCCESS ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  if (status == 0) {
    status = mbedtls_ssl_config_defaults(
        &config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
  }
  mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_REQUIRED);
  mbedtls_ssl_conf_min_tls_version(&config, MBEDTLS_SSL_VERSION_TLS1_2);
  mbedtls_ssl_conf_max_tls_version(&config, MBEDTLS_SSL_VERSION_TLS1_3);
  mbedtls_ssl_conf_cert_profile(&config, &kProfile);
  mbedtls_ssl_conf_verify(&config, check_certificate, &state->check);
  mbedtls_ssl_conf_rng(&config, random_bytes, nullptr);
  // The library only reads through this pointer: find_issuers takes it as const again.
  mbedtls_ssl_conf_ca_cb(&config, find_issuers, const_cast<TrustStore*>(&store));
  if (status == 0) {
    status = mbedtls_ssl_setup(&state->context, &config);
  }
  if (status == 0) {
    status = mbedtls_ssl_set_hostname(&state->context, host.c_str());
  }
  if (status != 0) {
    return fail(Fault::internal, "TLS cannot be set up ({:#x})", -status);
  }
  mbedtls_ssl_set_bio(&state->context, &state->wire, send_bytes, receive_bytes, nullptr);
  return std::unique_ptr<TlsSession>(new TlsSession(std::move(state)));
}

void TlsSession::until(Deadline deadline) { state_->wire.deadline = deadline; }

Result<TlsStep> TlsSession::handshake() {
  const int status = mbedtls_ssl_handshake(&state_->context);
  if (status == 0) {
    if (const auto flags = mbedtls_ssl_get_verify_result(&state_->context); flags != 0) {
      return state_->objection(flags);
    }
  }
  return state_->step(status);
}

Result<TlsStep> TlsSession::read(std::span<char> into, std::size_t& count) {
  int status = 0;
  do {
    status = mbedtls_ssl_read(&state_->context, reinterpret_cast<unsigned char*>(into.data()), into.size());
  } while (status == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET);  // an end to these is in receive_bytes
  if (status > 0) {
    state_->wire.quiet = 0;
  }
  if (status == 0) {
    return TlsStep::closed;  // the connection ended without a close_notify
  }
  count = status > 0 ? static_cast<std::size_t>(status) : 0;
  return state_->step(status);
}

Result<TlsStep> TlsSession::write(std::span<const char> from, std::size_t& count) {
  const int status =
      mbedtls_ssl_write(&state_->context, reinterpret_cast<const unsigned char*>(from.data()), from.size());
  count = status > 0 ? static_cast<std::size_t>(status) : 0;
  return state_->step(status);
}

}  // namespace touchsts::os
