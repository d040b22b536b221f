#include "saml/sent_secrets.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "codec/ascii.h"
#include "codec/charset.h"

namespace touchsts::saml {
namespace {

constexpr std::size_t kShortest = 3;  // bytes
constexpr std::string_view kHidden = "[hidden: it contains a password or code]";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f'; }

// As HTML shows it: each run of white space is one blank, with none at either end.
Secret folded(std::string_view text) {
  SecretWriter out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_blank(text[i])) {
      out.append(std::string_view(out.size() != 0 && is_blank(text[i - 1]) ? " " : ""));
      out.append(text.substr(i, 1));
    }
  }
  return out.take();
}

struct Escape {
  char character;
  std::size_t size;
};

// The escape that `text` begins with, of percent-encoding or of HTML.
std::optional<Escape> first_escape(std::string_view text) {
  if (text.starts_with('%') && text.size() >= 3) {
    std::uint8_t byte = 0;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 3, byte, 16);
    return error == std::errc() && end == text.data() + 3 ? std::optional(Escape{static_cast<char>(byte), 3})
                                                          : std::nullopt;
  }
  const auto is = [text](std::string_view escape) { return text.starts_with(escape); };
  return is("&amp;")                                    ? std::optional(Escape{'&', 5})
         : is("&lt;")                                   ? std::optional(Escape{'<', 4})
         : is("&gt;")                                   ? std::optional(Escape{'>', 4})
         : is("&quot;")                                 ? std::optional(Escape{'"', 6})
         : is("&#34;")                                  ? std::optional(Escape{'"', 5})
         : is("&#39;")                                  ? std::optional(Escape{'\'', 5})
         : is("&#039;") || is("&#x27;") || is("&apos;") ? std::optional(Escape{'\'', 6})
                                                        : std::nullopt;
}

Secret decoded(std::string_view text) {
  SecretWriter out;
  while (!text.empty()) {
    const Escape next = first_escape(text).value_or(Escape{text.front(), 1});
    out.append(std::string_view(&next.character, 1));
    text.remove_prefix(next.size);
  }
  return out.take();
}

// As servers repeat it whose pages are in windows-1252.
Secret in_windows_1252(const Secret& secret) {
  SecretWriter out;
  codec::append_form_encoded(out, secret.reveal_text(), codec::Charset::windows_1252);
  Secret encoded = out.take();
  std::ranges::replace(encoded.reveal_writable(), std::byte('+'), std::byte(' '));
  return decoded(encoded.reveal_text());
}

// '+' is how forms encode a blank.
bool contains(std::string_view text, std::string_view secret) {
  const auto same = [](char shown, char sent) {
    return codec::lower(shown) == codec::lower(sent) || (shown == '+' && sent == ' ');
  };
  return !std::ranges::search(text, secret, same).empty();
}

}  // namespace

void SentSecrets::add(const Secret& secret) {
  Secret shown_in_html = folded(secret.reveal_text());
  if (shown_in_html.size() < kShortest) {
    return;
  }
  if (!same_secret(shown_in_html, secret)) {
    secrets_.push_back(secret.clone());
  }
  if (Secret recoded = in_windows_1252(shown_in_html); !same_secret(recoded, shown_in_html)) {
    secrets_.push_back(std::move(recoded));
  }
  secrets_.push_back(std::move(shown_in_html));
}

bool SentSecrets::repeated_in(std::string_view text) const {
  const Secret plain = decoded(text);
  return std::ranges::any_of(secrets_, [&](const Secret& secret) {
    return contains(text, secret.reveal_text()) || contains(plain.reveal_text(), secret.reveal_text());
  });
}

std::string SentSecrets::shown(std::string_view text) const { return std::string(repeated_in(text) ? kHidden : text); }

}  // namespace touchsts::saml
