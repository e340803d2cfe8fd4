/* SPDX-License-Identifier: MIT
 *
 * What a daemon that is up can still do, and what not: each case in a process of its own that has
 * confined itself. That libseccomp said yes to a rule proves nothing.
 */
#include "tests/support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/io/confine.h"

/* 0, or the number of the error; of a call that says nothing by -1, 1. */
static int of(long result)
{
    return result < 0 ? errno : 0;
}

/* -- what it does ------------------------------------------------------------------------------ */

static int sends(void)
{
    int s[2];
    char byte = 'x';
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) != 0 || send(s[0], &byte, 1, MSG_NOSIGNAL) != 1 ||
        recv(s[1], &byte, 1, 0) != 1)
        return errno;
    return 0;
}

static int reads_a_file(void)
{
    char text[16];
    struct stat there;
    FILE *f = fopen("/dev/zero", "r");
    if (!f || fread(text, 1, sizeof text, f) != sizeof text)
        return errno;
    fclose(f);
    return of(stat("/", &there));
}

static int opens_sockets(void)
{
    static const int families[] = {AF_UNIX, AF_INET, AF_NETLINK};
    for (size_t i = 0; i < COUNT_OF(families); i++)
        if (socket(families[i], SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0)
            return errno;
    return 0;
}

static void *nothing(void *context)
{
    struct sched_param none = {0};
    sched_setscheduler(0, SCHED_BATCH, &none);
    return setpriority(PRIO_PROCESS, 0, 10) == 0 ? context : NULL;
}

static int has_threads(void)
{
    pthread_t t;
    void *result = NULL;
    int error = pthread_create(&t, NULL, nothing, &result);
    if (error)
        return error;
    pthread_join(t, &result);
    return result == &result ? 0 : EPERM;
}

static int finds_names(void)
{
    struct addrinfo *list = NULL;
    return getaddrinfo("localhost", NULL, NULL, &list) == 0 ? 0 : ENOENT;
}

static int loads_libraries(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? errno : of(mprotect(p, 4096, PROT_READ));
}

static int aborts(void)
{
    pid_t self = getpid();
    signal(SIGABRT, SIG_IGN);
    return of(syscall(SYS_tgkill, self, syscall(SYS_gettid), SIGABRT));
}

/* -- what it does not -------------------------------------------------------------------------- */

static int runs_a_program(void)
{
    return of(execl("/bin/true", "true", (char *)NULL));
}

static int forks(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return of(child);
}

static int traces(void)
{
    return of(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int kills(void)
{
    return of(kill(getppid(), 0));
}

static int sniffs(void)
{
    return of(socket(AF_PACKET, SOCK_RAW, 0));
}

static int changes_its_root(void)
{
    return of(chroot("/"));
}

static int becomes_somebody_else(void)
{
    return of(syscall(SYS_setuid, getuid()));
}

static int runs_what_it_writes(void)
{
    void *p = mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p != MAP_FAILED)
        return 0;
    p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return of(mprotect(p, 4096, PROT_READ | PROT_WRITE | PROT_EXEC));
}

static int makes_namespaces(void)
{
    return of(unshare(CLONE_NEWUSER));
}

static int links_files(void)
{
    return of(symlink("/etc/passwd", "/nowhere/at/all"));
}

static const struct {
    const char *name;
    int (*f)(void);
    int expected;
} cases[] = {
    {"sends", sends, 0},
    {"reads a file", reads_a_file, 0},
    {"opens sockets", opens_sockets, 0},
    {"has threads", has_threads, 0},
    {"finds names", finds_names, 0},
    {"loads libraries", loads_libraries, 0},
    {"aborts", aborts, 0},
    {"runs a program", runs_a_program, ENOSYS},
    {"forks", forks, ENOSYS},
    {"traces", traces, ENOSYS},
    {"kills", kills, ENOSYS},
    {"sniffs", sniffs, ENOSYS},
    {"changes its root", changes_its_root, ENOSYS},
    {"becomes somebody else", becomes_somebody_else, ENOSYS},
    {"runs what it writes", runs_what_it_writes, ENOSYS},
    {"makes namespaces", makes_namespaces, ENOSYS},
    {"links files", links_files, ENOSYS},
};

/* What comes of a case in a process that has confined itself; 255 if that cannot be. */
static int outcome(int (*f)(void))
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        confine_privileges();
        confine_calls(true);
        errno = 0;
        _exit(prctl(PR_GET_SECCOMP) == 2 || errno == ENOSYS ? f() : 255);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void each_call_is_allowed_or_refused_as_it_should_be(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int is = outcome(cases[i].f);
        if (is == 255)
            skip();
        if (is != cases[i].expected)
            fail_msg("%s: %s, not %s", cases[i].name, strerror(is), strerror(cases[i].expected));
    }
}

static void without_a_filter_all_is_as_it_was(void **state)
{
    (void)state;
    int status;
    pid_t child = fork();
    if (child == 0) {
        confine_calls(false);
        _exit(forks());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void nobody_gains_privileges(void **state)
{
    (void)state;
    int status;
    pid_t child = fork();
    if (child == 0) {
        confine_privileges();
        _exit(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_is_allowed_or_refused_as_it_should_be),
        cmocka_unit_test(without_a_filter_all_is_as_it_was),
        cmocka_unit_test(nobody_gains_privileges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
