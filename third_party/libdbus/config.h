// What libdbus's configuration would find on Linux with musl or glibc. Asserts, checks and verbose mode are off: they
// write to stderr, and what we call is tested. The folders are where the distribution has them; none is written to.
#pragma once

#define _GNU_SOURCE 1
#include <features.h>

#define DBUS_UNIX
#define DBUS_DISABLE_ASSERT 1
#define DBUS_DISABLE_CHECKS 1
#define DBUS_USE_SYNC 1

#define DBUS_PREFIX "/usr"
#define DBUS_BINDIR "/usr/bin"
#define DBUS_DATADIR "/usr/share"
#define DBUS_DAEMONDIR "/usr/bin"
#define DBUS_DAEMON_NAME "dbus-daemon"
#define DBUS_RUNSTATEDIR "/run"
#define DBUS_SESSION_SOCKET_DIR "/tmp"
#define DBUS_MACHINE_UUID_FILE "/var/lib/dbus/machine-id"
#define DBUS_SYSTEM_CONFIG_FILE "/usr/share/dbus-1/system.conf"
#define DBUS_SESSION_CONFIG_FILE "/usr/share/dbus-1/session.conf"
#define DBUS_SYSTEM_BUS_DEFAULT_ADDRESS "unix:path=/run/dbus/system_bus_socket"
#define DBUS_SESSION_BUS_CONNECT_ADDRESS "unix:path=/nonexistent"
#define DBUS_USER "messagebus"

#define HAVE_ACCEPT4 1
#define HAVE_ALLOCA_H 1
#define HAVE_BYTESWAP_H 1
#define HAVE_CLEARENV 1
#define HAVE_DECL_ENVIRON 1
#define HAVE_DECL_LOG_PERROR 1
#define HAVE_DECL_MSG_NOSIGNAL 1
#define HAVE_DECL_SYS_PIDFD_OPEN 0
#define HAVE_DIRENT_H 1
#define HAVE_ERRNO_H 1
#define HAVE_FSTATFS 1
#define HAVE_GETGROUPLIST 1
#define HAVE_GETPWNAM_R 1
#define HAVE_GETRANDOM 1
#define HAVE_GETRESUID 1
#define HAVE_GETRLIMIT 1
#define HAVE_INTTYPES_H 1
#define HAVE_LINUX_MAGIC_H 1
#define HAVE_LOCALECONV 1
#define HAVE_LOCALE_H 1
#define HAVE_NANOSLEEP 1
#define HAVE_PIPE2 1
#define HAVE_POLL 1
#define HAVE_PRCTL 1
#define HAVE_RAISE 1
#define HAVE_SETENV 1
#define HAVE_SETLOCALE 1
#define HAVE_SETRESUID 1
#define HAVE_SETRLIMIT 1
#define HAVE_SIGNAL_H 1
#define HAVE_SOCKETPAIR 1
#define HAVE_SOCKLEN_T 1
#define HAVE_STDATOMIC_H 1
#define HAVE_STDIO_H 1
#define HAVE_SYSLOG_H 1
#define HAVE_SYS_PRCTL_H 1
#define HAVE_SYS_RANDOM_H 1
#define HAVE_SYS_RESOURCE_H 1
#define HAVE_SYS_SYSCALL_H 1
#define HAVE_SYS_TIME_H 1
#define HAVE_SYS_VFS_H 1
#define HAVE_UNISTD_H 1
#define HAVE_UNIX_FD_PASSING 1
#define HAVE_UNSETENV 1
#define HAVE_WRITEV 1
#ifdef __GLIBC__
#define HAVE_CLOSE_RANGE 1
#endif
