// The forms of an HTML page (WHATWG HTML, 4.10 and 13.2), as far as a log-in needs them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace touchsts::codec {

inline constexpr std::size_t kHtmlLimit = std::size_t{1} << 20U;    // bytes of a page
inline constexpr std::size_t kHtmlMemory = std::size_t{64} << 20U;  // bytes that its tree may take
inline constexpr std::size_t kHtmlDepth = 256;                      // nested elements
inline constexpr std::size_t kHtmlForms = 50;
inline constexpr std::size_t kHtmlFields = 200;  // of all forms together

// HtmlField is a control of a form. What is disabled is none.
struct HtmlField {
  std::string name;  // may be empty
  // Of an input or button, in lower case ("text" when it has none); else "select" or "textarea". "hidden" also for a
  // field that is typed into and that its own `hidden` or `style`, or that of what is around it, keeps from sight.
  std::string type;
  Secret value;  // what it holds at first; "on" for a box or a radio button without a value
  bool checked = false;
  // Of a button:
  std::string label;          // its text, or what stands for it (alt, aria-label, title); white space folded
  std::string action;         // formaction, as it stands there; a blank when it is there and empty; "" when it is not
  std::optional<bool> posts;  // formmethod
};

struct HtmlForm {
  std::string id;
  std::string name;
  std::string action;   // as it stands there; empty when it has none
  bool posts = false;   // method=post
  std::string charset;  // accept-charset, as it stands there
  std::vector<HtmlField> fields;
};

struct HtmlPage {
  std::string title;    // white space folded
  std::string base;     // of the first <base href>, as it stands there
  std::string refresh;  // content of the first <meta http-equiv=refresh>; outside <noscript> if there is one
  bool refresh_for_noscript = false;  // it stands in <noscript>: what a page with scripts does not do
  bool scripts = false;               // it has scripts, or attributes that are (onclick, ...)
  std::vector<HtmlForm> forms;
};

// read_html reads a page, UTF-8 (what is not becomes U+FFFD). Scripts do not run, so what stands in <noscript> counts;
// what stands in <template> does not. A field belongs to the form that its `form` attribute names, else to the one
// around it, else to one that was opened before it and never closed. Named characters beyond Latin-1 and punctuation
// stay as they are. Fault::malformed when a limit is broken.
Result<HtmlPage> read_html(std::string_view text);

}  // namespace touchsts::codec
