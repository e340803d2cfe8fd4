/* SPDX-License-Identifier: MIT */
#include "daemon/io/confine.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include "daemon/io/log_output.h"

void confine_privileges(void)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* A sanitizer traces its own process at the end, and maps what it likes. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

static void say_none(const char *why)
{
    log_event(log_output(), LOG_SECURITY | LOG_PRINT, LEVEL_WARNING,
              "SystemCallFilter: system calls are not filtered: %s; with SystemCallFilter = false that is not said", why);
}

#if !defined(SPREAD_HAVE_SECCOMP)

void confine_calls(bool wanted)
{
    if (wanted)
        say_none("this spreadd was built without libseccomp");
}

#elif defined(SANITIZED)

void confine_calls(bool wanted)
{
    if (wanted)
        say_none("this spreadd was built with a sanitizer");
}

#else

#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* By name, for which of them there are is a matter of the machine: of "send", say, libseccomp tells that
 * it is allowed on x86-64, where it is no call at all, and libc makes it "sendto". */
static const char *const calls[] = {
    /* sockets and files that are open */
    "read", "readv", "pread64", "recvfrom", "recv", "recvmsg", "recvmmsg", "recvmmsg_time64", "write",
    "writev", "pwrite64", "sendto", "send", "sendmsg", "sendmmsg", "close", "shutdown", "lseek", "_llseek",
    "fsync", "fdatasync", "fcntl", "fcntl64", "dup", "dup2", "dup3", "accept", "accept4", "bind",
    "connect", "listen", "getsockname", "getpeername", "getsockopt", "setsockopt",
    /* readiness */
    "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll",
    "ppoll", "ppoll_time64", "select", "_newselect", "pselect6", "pselect6_time64", "eventfd2", "pipe2",
    "pipe", "socketpair", "timerfd_create", "timerfd_settime", "timerfd_settime64", "signalfd4",
    /* files that a reload reads, the log that is opened anew, the path of the socket at the end */
    "open", "openat", "stat", "stat64", "fstat", "fstat64", "lstat", "lstat64", "newfstatat", "fstatat64",
    "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getdents64", "getcwd",
    "unlink", "unlinkat", "fstatfs", "statfs", "umask", "fadvise64",
    /* memory */
    "memfd_create", "ftruncate", "ftruncate64",
    "munmap", "mremap", "madvise", "brk", "mlock", "munlock", "mlockall", "munlockall", "mincore",
    "membarrier",
    /* threads and what becomes of them */
    "set_robust_list", "get_robust_list", "rseq", "futex", "futex_time64", "gettid", "getpid", "getppid",
    "set_tid_address", "sched_yield", "sched_getaffinity", "sched_setscheduler", "sched_getscheduler",
    "sched_getparam", "setpriority", "getpriority", "exit", "exit_group", "tgkill", "restart_syscall",
    /* signals */
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigtimedwait", "sigaltstack",
    "sigaction", "sigprocmask", "sigreturn",
    /* time and the machine */
    "clock_gettime", "clock_gettime64", "clock_getres", "clock_nanosleep", "clock_nanosleep_time64",
    "nanosleep", "gettimeofday", "time", "getrandom", "uname", "sysinfo", "getrusage", "times",
    "getrlimit", "ugetrlimit", "prlimit64", "getuid", "geteuid", "getgid", "getegid", "getresuid",
    "getresgid", "getgroups", "getuid32", "geteuid32", "getgid32", "getegid32",
};

static bool allow_all(scmp_filter_ctx filter)
{
    bool ok = true;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        int number = seccomp_syscall_resolve_name(calls[i]);
        if (number >= 0) /* this machine has it */
            ok = ok && seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0) == 0;
    }
    return ok;
}

/* The call whose argument has exactly these of the bits of mask. */
static bool allow_bits(scmp_filter_ctx filter, const char *call, unsigned argument,
                       unsigned long mask, unsigned long bits)
{
    int number = seccomp_syscall_resolve_name(call);
    return number < 0 ||
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1,
                            SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, mask, bits)) == 0;
}

/* Memory is written to or run, never both; of processes there is this one alone; a socket is one of
 * those that we have; devices are asked, and told nothing. The kernel looks at the lower half of what is
 * an int, so the filter does, too. */
static bool allow_some(scmp_filter_ctx filter)
{
    static const char *const maps[] = {"mmap", "mmap2", "mprotect"};
    static const unsigned long memory[] = {0, PROT_WRITE, PROT_EXEC};
    static const unsigned long families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
    static const unsigned long asks[] = {SIOCOUTQ, FIONREAD, FIONBIO, TCGETS, SIOCGIFCONF, SIOCGIFFLAGS,
                                         SIOCGIFINDEX, SIOCGIFNAME, SIOCGIFADDR, SIOCGIFBRDADDR,
                                         SIOCGIFNETMASK, SIOCGIFMTU};
    bool ok = allow_bits(filter, "clone", 0, CLONE_THREAD, CLONE_THREAD);
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
        for (size_t k = 0; k < sizeof memory / sizeof memory[0]; k++)
            ok = ok && allow_bits(filter, maps[i], 2, PROT_WRITE | PROT_EXEC, memory[k]);
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        ok = ok && allow_bits(filter, "socket", 0, UINT32_MAX, families[i]);
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++)
        ok = ok && allow_bits(filter, "ioctl", 1, UINT32_MAX, asks[i]);
    return ok;
}

void confine_calls(bool wanted)
{
    int error = 0;
    if (!wanted)
        return;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    if (!filter || seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)) != 0 ||
        !allow_all(filter) || !allow_some(filter))
        error = ENOMEM;
    else
        error = -seccomp_load(filter);
    if (error)
        say_none(strerror(error));
    seccomp_release(filter);
}

#endif
