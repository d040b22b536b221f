// The lines that oracles read: tab-separated fields, each in hexadecimal digits.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace touchsts::test {

inline std::vector<std::string> hex_fields(std::string_view line) {
  std::vector<std::string> fields;
  for (std::size_t start = 0; start <= line.size();) {
    const auto end = std::min(line.find('\t', start), line.size());
    std::string& field = fields.emplace_back();
    for (std::size_t i = start; i + 1 < end; i += 2) {
      field += static_cast<char>(std::stoi(std::string(line.substr(i, 2)), nullptr, 16));
    }
    start = end + 1;
  }
  return fields;
}

}  // namespace touchsts::test
