// The XML answers of STS, read in place in locked memory because they carry credentials.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace touchsts::codec {

inline constexpr std::size_t kXmlLimit = std::size_t{256} * 1024;  // bytes
inline constexpr int kXmlDepth = 64;                               // nested elements

// An Xml document owns its text. Elements only: what STS never sends (comments, CDATA, document types) is malformed.
class Xml {
 public:
  static Result<Xml> parse(Secret text);

  // An Element is looked at while its document lives.
  class Element {
   public:
    [[nodiscard]] std::string_view local_name() const;                                  // without prefix
    [[nodiscard]] std::string_view text() const;                                        // as Xml::text has it
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
  // entities resolved; nothing when there
  // is no such element. The view lives as long as the document.
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
