// What libusb's configure would find on Linux with musl or glibc. No logging: with it libusb reads LIBUSB_DEBUG and
// writes to stderr. No hotplug monitor runs either, since src/os/ opens the device nodes itself. No timer descriptors: what
// is read has no time-out of its own, and each would be two more system calls.
#pragma once

#define _GNU_SOURCE 1
#define DEFAULT_VISIBILITY
#define PRINTF_FORMAT(a, b) __attribute__((__format__(__printf__, a, b)))
#define PLATFORM_POSIX 1
#define HAVE_CLOCK_GETTIME 1
#define HAVE_EVENTFD 1
#define HAVE_NFDS_T 1
#define HAVE_PIPE2 1
#define HAVE_PTHREAD_CONDATTR_SETCLOCK 1
#define HAVE_STRUCT_TIMESPEC 1
#define HAVE_SYS_TIME_H 1
#define HAVE_ASM_TYPES_H 1
