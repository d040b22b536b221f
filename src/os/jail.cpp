#include "os/jail.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <limits>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <span>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace touchsts::os {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

// Reading, writing, memory, and an end.
constexpr int kReaderCalls[] = {
    SYS_brk,          SYS_clock_gettime, SYS_close,           SYS_exit,         SYS_exit_group,
    SYS_futex,        SYS_getpid,        SYS_gettid,          SYS_madvise,      SYS_mremap,
    SYS_munmap,       SYS_read,          SYS_restart_syscall, SYS_rt_sigaction, SYS_rt_sigprocmask,
    SYS_rt_sigreturn, SYS_sched_yield,   SYS_sigaltstack,     SYS_write,        SYS_writev,
#if __has_feature(address_sanitizer)
    SYS_ioctl,        SYS_pipe2,  // its run-time library tries addresses out on a pipe
#endif
};

// The same, and answering on sockets that are there.
constexpr int kWorkerCalls[] = {
    SYS_accept4,
    SYS_getrandom,
    SYS_mlock,
    SYS_ppoll,
    SYS_recvfrom,
    SYS_recvmsg,
    SYS_sendmsg,
    SYS_sendto,
    SYS_shutdown,
#ifdef SYS_poll
    SYS_poll,
#endif
};

// Memory, but none that can be run.
constexpr int kMappingCalls[] = {SYS_mmap, SYS_mprotect};
constexpr std::size_t kProtection =
    offsetof(seccomp_data, args) + 2 * sizeof(std::uint64_t);  // its lower half: little end first

constexpr sock_filter load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}
constexpr sock_filter give(std::uint32_t verdict) { return BPF_STMT(BPF_RET | BPF_K, verdict); }
// The next statement is for `value` alone.
constexpr sock_filter if_equal(std::uint32_t value) { return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1); }

constexpr rlim_t kMostDescriptors = 65'536;
constexpr int kNone = std::numeric_limits<int>::max();

// Those of `first` up to, but without, `end`: by one call where the kernel has it (Linux 5.9), else one by one.
void close_from(int first, int end) {
  if (first >= end || syscall(SYS_close_range, first, end - 1, 0) == 0) {
    return;
  }
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const int most = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, kMostDescriptors));
  for (int number = first; number < std::min(end, most); ++number) {
    close(number);
  }
}

}  // namespace

void close_all_but(int first, std::initializer_list<int> kept) {
  while (true) {
    int next = kNone;
    for (const int number : kept) {
      next = number >= first ? std::min(next, number) : next;
    }
    close_from(first, next);
    if (next == kNone) {
      return;
    }
    first = next + 1;
  }
}

bool enter_jail(Jail kind) {
  std::vector<sock_filter> filter{load(offsetof(seccomp_data, arch))};
  // Calls of another architecture have other numbers.
  filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
  filter.push_back(give(SECCOMP_RET_KILL_PROCESS));
  filter.push_back(load(offsetof(seccomp_data, nr)));
  const auto allow = [&filter](std::span<const int> calls) {
    for (const int call : calls) {
      filter.push_back(if_equal(static_cast<std::uint32_t>(call)));
      filter.push_back(give(SECCOMP_RET_ALLOW));
    }
  };
  allow(kReaderCalls);
  if (kind == Jail::endpoint_worker) {
    allow(kWorkerCalls);
  }
  for (const int call : kMappingCalls) {
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 4));
    filter.push_back(load(kProtection));
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1));
    filter.push_back(give(SECCOMP_RET_ERRNO | EPERM));
    filter.push_back(give(SECCOMP_RET_ALLOW));
  }
  filter.push_back(give(SECCOMP_RET_ERRNO | EPERM));
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace touchsts::os
