// Passwords and codes that were sent in a log-in. Servers may repeat them in what they answer, and that is not shown.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace touchsts::saml {

class SentSecrets {
 public:
  // add remembers a copy of `secret`, unless it is so short that it may be in any text.
  void add(const Secret& secret);

  // repeated_in: `text` contains a secret, in letters of either case, with blanks folded, or percent-encoded or escaped
  // as in HTML.
  [[nodiscard]] bool repeated_in(std::string_view text) const;

  // shown gives `text`, which comes from a server, or a note that it is hidden because it repeats a secret.
  [[nodiscard]] std::string shown(std::string_view text) const;

  // checked gives `result`; when it is an error, its text is replaced if `quoted`, which it quotes, repeats a secret.
  template <class T>
  [[nodiscard]] Result<T> checked(Result<T> result, std::string_view quoted) const {
    if (!result && repeated_in(quoted)) {
      result.error().text = shown(quoted);
      result.error().hint.clear();
    }
    return result;
  }

 private:
  std::vector<Secret> secrets_;  // as they were sent, and with blanks folded
};

}  // namespace touchsts::saml
