// The XML answers of STS and SAML's assertions, read in place in locked memory because they carry credentials.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace touchsts::codec {

inline constexpr std::size_t kXmlLimit = std::size_t{256} * 1024;  // bytes
inline constexpr int kXmlDepth = 64;                               // nested elements

// An Xml document owns its text. Document types are malformed.
class Xml {
 public:
  enum class Markup {
    elements,  // as in STS's answers: comments, CDATA sections, and text that another element or a processing
               // instruction splits, are malformed, too
    all,       // XML 1.0 as identity providers write it. A comment with text of an element on both sides is malformed:
               // signatures leave comments out, so what is signed and what careless readers see would differ
  };
  static Result<Xml> parse(Secret text, Markup markup = Markup::elements);

  // An Element is looked at while its document lives.
  class Element {
   public:
    // Whether it, or the element around it, has that name without its prefix, in that namespace or in none.
    [[nodiscard]] bool is(std::string_view name, std::string_view space) const;
    [[nodiscard]] bool is_in(std::string_view name, std::string_view space) const;
    [[nodiscard]] std::string text() const;  // all of it, whatever stands in between; without that of other elements
    [[nodiscard]] std::string_view attribute(const char* qualified_name) const;         // "" when there is none
    [[nodiscard]] std::string_view parent_attribute(const char* qualified_name) const;  // "" when there is none

   private:
    friend class Xml;
    struct Node;
    explicit Element(const Node& node) : node_(node) {}
    const Node& node_;
  };

  Xml(Xml&&) noexcept;
  Xml& operator=(Xml&&) noexcept;
  Xml(const Xml&) = delete;
  Xml& operator=(const Xml&) = delete;
  ~Xml();

  [[nodiscard]] std::string_view root_name() const;

  // text is the content of the element at `path` below the root ("Error/Code"; "member[2]" is the third of that name),
  // entities resolved; nothing when there is no such element. For Markup::elements. The view lives as long as the
  // document.
  [[nodiscard]] std::optional<std::string_view> text(std::string_view path) const;

  // each shows every element to `use`, in the order of the document.
  void each(const std::function<void(const Element&)>& use) const;

 private:
  struct Tree;
  Xml(Secret text, std::unique_ptr<Tree> tree);

  Secret text_;
  std::unique_ptr<Tree> tree_;
};

}  // namespace touchsts::codec
