// UTF-8 (RFC 3629): the shortest form, no surrogates, at most U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace touchsts {

struct Character {
  std::uint32_t code;
  std::size_t size;  // in bytes; 0: not UTF-8
};

// first_character decodes the beginning of `text`, which is not empty.
Character first_character(std::string_view text);

// is_utf8: every byte belongs to a character.
bool is_utf8(std::string_view text);

}  // namespace touchsts
