// The certificates we trust, found by the name of their subject: parsing 140 roots for every call would cost more than
// the call.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/http.h"

namespace touchsts::os {

class TrustStore {
 public:
  // open reads the named bundle, else the system's, else takes the roots that are built in. Fault::configuration when
  // a named bundle is missing or holds something that is not PEM certificates.
  static Result<TrustStore> open(const io::Network& network, Deadline deadline);

  // with_subject are the DER certificates whose subject is `name` (a DER Name). The views live as long as the store.
  [[nodiscard]] std::vector<std::span<const std::byte>> with_subject(std::span<const std::byte> name) const;

  [[nodiscard]] const std::string& from() const { return from_; }
  [[nodiscard]] std::size_t size() const { return certificates_.size(); }

 private:
  struct Root {
    std::size_t offset, size;                  // in der_
    std::size_t subject_offset, subject_size;  // likewise
  };
  void add(std::span<const std::byte> der);
  Result<> add_pem(std::string_view text);

  std::vector<std::byte> der_;
  std::vector<Root> certificates_;
  std::string from_;
};

// builtin_roots are Mozilla's roots as concatenated DER.
std::span<const std::byte> builtin_roots();

}  // namespace touchsts::os
