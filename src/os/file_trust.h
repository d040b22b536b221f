// Who can change a file: whether what stands in it counts.
#pragma once

#include <optional>
#include <string>
#include <sys/stat.h>

#include "io/files.h"

namespace touchsts::os {

// distrust_file walks `path` from the root, following links (40 at most, as the kernel does), and says who beside our
// effective user and root can change the file, or put another into its place: by the file itself, by a link on the way,
// or by the folder that holds either. Folders farther up are not looked at: a user who can write to one of those can
// move ours away, but the new one belongs to that user, which its owner shows. Nothing when no other user can, and when
// there is no such file.
std::optional<io::Distrust> distrust_file(const std::string& path);

// distrust_direct is the same for a file that was opened without a link on the way, and has `status`: it costs one
// system call.
std::optional<io::Distrust> distrust_direct(const std::string& path, const struct stat& status);

// distrust_folder is the same for a folder, which need not lie in such a folder itself.
std::optional<io::Distrust> distrust_folder(const std::string& path);

}  // namespace touchsts::os
