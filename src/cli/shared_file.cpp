#include "cli/shared_file.h"

#include <array>
#include <chrono>

#include "base/untrusted.h"
#include "settings/surroundings.h"

namespace touchsts::cli {
namespace {

// So that of many at once not all come back at the same moment.
void pause(io::World& world) {
  std::array<std::byte, 1> chance{};
  world.random.fill(chance);
  world.clock.sleep_until(world.clock.steady() + std::chrono::milliseconds(1 + std::to_integer<int>(chance[0]) % 16));
}

Result<bool> changed_once(io::World& world,
                          const std::string& path,
                          const std::function<Result<Secret>(std::string_view)>& change) {
  const auto content = TRY(world.files.read(path, settings::kSharedFileLimit));
  const Secret after = TRY(change(content ? content->bytes.reveal_text() : std::string_view()));
  if (!content) {
    return world.files.create(path, after);
  }
  const bool same = content->bytes.reveal_text() == after.reveal_text();
  return same ? Result<bool>(true) : world.files.replace(path, content->bytes, after);
}

}  // namespace

Result<> change_shared_file(io::World& world,
                            const std::string& path,
                            Deadline deadline,
                            const std::function<Result<Secret>(std::string_view)>& change) {
  while (!TRY(within(Untrusted{path}, changed_once(world, path, change)))) {
    if (world.clock.steady() >= deadline) {
      return hinted(fail(Fault::configuration, "{}: others change it all the time", Untrusted{path}), "try again");
    }
    pause(world);
  }
  return {};
}

}  // namespace touchsts::cli
