// The known word that is most like a mistyped one.
#pragma once

#include <span>
#include <string_view>

namespace touchsts::codec {

// nearest is the candidate with the fewest letters that are added, left out, changed or swapped with their neighbour
// (Damerau and Levenshtein, restricted), at most `most` of them; "" when there is none. `text` itself counts as well.
std::string_view nearest(std::string_view text, std::span<const std::string_view> candidates, std::size_t most);

}  // namespace touchsts::codec
