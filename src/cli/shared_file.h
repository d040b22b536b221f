// Changing a file that AWS's tools share with us and with people (~/.aws/credentials).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "io/world.h"

namespace touchsts::cli {

// change_shared_file replaces the file by what `change` makes of its text, as a whole; a file that is not there has an
// empty text. When another program changes it meanwhile, it is read and changed again, until the deadline.
Result<> change_shared_file(io::World& world,
                            const std::string& path,
                            Deadline deadline,
                            const std::function<Result<Secret>(std::string_view text)>& change);

}  // namespace touchsts::cli
