/* spawn RUNS FILE: times whole processes. FILE holds one command a line, words separated by tabs; words NAME=VALUE in front
   of it go into its environment. The commands take turns,
   RUNS times after one warm-up; for each is printed: median microseconds, peak resident KiB, exit status. stdout of the
   commands goes to /dev/null. Small and static, so that its own size does not show in the figures of its children. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { most_commands = 16, most_words = 64, most_variables = 256, most_runs = 100000 };

extern char **environ;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    return 2;
  }
  const int runs = atoi(argv[1]);
  FILE *file = fopen(argv[2], "r");
  static char lines[most_commands][8192];
  static char *words[most_commands][most_words];
  static char *variables[most_commands][most_variables];
  int commands = 0;
  while (file && commands < most_commands && fgets(lines[commands], sizeof lines[0], file)) {
    lines[commands][strcspn(lines[commands], "\n")] = 0;
    int count = 0;
    int set = 0;
    for (char *word = strtok(lines[commands], "\t"); word && count < most_words - 1; word = strtok(NULL, "\t")) {
      if (count == 0 && strchr(word, '=') && set < most_variables - 1) {
        variables[commands][set++] = word; /* the first of a name counts */
      } else {
        words[commands][count++] = word;
      }
    }
    for (char **entry = environ; *entry && set < most_variables - 1; ++entry) {
      variables[commands][set++] = *entry;
    }
    ++commands;
  }
  if (commands == 0 || runs < 1 || runs > most_runs) {
    return 2;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  static double times[most_commands][most_runs];
  long memory[most_commands] = {0};
  int status[most_commands] = {0};
  for (int run = -1; run < runs; ++run) {
    for (int i = 0; i < commands; ++i) {
      pid_t child;
      struct rusage usage;
      const double start = now();
      if (posix_spawn(&child, words[i][0], &actions, NULL, words[i], variables[i]) != 0) {
        return 3;
      }
      int ended = 0;
      wait4(child, &ended, 0, &usage);
      if (run >= 0) {
        times[i][run] = now() - start;
      }
      memory[i] = usage.ru_maxrss > memory[i] ? usage.ru_maxrss : memory[i];
      status[i] |= ended;
    }
  }
  for (int i = 0; i < commands; ++i) {
    qsort(times[i], (size_t)runs, sizeof times[i][0], compare);
    printf("%.1f %ld %d\n", times[i][runs / 2], memory[i], status[i]);
  }
  return 0;
}
