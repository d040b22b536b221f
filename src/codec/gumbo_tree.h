// The tree that gumbo makes of a page (WHATWG HTML, 13.2), and what is asked of its elements.
#pragma once

#include <array>
#include <csetjmp>
#include <cstddef>
#include <gumbo.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "codec/html.h"

namespace touchsts::codec {

// The library looks at no failure to allocate, and takes trees down by recursion: what it takes comes from pieces that
// go as a whole, wiped, and when there are no more it is left by a jump. Its frames are C and hold nothing else.
class GumboArena {
 public:
  GumboArena() = default;
  GumboArena(const GumboArena&) = delete;
  GumboArena& operator=(const GumboArena&) = delete;
  ~GumboArena();

  // Null when the page takes more than kHtmlMemory. The tree lives as long as this; `text` is copied.
  const GumboOutput* parse(std::string_view text);

 private:
  static void* allocate(void* arena, std::size_t size);

  struct Piece {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size = 0;
    std::size_t used = 0;
  };

  Piece& current() { return pieces_[last_]; }

  // Another piece, with room for `least` bytes.
  bool grow(std::size_t least);

  static constexpr std::size_t kFirst = std::size_t{32} * 1024;  // enough for most log-ins, and had without the kernel
  static constexpr std::size_t kPiece = std::size_t{256} * 1024;
  std::array<Piece, kHtmlMemory / kPiece + 1> pieces_;  // the first one stays empty
  std::size_t last_ = 0;
  std::size_t total_ = 0;
  std::jmp_buf full_{};
};

// html_element is null for what is no element of HTML: text, comments, SVG.
const GumboElement* html_element(const GumboNode& node);

const GumboNode& child(const GumboElement& element, unsigned index);

std::optional<std::string_view> attribute(const GumboElement& element, const char* name);
std::string text_attribute(const GumboElement& element, const char* name);  // "" when it has none
bool has(const GumboElement& element, const char* name);

// text_in is the text right below an element.
Secret text_in(const GumboElement& element);

// folded has one blank for each run of white space, and none at the ends.
std::string folded(std::string_view text);

// label_of is what a person reads on a button of that type.
std::string label_of(const GumboElement& button, std::string_view type);

// select_value is the value of the option that a list has at first.
Secret select_value(const GumboElement& select);

// has_handler: the element has onload, onclick or their like.
bool has_handler(const GumboElement& element);

// hides_itself: a person does not see the element, by its own `hidden` or `style`. Style sheets are not read.
bool hides_itself(const GumboElement& element);

}  // namespace touchsts::codec
