// JSON from outside as a stream of events: nothing of it is kept but what the handler keeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace touchsts::codec {

inline constexpr std::size_t kJsonDepth = 32;  // objects and arrays within each other

// Paths are the keys down to a value, joined by '.'; arrays add nothing to them: the id of {"a":[{"id":1}]} is at
// "a.id". Who answers false wants to hear no more: the whole is no good then.
class JsonEvents {
 public:
  virtual ~JsonEvents() = default;

  virtual bool object(std::string_view path) = 0;                        // one begins
  virtual bool text(std::string_view path, std::string_view value) = 0;  // the view is gone afterwards
  virtual bool number(std::string_view path, std::int64_t value) = 0;    // a whole one
};

// read_json reads one document (RFC 8259). False when it is none or nested deeper than kJsonDepth. What texts it holds
// is wiped from our copy, though not from every place where the library had a part of it.
bool read_json(std::string_view text, JsonEvents& events);

// is_json_object: such a document, and an object.
bool is_json_object(std::string_view text);

}  // namespace touchsts::codec
