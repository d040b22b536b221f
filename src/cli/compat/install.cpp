#include "cli/compat/install.h"

#include <utility>

#include "base/format.h"
#include "base/untrusted.h"
#include "cli/compat/front_ends.h"

namespace touchsts::cli::compat {
namespace {

bool in_path(std::string_view path, std::string_view folder) {
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find(':'));
    if (part == folder) {
      return true;
    }
    path.remove_prefix(std::min(part.size() + 1, path.size()));
  }
  return false;
}

}  // namespace

Result<int> install_names(std::string folder, io::World& world) {
  const std::string program = world.programs.own_path();
  if (program.empty()) {
    return hinted(fail(Fault::other, "this program does not know where it lies"), "is /proc there?");
  }
  if (folder.empty()) {
    folder = program.substr(0, program.rfind('/'));
  }
  while (folder.size() > 1 && folder.ends_with('/')) {
    folder.pop_back();
  }
  int code = 0;
  std::string said;
  for (const std::string_view name : program_names()) {
    const std::string path = formatted("{}/{}", folder, name);
    const auto made = world.files.link(path, program);
    code = made ? code : 1;
    said += formatted("{}: {}\n",
                      Untrusted{path},
                      !made   ? printable(in_one_line(made.error()))
                      : *made ? "made"
                              : "there already");
  }
  if (!in_path(world.environment.get("PATH"), folder)) {
    said += formatted("{} is not in PATH\n", Untrusted{folder});
  }
  TRY(world.output.result(said));
  return code;
}

}  // namespace touchsts::cli::compat
