#include "codec/json_events.h"

#include <limits>
#include <string>
#include <vector>

#include "base/secret.h"
#include "codec/ascii.h"
#include "codec/json.h"

namespace touchsts::codec {
namespace {

// What the library calls, by its names.
class Handler : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Handler(JsonEvents& events) : events_(events) {}

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t value) override { return events_.number(path_, value); }
  bool number_unsigned(number_unsigned_t value) override {
    return value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max()) ||
           events_.number(path_, static_cast<std::int64_t>(value));
  }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool binary(binary_t&) override { return false; }
  bool string(string_t& value) override {
    const bool more = events_.text(path_, value);
    wipe(std::as_writable_bytes(std::span(value)));
    return more;
  }
  bool start_object(std::size_t) override { return events_.object(path_) && enter(); }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    path_.resize(lengths_.back());
    path_ += path_.empty() ? "" : ".";
    path_ += name;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  bool enter() {
    lengths_.push_back(path_.size());
    return lengths_.size() <= kJsonDepth;
  }
  bool leave() {
    path_.resize(lengths_.back());
    lengths_.pop_back();
    return true;
  }

  JsonEvents& events_;
  std::string path_;
  std::vector<std::size_t> lengths_;  // of the path, at each level
};

}  // namespace

bool read_json(std::string_view text, JsonEvents& events) {
  Handler handler(events);
  return nlohmann::json::sax_parse(text, &handler);
}

bool is_json_object(std::string_view text) {
  struct Any : JsonEvents {
    bool object(std::string_view) override { return true; }
    bool text(std::string_view, std::string_view) override { return true; }
    bool number(std::string_view, std::int64_t) override { return true; }
  } any;
  return trimmed_lines(text).starts_with('{') && read_json(text, any);
}

}  // namespace touchsts::codec
