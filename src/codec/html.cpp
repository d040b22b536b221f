#include "codec/html.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "codec/ascii.h"
#include "codec/gumbo_tree.h"

namespace touchsts::codec {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// What a person fills in: not boxes, lists and buttons. Unknown types are lines of text.
bool is_filled_in(std::string_view type) {
  constexpr std::array<std::string_view, 9> kOthers = {
      "hidden", "checkbox", "radio", "select", "submit", "image", "button", "reset", "file"};
  return !std::ranges::contains(kOthers, type);
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
  enum class Seen { yes, hides_itself, in_hidden };

  struct Open {
    const GumboElement* element;
    unsigned next;     // child to look at
    std::size_t form;  // around it, as an index
  };
  struct Stray {
    std::string owner;  // id of its form
    HtmlField field;
    Seen seen;
  };
  // A field that styles hide, by indexes.
  struct Unseen {
    std::size_t form;
    std::size_t field;
    Seen seen;
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
    const Seen seen = seen_of(element);
    const std::size_t owner = form != kNone ? form : unclosed_;
    if (const auto named = attribute(element, "form")) {
      strays_.push_back({.owner = std::string(*named), .field = std::move(field), .seen = seen});
    } else if (owner != kNone) {
      put(owner, std::move(field), seen);
    }
    return form;
  }

  [[nodiscard]] Seen seen_of(const GumboElement& element) const {
    const auto hides = [](const Open& open) { return hides_itself(*open.element); };
    return hides_itself(element)                ? Seen::hides_itself
           : std::ranges::any_of(stack_, hides) ? Seen::in_hidden
                                                : Seen::yes;
  }

  void put(std::size_t form, HtmlField field, Seen seen) {
    auto& fields = page_.forms[form].fields;
    if (seen != Seen::yes && is_filled_in(field.type)) {
      unseen_.push_back({form, fields.size(), seen});
    }
    fields.push_back(std::move(field));
  }

  // A line that hides itself is filled in by a script. A password, and what is in a part that is hidden, may be shown
  // by one later: it is for a person unless there is another field for that.
  void hide_fields() {
    std::vector<const Unseen*> hidden;
    for (const auto& unseen : unseen_) {
      const std::string& type = page_.forms[unseen.form].fields[unseen.field].type;
      if ((unseen.seen == Seen::hides_itself && type != "password") || has_visible(unseen.form, type)) {
        hidden.push_back(&unseen);
      }
    }
    for (const Unseen* const unseen : hidden) {
      page_.forms[unseen->form].fields[unseen->field].type = "hidden";
    }
  }

  [[nodiscard]] bool has_visible(std::size_t form, std::string_view type) const {
    const auto& fields = page_.forms[form].fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const bool serves = type == "password" ? fields[i].type == "password" : is_filled_in(fields[i].type);
      const auto is_this = [&](const Unseen& unseen) { return unseen.form == form && unseen.field == i; };
      if (serves && std::ranges::none_of(unseen_, is_this)) {
        return true;
      }
    }
    return false;
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
    for (auto& [owner, field, seen] : strays_) {
      const auto form = std::ranges::find(page_.forms, owner, &HtmlForm::id);
      if (form != page_.forms.end() && !owner.empty()) {
        put(static_cast<std::size_t>(form - page_.forms.begin()), std::move(field), seen);
      }
    }
    hide_fields();
    return {};
  }

  HtmlPage& page_;
  std::vector<Open> stack_;
  std::vector<Stray> strays_;
  std::vector<Unseen> unseen_;
  std::size_t count_ = 0;         // fields so far
  std::size_t unclosed_ = kNone;  // form that was opened last and never closed
};

}  // namespace

Result<HtmlPage> read_html(std::string_view text) {
  if (text.size() > kHtmlLimit) {
    return fail(Fault::malformed, "the page is larger than {} KiB", kHtmlLimit / 1024);
  }
  GumboArena arena;
  const GumboOutput* const output = arena.parse(text);
  if (output == nullptr) {
    return fail(Fault::malformed, "the page takes more than {} MiB to read", kHtmlMemory >> 20U);
  }
  HtmlPage page;
  TRY(Walk(page).over(*output->root));
  return page;
}

}  // namespace touchsts::codec
