/* read_and_print FILE: what a program that answers from a file costs at least. */
#include <fcntl.h>
#include <unistd.h>

int main(int argc, char **argv) {
  static char bytes[4096];
  const int file = open(argv[argc - 1], O_RDONLY);
  const ssize_t size = read(file, bytes, sizeof bytes);
  return size > 0 && write(1, bytes, (size_t)size) == size ? 0 : 1;
}
