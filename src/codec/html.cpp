#include "codec/html.h"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <gumbo.h>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "codec/ascii.h"

namespace touchsts::codec {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// The library looks at no failure to allocate, and takes trees down by recursion: what it takes comes from pieces that
// go as a whole, and when there are no more it is left by a jump. Its frames are C and hold nothing else.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() {
    for (const auto& piece : pieces_) {
      wipe({piece.bytes.get(), piece.used});
    }
  }

  // Null when the page takes more than there is.
  const GumboOutput* parse(std::string_view text) {
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

 private:
  static void* allocate(void* arena, std::size_t size) {
    auto& self = *static_cast<Arena*>(arena);
    constexpr std::size_t kAlign = alignof(std::max_align_t);
    const std::size_t taken = (std::max<std::size_t>(size, 1) + kAlign - 1) / kAlign * kAlign;
    if (taken < size || (taken > self.current().size - self.current().used && !self.grow(taken))) {
      longjmp(self.full_, 1);  // NOLINT(cert-err52-cpp)
    }
    Piece& piece = self.current();
    return piece.bytes.get() + std::exchange(piece.used, piece.used + taken);
  }

  struct Piece {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size = 0;
    std::size_t used = 0;
  };

  Piece& current() { return pieces_[last_]; }

  // Another piece, with room for `least` bytes.
  bool grow(std::size_t least) {
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

  static constexpr std::size_t kFirst = std::size_t{32} * 1024;  // enough for most log-ins, and had without the kernel
  static constexpr std::size_t kPiece = std::size_t{256} * 1024;
  std::array<Piece, kHtmlMemory / kPiece + 1> pieces_;  // the first one stays empty
  std::size_t last_ = 0;
  std::size_t total_ = 0;
  std::jmp_buf full_{};
};

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

// What a person reads on a button.
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

Secret select_value(const GumboElement& select) {
  const GumboElement* chosen = nullptr;
  choose_option(select, chosen);
  if (chosen == nullptr) {
    return {};
  }
  const auto value = attribute(*chosen, "value");
  return value ? Secret(*value) : Secret(folded(text_in(*chosen).reveal_text()));
}

// onload, onclick, ...
bool has_handler(const GumboElement& element) {
  for (unsigned i = 0; i < element.attributes.length; ++i) {
    const auto* const found = static_cast<const GumboAttribute*>(element.attributes.data[i]);
    if (std::string_view(found->name).starts_with("on")) {
      return true;
    }
  }
  return false;
}

// The tree, walked without recursion, in the order of the page.
class Walk {
 public:
  explicit Walk(HtmlPage& page) : page_(page) {}

  Result<> over(const GumboNode& root) {
    TRY(enter(root, kNone));
    while (!stack_.empty()) {
      auto& [element, next, form] = stack_.back();
      if (next == element->children.length) {
        stack_.pop_back();
      } else {
        const GumboNode& node = child(*element, next++);
        TRY(enter(node, form));
      }
    }
    return settle();
  }

 private:
  struct Open {
    const GumboElement* element;
    unsigned next;     // child to look at
    std::size_t form;  // around it, as an index
  };
  struct Stray {
    std::string owner;  // id of its form
    HtmlField field;
  };

  Result<> enter(const GumboNode& node, std::size_t form) {
    if (node.type != GUMBO_NODE_ELEMENT) {  // <template> is of a type of its own
      return {};
    }
    if (stack_.size() == kHtmlDepth) {
      return fail(Fault::malformed, "the page is nested deeper than {}", kHtmlDepth);
    }
    if (const GumboElement* const element = html_element(node)) {
      page_.scripts = page_.scripts || has_handler(*element);
      form = TRY(look_at(*element, form));
    }
    stack_.push_back({&node.v.element, 0, form});
    return {};
  }

  // Which form is around what stands in the element.
  Result<std::size_t> look_at(const GumboElement& element, std::size_t form) {
    switch (element.tag) {
      case GUMBO_TAG_FORM:
        return open_form(element);
      case GUMBO_TAG_INPUT:
        return add(element, form, lower(attribute(element, "type").value_or("text")), input_value(element));
      case GUMBO_TAG_BUTTON:
        return add(element,
                   form,
                   lower(attribute(element, "type").value_or("submit")),
                   Secret(attribute(element, "value").value_or("")));
      case GUMBO_TAG_TEXTAREA:
        return add(element, form, "textarea", text_in(element));
      case GUMBO_TAG_SELECT:
        return add(element, form, "select", select_value(element));
      case GUMBO_TAG_BASE:
        page_.base = page_.base.empty() ? text_attribute(element, "href") : page_.base;
        return form;
      case GUMBO_TAG_META:
        note_refresh(element);
        return form;
      case GUMBO_TAG_SCRIPT:
        page_.scripts = true;
        return form;
      case GUMBO_TAG_TITLE:
        page_.title = page_.title.empty() ? folded(text_in(element).reveal_text()) : page_.title;
        return form;
      default:
        return form;
    }
  }

  void note_refresh(const GumboElement& element) {
    if (lower(attribute(element, "http-equiv").value_or("")) != "refresh") {
      return;
    }
    const bool in_noscript =
        std::ranges::any_of(stack_, [](const Open& open) { return open.element->tag == GUMBO_TAG_NOSCRIPT; });
    if (page_.refresh.empty() || (page_.refresh_for_noscript && !in_noscript)) {
      page_.refresh = text_attribute(element, "content");
      page_.refresh_for_noscript = in_noscript;
    }
  }

  Result<std::size_t> open_form(const GumboElement& element) {
    if (page_.forms.size() == kHtmlForms) {
      return fail(Fault::malformed, "the page has more than {} forms", kHtmlForms);
    }
    page_.forms.push_back({.id = text_attribute(element, "id"),
                           .name = text_attribute(element, "name"),
                           .action = text_attribute(element, "action"),
                           .posts = lower(attribute(element, "method").value_or("")) == "post",
                           .charset = text_attribute(element, "accept-charset"),
                           .fields = {}});
    // Where a form may not stand (in a table), it is closed at once in the tree, and what follows belongs to it.
    const bool closed = element.original_end_tag.length != 0;
    unclosed_ = closed ? kNone : page_.forms.size() - 1;
    return page_.forms.size() - 1;
  }

  static Secret input_value(const GumboElement& element) {
    const std::string type = lower(attribute(element, "type").value_or(""));
    const bool is_switch = type == "checkbox" || type == "radio";
    return Secret(attribute(element, "value").value_or(is_switch ? "on" : ""));
  }

  Result<std::size_t> add(const GumboElement& element, std::size_t form, std::string type, Secret value) {
    if (has(element, "disabled") || in_disabled_fieldset()) {
      return form;
    }
    if (count_ == kHtmlFields) {
      return fail(Fault::malformed, "the page has more than {} fields", kHtmlFields);
    }
    ++count_;
    HtmlField field{.name = text_attribute(element, "name"),
                    .type = type.empty() ? "text" : std::move(type),
                    .value = std::move(value),
                    .checked = has(element, "checked"),
                    .label = {},
                    .action = {},
                    .posts = {}};
    if (field.type == "submit" || field.type == "image") {
      note_button(element, field);
    }
    const std::size_t owner = form != kNone ? form : unclosed_;
    if (const auto named = attribute(element, "form")) {
      strays_.push_back({.owner = std::string(*named), .field = std::move(field)});
    } else if (owner != kNone) {
      page_.forms[owner].fields.push_back(std::move(field));
    }
    return form;
  }

  // What stands in a disabled fieldset is disabled, but for what is in the first legend right below it (WHATWG HTML,
  // 4.10.15).
  [[nodiscard]] bool in_disabled_fieldset() const {
    for (std::size_t i = 0; i < stack_.size(); ++i) {
      const GumboElement& element = *stack_[i].element;
      if (element.tag == GUMBO_TAG_FIELDSET && has(element, "disabled") &&
          (i + 1 == stack_.size() || stack_[i + 1].element != first_legend(element))) {
        return true;
      }
    }
    return false;
  }

  static const GumboElement* first_legend(const GumboElement& fieldset) {
    for (unsigned i = 0; i < fieldset.children.length; ++i) {
      const GumboElement* const element = html_element(child(fieldset, i));
      if (element != nullptr && element->tag == GUMBO_TAG_LEGEND) {
        return element;
      }
    }
    return nullptr;
  }

  static void note_button(const GumboElement& element, HtmlField& field) {
    field.label = label_of(element, field.type);
    if (const auto action = attribute(element, "formaction")) {
      field.action = action->empty() ? " " : *action;
    }
    if (const auto method = attribute(element, "formmethod")) {
      field.posts = lower(*method) == "post";
    }
  }

  Result<> settle() {
    for (auto& [owner, field] : strays_) {
      const auto form = std::ranges::find(page_.forms, owner, &HtmlForm::id);
      if (form != page_.forms.end() && !owner.empty()) {
        form->fields.push_back(std::move(field));
      }
    }
    return {};
  }

  HtmlPage& page_;
  std::vector<Open> stack_;
  std::vector<Stray> strays_;
  std::size_t count_ = 0;         // fields so far
  std::size_t unclosed_ = kNone;  // form that was opened last and never closed
};

}  // namespace

Result<HtmlPage> read_html(std::string_view text) {
  if (text.size() > kHtmlLimit) {
    return fail(Fault::malformed, "the page is larger than {} KiB", kHtmlLimit / 1024);
  }
  Arena arena;
  const GumboOutput* const output = arena.parse(text);
  if (output == nullptr) {
    return fail(Fault::malformed, "the page takes more than {} MiB to read", kHtmlMemory >> 20U);
  }
  HtmlPage page;
  TRY(Walk(page).over(*output->root));
  return page;
}

}  // namespace touchsts::codec
