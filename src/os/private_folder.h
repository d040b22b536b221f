// Folders that are ours alone: the cache.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "io/files.h"
#include "io/random.h"

namespace touchsts::os {

// See io::Files::private_folder.
Result<std::unique_ptr<io::PrivateFolder>> open_private_folder(const std::string& parent,
                                                               const std::string& name,
                                                               io::Files::Create create,
                                                               io::Random& random);

}  // namespace touchsts::os
