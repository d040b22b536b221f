// Makes one of the mistakes that sanitizers and valgrind are there to find. A check that has never failed proves
// nothing.
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <string_view>

namespace {

// Where the compiler cannot see through.
[[gnu::noinline]] std::byte* memory(std::size_t size) {
  auto* const volatile taken = static_cast<std::byte*>(std::malloc(size));
  return taken;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mistake = argc == 2 ? argv[1] : "";
  std::byte* volatile bytes = memory(16);
  if (mistake == "overrun") {
    bytes[16] = std::byte{1};
  } else if (mistake == "uninitialised" && bytes[3] == std::byte{7}) {
    return 3;
  } else if (mistake == "late") {
    std::free(bytes);
    return static_cast<int>(bytes[0]);
  }
  if (mistake == "overflow") {
    volatile int number = std::numeric_limits<int>::max();
    number = number + argc;
  }
  if (mistake == "leak") {
    bytes = nullptr;
    return 0;
  }
  std::free(bytes);
  return 0;
}
