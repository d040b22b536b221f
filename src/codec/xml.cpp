#include "codec/xml.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <utility>

#define PUGIXML_NO_XPATH
#define PUGIXML_NO_STL
#define PUGIXML_NO_EXCEPTIONS
#include <pugixml.hpp>

#include "codec/number.h"

namespace touchsts::codec {
namespace {

// Where the tag that `rest` begins with ends: its '>', which may also stand in an attribute's value, in quotes.
std::size_t tag_end(std::string_view rest) {
  char quote = '\0';
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (quote != '\0') {
      quote = rest[i] == quote ? '\0' : quote;
    } else if (rest[i] == '"' || rest[i] == '\'') {
      quote = rest[i];
    } else if (rest[i] == '>') {
      return i;
    }
  }
  return rest.size();
}

// What is between '<' and the end of one piece of markup, without either.
struct Piece {
  std::size_t size;
  int deeper;  // 1 for a start tag, -1 for an end tag
};

Result<Piece> piece_of(std::string_view rest, Xml::Markup markup) {
  const auto up_to = [rest](std::string_view end) { return std::min(rest.find(end), rest.size()); };
  if (rest.starts_with('!')) {
    const bool all = markup == Xml::Markup::all;
    if (all && rest.starts_with("!--")) {
      return Piece{std::min(rest.find("-->", 3), rest.size()), 0};
    }
    if (all && rest.starts_with("![CDATA[")) {
      return Piece{up_to("]]>"), 0};
    }
    return fail(
        Fault::malformed,
        "{}",
        all ? "XML with a document type or another declaration" : "XML with a declaration, comment or CDATA section");
  }
  if (rest.starts_with('?')) {
    return Piece{up_to("?>"), 0};
  }
  const std::size_t end = tag_end(rest);
  const bool empty_element = end > 0 && end < rest.size() && rest[end - 1] == '/';
  return Piece{end, rest.starts_with('/') ? -1 : empty_element ? 0 : 1};
}

// "lt;...", or "#60;...": what the library resolves, to a character that XML has. It leaves others as they stand, and
// one of zero would end the text.
bool good_reference(std::string_view rest) {
  const auto end = rest.substr(0, 10).find(';');
  if (end == std::string_view::npos) {
    return false;
  }
  const std::string_view name = rest.substr(0, end);
  if (!name.starts_with('#')) {
    constexpr std::array<std::string_view, 5> kKnown = {"lt", "gt", "amp", "quot", "apos"};
    return std::ranges::contains(kKnown, name);
  }
  const bool hex = name.starts_with("#x");
  const std::string digits(name.substr(hex ? 2 : 1));
  char* behind = nullptr;
  const unsigned long code = std::strtoul(digits.c_str(), &behind, hex ? 16 : 10);
  const bool whole = !digits.empty() && digits.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos &&
                     behind == digits.c_str() + digits.size();
  return whole && (code >= 0x20 || code == '\t' || code == '\n' || code == '\r') && code <= 0x10FFFF &&
         (code < 0xD800 || code > 0xDFFF) && code != 0xFFFE && code != 0xFFFF;
}

bool good_references(std::string_view text) {
  for (auto at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
    if (!good_reference(text.substr(at + 1))) {
      return false;
    }
  }
  return true;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// What the library takes and no reader of XML does. `rest` is a piece of markup without its ends, `before` the text
// ahead of it, at a depth.
Result<> check_strictly(std::string_view before, std::string_view rest, int depth) {
  const bool is_tag = !rest.starts_with('!') && !rest.starts_with('?');
  if (!good_references(before) || (is_tag && !good_references(rest))) {
    return fail(Fault::malformed, "XML with an entity that it does not declare");
  }
  const bool comment_in_comment = rest.starts_with("!--") && rest.substr(3).contains("--");
  if ((is_tag && rest.contains('<')) || comment_in_comment || (depth == 0 && !is_blank(before)) ||
      before.contains("]]>")) {
    return fail(Fault::malformed, "not XML: text where there is none");
  }
  return {};
}

// Bounds the nesting before the library sees it: the library recurses when a tree goes.
Result<> check_shape(std::string_view text, Xml::Markup markup) {
  int depth = 0;
  std::size_t text_from = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at)) {
    const std::string_view rest = text.substr(at + 1);
    const auto [size, deeper] = TRY(piece_of(rest, markup));
    if (markup == Xml::Markup::all) {
      TRY(check_strictly(text.substr(text_from, at - text_from), rest.substr(0, size), depth));
    }
    depth += deeper;
    if (depth > kXmlDepth) {
      return fail(Fault::malformed, "XML nested deeper than {}", kXmlDepth);
    }
    at += 1 + size;
    text_from = std::min(text.size(),
                         at + (rest.starts_with("!--") || rest.starts_with("![") ? 3
                               : rest.starts_with('?')                           ? 2
                                                                                 : 1));
  }
  return markup == Xml::Markup::all ? check_strictly(text.substr(text_from), {}, 0) : Result<>();
}

bool is_text(const pugi::xml_node& node) { return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata; }

// A comment with text of the element before and behind it.
bool has_comment_in_text(const pugi::xml_node& element) {
  bool text = false, comment_behind_text = false;
  for (const pugi::xml_node node : element.children()) {
    if (is_text(node) && !is_blank(node.value())) {
      if (comment_behind_text) {
        return true;
      }
      text = true;
    } else if (node.type() == pugi::node_comment) {
      comment_behind_text = text;
    }
  }
  return false;
}

// Each with each, so that there may not be many.
bool has_attribute_twice(const pugi::xml_node& element) {
  constexpr int kMost = 64;
  int count = 0;
  for (pugi::xml_attribute one = element.first_attribute(); one; one = one.next_attribute()) {
    if (++count > kMost) {
      return true;
    }
    for (pugi::xml_attribute other = one.next_attribute(); other; other = other.next_attribute()) {
      if (std::string_view(one.name()) == other.name()) {
        return true;
      }
    }
  }
  return false;
}

// The next node in the order of the document; null at its end.
pugi::xml_node next_node(pugi::xml_node node) {
  if (node.first_child()) {
    return node.first_child();
  }
  while (node && !node.next_sibling()) {
    node = node.parent();
  }
  return node.next_sibling();
}

// The namespace of an element; a prefix that stands for none is one of its own.
std::string_view namespace_of(const pugi::xml_node& element, std::string_view prefix) {
  const std::string declares = prefix.empty() ? "xmlns" : "xmlns:" + std::string(prefix);
  for (pugi::xml_node node = element; node; node = node.parent()) {
    if (const auto found = node.attribute(declares.c_str())) {
      return found.value();
    }
  }
  return prefix;
}

bool is_named(const pugi::xml_node& element, std::string_view name, std::string_view space) {
  const std::string_view whole = element.name();
  const auto colon = whole.find(':');
  const std::string_view prefix = colon == std::string_view::npos ? "" : whole.substr(0, colon);
  if (whole.substr(colon + 1) != name) {  // all of it when there is no prefix
    return false;
  }
  const std::string_view found = namespace_of(element, prefix);
  return found.empty() || found == space;
}

// What the library does not look at.
Result<> check_elements(const pugi::xml_document& document) {
  int roots = 0;
  for (const pugi::xml_node node : document.children()) {
    roots += node.type() == pugi::node_element ? 1 : 0;
  }
  if (roots != 1) {
    return fail(Fault::malformed, "XML with {} roots", roots);
  }
  for (pugi::xml_node node = document.first_child(); node; node = next_node(node)) {
    if (has_comment_in_text(node)) {
      return fail(Fault::malformed, "XML with a comment inside a text");
    }
    if (has_attribute_twice(node)) {
      return fail(Fault::malformed, "XML with an attribute that occurs twice, or too many");
    }
  }
  return {};
}

// Mixed content (XML 1.0, 3.2.2), or text that a processing instruction splits: child_value() returns only the first
// part of such a text.
bool has_split_text(const pugi::xml_document& document) {
  for (pugi::xml_node node = document.first_child(); node; node = next_node(node)) {
    if (is_text(node) && (node.previous_sibling() || node.next_sibling())) {
      return true;
    }
  }
  return false;
}

}  // namespace

struct Xml::Tree {
  pugi::xml_document document;
};

struct Xml::Element::Node {
  pugi::xml_node node;
};

Xml::Xml(Secret text, std::unique_ptr<Tree> tree) : text_(std::move(text)), tree_(std::move(tree)) {}
Xml::Xml(Xml&&) noexcept = default;
Xml& Xml::operator=(Xml&&) noexcept = default;
Xml::~Xml() = default;

Result<Xml> Xml::parse(Secret text, Markup markup) {
  if (text.size() > kXmlLimit) {
    return fail(Fault::malformed, "XML larger than {} bytes", kXmlLimit);
  }
  if (text.reveal_text().contains('\0')) {
    return fail(Fault::malformed, "XML with a NUL");
  }
  const auto control = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  };
  if (markup == Markup::all && std::ranges::any_of(text.reveal_text(), control)) {
    return fail(Fault::malformed, "XML with a control character");
  }
  TRY(check_shape(text.reveal_text(), markup));
  auto tree = std::make_unique<Tree>();
  const auto bytes = text.reveal_writable();
  constexpr unsigned kElements = pugi::parse_escapes | pugi::parse_trim_pcdata;
  constexpr unsigned kAll = pugi::parse_escapes | pugi::parse_eol | pugi::parse_wconv_attribute |
                            pugi::parse_ws_pcdata | pugi::parse_comments | pugi::parse_cdata;
  const auto parsed = tree->document.load_buffer_inplace(
      bytes.data(), bytes.size(), markup == Markup::all ? kAll : kElements, pugi::encoding_utf8);
  if (!parsed) {
    return fail(Fault::malformed, "not XML: {}", parsed.description());
  }
  if (markup == Markup::all) {
    TRY(check_elements(tree->document));
  } else if (has_split_text(tree->document)) {
    return fail(Fault::malformed, "XML with text that another element or a processing instruction splits");
  }
  return Xml(std::move(text), std::move(tree));
}

std::string_view Xml::root_name() const { return tree_->document.document_element().name(); }

std::optional<std::string_view> Xml::text(std::string_view path) const {
  pugi::xml_node node = tree_->document.document_element();
  while (!path.empty()) {
    const auto slash = path.find('/');
    const std::string_view step = path.substr(0, slash);
    const auto bracket = step.find('[');
    const std::string name(step.substr(0, bracket));
    node = node.child(name.c_str());
    if (bracket != std::string_view::npos) {
      const auto index = parse_number<unsigned>(step.substr(bracket + 1, step.size() - bracket - 2));
      for (unsigned i = 0; i < index.value_or(0) && node; ++i) {
        node = node.next_sibling(name.c_str());
      }
    }
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  if (!node) {
    return std::nullopt;
  }
  return std::string_view(node.child_value());
}

bool Xml::Element::is(std::string_view name, std::string_view space) const { return is_named(node_.node, name, space); }

bool Xml::Element::is_in(std::string_view name, std::string_view space) const {
  return is_named(node_.node.parent(), name, space);
}

std::string Xml::Element::text() const {
  std::string all;
  for (const pugi::xml_node node : node_.node.children()) {
    all += is_text(node) ? node.value() : "";
  }
  return all;
}

std::string_view Xml::Element::attribute(const char* qualified_name) const {
  return node_.node.attribute(qualified_name).value();
}

std::string_view Xml::Element::parent_attribute(const char* qualified_name) const {
  return node_.node.parent().attribute(qualified_name).value();
}

void Xml::each(const std::function<void(const Element&)>& use) const {
  for (pugi::xml_node node = tree_->document.first_child(); node; node = next_node(node)) {
    if (node.type() == pugi::node_element) {
      const Element::Node wrapped{node};
      use(Element(wrapped));
    }
  }
}

}  // namespace touchsts::codec
