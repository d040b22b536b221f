// A request of AWS's Query protocol: application/x-www-form-urlencoded.
#pragma once

#include <string_view>

#include "base/secret.h"
#include "codec/percent.h"

namespace touchsts::aws {

// Form collects "name=value" pairs, percent-encoded, in locked memory because a code may be among them.
class Form {
 public:
  Form(std::string_view action, std::string_view version) {
    field("Action", action);
    field("Version", version);
  }

  void field(std::string_view name, std::string_view value) {
    if (text_.size() != 0) {
      text_.append(std::string_view("&"));
    }
    text_.append(name);
    text_.append(std::string_view("="));
    codec::append_percent_encoded(text_, value);
  }

  void optional_field(std::string_view name, std::string_view value) {
    if (!value.empty()) {
      field(name, value);
    }
  }

  Secret take() { return text_.take(); }

 private:
  SecretWriter text_;
};

}  // namespace touchsts::aws
