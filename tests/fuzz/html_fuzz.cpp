#include "codec/html.h"
#include "fuzz/fuzz.h"

// A page has no more than its limits, and nothing that is not in a form.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace touchsts;
  using fuzz::must;
  const auto page = codec::read_html(fuzz::text(data, size));
  if (page) {
    std::size_t fields = 0;
    for (const auto& form : page->forms) {
      fields += form.fields.size();
    }
    must(page->forms.size() <= codec::kHtmlForms && fields <= codec::kHtmlFields);
  }
  return 0;
}
