#include "codec/gumbo_tree.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/secret.h"
#include "codec/ascii.h"

namespace touchsts::codec {
namespace {

// The text of an element and of what is in it, to a depth that buttons have.
void append_text(const GumboElement& element, int depth, SecretWriter& out) {
  constexpr int kDeepest = 8;
  for (unsigned i = 0; i < element.children.length; ++i) {
    const GumboNode& node = child(element, i);
    if (node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE) {
      out.append(std::string_view(node.v.text.text));
    } else if (const GumboElement* const inner = html_element(node); inner != nullptr && depth < kDeepest) {
      append_text(*inner, depth + 1, out);
    }
  }
}

// Of the options right below the list or its groups: the last one that is selected, else the first.
void choose_option(const GumboElement& list, const GumboElement*& chosen) {
  for (unsigned i = 0; i < list.children.length; ++i) {
    const GumboElement* const element = html_element(child(list, i));
    if (element == nullptr || has(*element, "disabled")) {
      continue;
    }
    if (element->tag == GUMBO_TAG_OPTGROUP && list.tag == GUMBO_TAG_SELECT) {
      choose_option(*element, chosen);
    } else if (element->tag == GUMBO_TAG_OPTION && (chosen == nullptr || has(*element, "selected"))) {
      chosen = element;
    }
  }
}

// Whether a list of declarations, as in `style`, ends with `property` having `value`. Blanks and letters' case do not
// matter there, nor does "!important" here.
bool declares(std::string_view style, std::string_view property, std::string_view value) {
  bool found = false;
  while (!style.empty()) {
    const auto end = std::min(style.find(';'), style.size());
    std::string declaration = lower(folded(style.substr(0, end)));
    std::erase(declaration, ' ');
    if (declaration.starts_with(property) && declaration.substr(property.size()).starts_with(':')) {
      found = declaration.substr(property.size() + 1).starts_with(value);
    }
    style.remove_prefix(std::min(end + 1, style.size()));
  }
  return found;
}

}  // namespace

GumboArena::~GumboArena() {
  for (const auto& piece : pieces_) {
    wipe({piece.bytes.get(), piece.used});
  }
}

const GumboOutput* GumboArena::parse(std::string_view text) {
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = allocate;
  options.deallocator = [](void*, void*) {};
  options.userdata = this;
  options.max_errors = 0;
  if (setjmp(full_) != 0) {  // NOLINT(cert-err52-cpp): see above
    return nullptr;
  }
  // The library reads a byte behind a page that ends in a name of a character.
  auto* const page = static_cast<char*>(allocate(this, text.size() + 1));
  std::ranges::copy(text, page);
  page[text.size()] = '\0';
  return gumbo_parse_with_options(&options, page, text.size());
}

void* GumboArena::allocate(void* arena, std::size_t size) {
  auto& self = *static_cast<GumboArena*>(arena);
  constexpr std::size_t kAlign = alignof(std::max_align_t);
  const std::size_t taken = (std::max<std::size_t>(size, 1) + kAlign - 1) / kAlign * kAlign;
  if (taken < size || (taken > self.current().size - self.current().used && !self.grow(taken))) {
    longjmp(self.full_, 1);  // NOLINT(cert-err52-cpp)
  }
  Piece& piece = self.current();
  return piece.bytes.get() + std::exchange(piece.used, piece.used + taken);
}

bool GumboArena::grow(std::size_t least) {
  const std::size_t size = std::max(least, last_ == 0 ? kFirst : kPiece);
  if (size > kHtmlMemory - total_ || last_ + 1 == pieces_.size()) {
    return false;
  }
  Piece& piece = pieces_[++last_];
  piece.bytes.reset(new (std::nothrow) std::byte[size]);
  piece.size = piece.bytes ? size : 0;
  total_ += size;
  return piece.size != 0;
}

const GumboElement* html_element(const GumboNode& node) {
  const bool is_one = node.type == GUMBO_NODE_ELEMENT && node.v.element.tag_namespace == GUMBO_NAMESPACE_HTML;
  return is_one ? &node.v.element : nullptr;
}

std::optional<std::string_view> attribute(const GumboElement& element, const char* name) {
  const GumboAttribute* const found = gumbo_get_attribute(&element.attributes, name);
  return found != nullptr ? std::optional<std::string_view>(found->value) : std::nullopt;
}

bool has(const GumboElement& element, const char* name) { return attribute(element, name).has_value(); }

std::string text_attribute(const GumboElement& element, const char* name) {
  return std::string(attribute(element, name).value_or(""));
}

const GumboNode& child(const GumboElement& element, unsigned index) {
  return *static_cast<const GumboNode*>(element.children.data[index]);
}

Secret text_in(const GumboElement& element) {
  SecretWriter out;
  for (unsigned i = 0; i < element.children.length; ++i) {
    const GumboNode& node = child(element, i);
    if (node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE || node.type == GUMBO_NODE_CDATA) {
      out.append(std::string_view(node.v.text.text));
    }
  }
  return out.take();
}

std::string folded(std::string_view text) {
  constexpr std::string_view kWhite = " \t\n\r\f";
  std::string out;
  for (const char c : text) {
    const bool white = kWhite.contains(c);
    if (!white || (!out.empty() && out.back() != ' ')) {
      out += white ? ' ' : c;
    }
  }
  if (out.ends_with(' ')) {
    out.pop_back();
  }
  return out;
}

std::string label_of(const GumboElement& element, std::string_view type) {
  SecretWriter text;
  if (element.tag == GUMBO_TAG_BUTTON) {
    append_text(element, 0, text);
  } else if (type == "submit") {
    text.append(attribute(element, "value").value_or(""));
  }
  std::string label = folded(text.take().reveal_text());
  for (const char* const name : {"alt", "aria-label", "title"}) {
    label = label.empty() ? folded(attribute(element, name).value_or("")) : label;
  }
  return label;
}

Secret select_value(const GumboElement& select) {
  const GumboElement* chosen = nullptr;
  choose_option(select, chosen);
  if (chosen == nullptr) {
    return {};
  }
  const auto value = attribute(*chosen, "value");
  return value ? Secret(*value) : Secret(folded(text_in(*chosen).reveal_text()));
}

bool has_handler(const GumboElement& element) {
  for (unsigned i = 0; i < element.attributes.length; ++i) {
    const auto* const found = static_cast<const GumboAttribute*>(element.attributes.data[i]);
    if (std::string_view(found->name).starts_with("on")) {
      return true;
    }
  }
  return false;
}

bool hides_itself(const GumboElement& element) {
  const std::string_view style = attribute(element, "style").value_or("");
  return has(element, "hidden") || declares(style, "display", "none") || declares(style, "visibility", "hidden");
}

}  // namespace touchsts::codec
