#include "codec/xml.h"

#include <algorithm>
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

// Bounds the nesting before the library sees it: the library recurses when a tree goes.
Result<> check_shape(std::string_view text) {
  int depth = 0;
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at)) {
    const std::string_view rest = text.substr(at + 1);
    if (rest.starts_with('!')) {
      return fail(Fault::malformed, "XML with a declaration, comment or CDATA section");
    }
    const std::size_t end = rest.starts_with('?') ? std::min(rest.find("?>"), rest.size()) : tag_end(rest);
    const bool empty_element = end > 0 && end < rest.size() && rest[end - 1] == '/';
    if (rest.starts_with('/')) {
      --depth;
    } else if (!rest.starts_with('?') && !empty_element && ++depth > kXmlDepth) {
      return fail(Fault::malformed, "XML nested deeper than {}", kXmlDepth);
    }
    at += 1 + end;
  }
  return {};
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

Result<Xml> Xml::parse(Secret text) {
  if (text.size() > kXmlLimit) {
    return fail(Fault::malformed, "XML larger than {} bytes", kXmlLimit);
  }
  if (text.reveal_text().contains('\0')) {
    return fail(Fault::malformed, "XML with a NUL");
  }
  TRY(check_shape(text.reveal_text()));
  auto tree = std::make_unique<Tree>();
  const auto bytes = text.reveal_writable();
  constexpr unsigned kOptions = pugi::parse_escapes | pugi::parse_trim_pcdata;
  const auto parsed = tree->document.load_buffer_inplace(bytes.data(), bytes.size(), kOptions, pugi::encoding_utf8);
  if (!parsed) {
    return fail(Fault::malformed, "not XML: {}", parsed.description());
  }
  return Xml(std::move(text), std::move(tree));
}

std::string_view Xml::root_name() const { return tree_->document.first_child().name(); }

std::optional<std::string_view> Xml::text(std::string_view path) const {
  pugi::xml_node node = tree_->document.first_child();
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

std::string_view Xml::Element::local_name() const {
  const std::string_view name = node_.node.name();
  return name.substr(name.find(':') + 1);  // all of it when there is no prefix
}

std::string_view Xml::Element::text() const { return node_.node.child_value(); }

std::string_view Xml::Element::parent_attribute(const char* qualified_name) const {
  return node_.node.parent().attribute(qualified_name).value();
}

void Xml::each(const std::function<void(const Element&)>& use) const {
  pugi::xml_node node = tree_->document.first_child();
  while (node) {
    if (node.type() == pugi::node_element) {
      const Element::Node wrapped{node};
      use(Element(wrapped));
    }
    if (node.first_child()) {
      node = node.first_child();
      continue;
    }
    while (node && !node.next_sibling()) {
      node = node.parent();
    }
    node = node.next_sibling();
  }
}

}  // namespace touchsts::codec
