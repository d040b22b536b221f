#include "codec/json.h"

namespace touchsts::codec {

std::string to_text(const Json& value) { return value.dump(2, ' ', false, Json::error_handler_t::replace); }

}  // namespace touchsts::codec
