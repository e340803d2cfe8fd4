/* SPDX-License-Identifier: MIT */
#include "tests/support/daemon.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/port.h"
#include "tests/support/test.h"
#include "tests/support/tls_front.h"

enum { START_LIMIT_MS = 120000, TRY_MS = 5, PORTS_TRIED = 5, RUNNING_MOST = 8 };

/* The daemon must not take anything of the host that it is tested on: as root it would make
 * /var/run/spread its root where there is one, and it looks into /etc for access files that are not
 * in the folder it is started in. */
static const char own_root[] = "RuntimeDir = /\n";
static const char *const files[] = {"conf", "spread.access_ip", "spread.access_pword"};

static void in_folder(const struct test_daemon *d, const char *name, char path[96])
{
    snprintf(path, 96, "%s/%s", d->folder, name);
}

static void write_files(struct test_daemon *d, const char *more)
{
    strcpy(d->folder, "/tmp/spread-test-XXXXXX");
    assert_non_null(mkdtemp(d->folder));
    assert_int_equal(chmod(d->folder, 0755), 0);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char path[96];
        in_folder(d, files[i], path);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        assert_true(fd >= 0);
        if (i == 0)
            dprintf(fd, "Spread_Segment 127.0.0.255:%u {\n    d1 127.0.0.1\n}\n%s%s%s\n", d->port,
                    own_root, tls_is_tested() ? tls_options() : getenv("SPREAD_TEST_PIPES") ? "SharedMailboxAfter = 0\n" : "", more ? more : "");
        close(fd);
    }
}

static void socket_path(const struct test_daemon *d, char path[96])
{
    snprintf(path, 96, SPREAD_SOCKET_DIR "/%u", d->port);
}

static void remove_files(const struct test_daemon *d)
{
    char path[96];
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        in_folder(d, files[i], path);
        unlink(path);
    }
    rmdir(d->folder);
    socket_path(d, path);
    unlink(path); /* the daemon may have become a user who cannot */
}

/* Ends as the daemon does, and ends it when the test dies: the daemon itself would not hear of
 * that, for changing its user makes it forget whose child it is. Its files go when it has ended: until
 * then it may make another. */
static void watch(const struct test_daemon *d, pid_t daemon, const sigset_t *signals)
{
    int status, signal;
    bool orphan = false;
    /* SIGCHLD comes as well when somebody stops the daemon, or lets it go on. */
    while (waitpid(daemon, &status, WNOHANG) == 0)
        if (sigwait(signals, &signal) == 0 && signal == SIGUSR1) {
            orphan = true;
            kill(daemon, SIGKILL);
        }
    if (orphan)
        remove_files(d);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 125);
}

/* Runs in the child that test_daemon.watcher is. */
static void run_and_watch(const struct test_daemon *d, pid_t test, int tell)
{
    sigset_t signals, before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGUSR1);
    sigprocmask(SIG_BLOCK, &signals, &before);
    prctl(PR_SET_PDEATHSIG, SIGUSR1);
    if (getppid() != test)
        _exit(126);
    pid_t daemon = fork();
    if (daemon == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        dup2(d->log, 1);
        dup2(d->log, 2);
        if (chdir(d->folder) == 0)
            execl(SPREADD, "spreadd", "-c", files[0], "-n", "d1", (char *)NULL);
        _exit(127);
    }
    if (write(tell, &daemon, sizeof daemon) != sizeof daemon)
        _exit(126);
    close_range(3, UINT_MAX, 0); /* what the test has open is not for us to hold */
    watch(d, daemon, &signals);
}

/* -- those that run ------------------------------------------------------------------------ */

/* A test that fails does not stop its daemon: what that has to say is shown when the program ends. */
static struct {
    pid_t pid;
    int log;
} running[RUNNING_MOST];
static pid_t shows;

static void show_logs(void)
{
    static char text[20000];
    for (size_t i = 0; i < RUNNING_MOST && getpid() == shows; i++) {
        struct stat s;
        if (running[i].pid == 0 || fstat(running[i].log, &s) != 0)
            continue;
        off_t from = s.st_size > (off_t)sizeof text - 1 ? s.st_size - ((off_t)sizeof text - 1) : 0;
        ssize_t n = pread(running[i].log, text, sizeof text - 1, from);
        text[n > 0 ? n : 0] = '\0';
        fprintf(stderr, "spreadd (process %d) was left running:\n%s", (int)running[i].pid, text);
    }
}

static void note_running(pid_t pid, int log)
{
    if (shows != getpid())
        atexit(show_logs);
    shows = getpid();
    for (size_t i = 0; i < RUNNING_MOST; i++)
        if (running[i].pid == 0) {
            running[i].pid = pid;
            running[i].log = log;
            return;
        }
}

static void note_stopped(pid_t pid)
{
    for (size_t i = 0; i < RUNNING_MOST; i++)
        if (running[i].pid == pid)
            running[i].pid = 0;
}

/* -- starting and stopping ------------------------------------------------------------------ */

static void spawn(struct test_daemon *d)
{
    int tell[2];
    pid_t test = getpid();
    d->log = memfd_create("log", MFD_CLOEXEC);
    assert_true(d->log >= 0);
    assert_int_equal(pipe2(tell, O_CLOEXEC), 0);
    d->watcher = fork();
    assert_true(d->watcher >= 0);
    if (d->watcher == 0)
        run_and_watch(d, test, tell[1]);
    close(tell[1]);
    assert_int_equal(read(tell[0], &d->pid, sizeof d->pid), sizeof d->pid);
    close(tell[0]);
    d->pidfd = (int)syscall(SYS_pidfd_open, d->watcher, 0);
    assert_true(d->pidfd >= 0);
    note_running(d->pid, d->log);
}

/* True if it is this daemon, and no other that was quicker to take the port, and its loop turns: a
 * connection that we end is ended by it, so whatever it does before it serves clients it has done. */
static bool answers(const struct test_daemon *d)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    struct ucred peer;
    socklen_t len = sizeof peer;
    char path[96], byte;
    socket_path(d, path);
    strcpy(a.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ended = connect(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
                 getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.pid == d->pid &&
                 shutdown(fd, SHUT_WR) == 0 && recv(fd, &byte, 1, 0) == 0;
    close(fd);
    return ended;
}

/* False: it ended instead. */
static bool serves(const struct test_daemon *d)
{
    struct pollfd ended = {.fd = d->pidfd, .events = POLLIN};
    for (int ms = 0; ms < START_LIMIT_MS; ms += TRY_MS) {
        if (answers(d))
            return true;
        if (poll(&ended, 1, TRY_MS) == 1)
            return false;
    }
    fail_msg("spreadd does not serve after %d ms", START_LIMIT_MS);
    return false;
}

static void forget(struct test_daemon *d)
{
    note_stopped(d->pid);
    close(d->pidfd);
    close(d->log);
    remove_files(d);
}

void test_daemon_start(struct test_daemon *d, const char *more)
{
    for (int i = 0; i < PORTS_TRIED; i++) {
        d->port = port_free();
        snprintf(d->local, sizeof d->local, "%u", d->port);
        snprintf(d->tcp, sizeof d->tcp, "%u@127.0.0.1", d->port);
        if (tls_is_tested())
            snprintf(d->tcp, sizeof d->tcp, "tls:%u@127.0.0.1", d->port);
        if (tls_is_tested())
            memcpy(d->local, d->tcp, sizeof d->local);
        write_files(d, more);
        spawn(d);
        if (serves(d))
            return;
        char *log = test_daemon_log(d);
        print_message("spreadd ended at its start:\n%s", log);
        free(log);
        waitpid(d->watcher, NULL, 0);
        forget(d);
    }
    fail_msg("spreadd cannot be started");
}

void test_daemon_stop(struct test_daemon *d)
{
    int status;
    kill(d->pid, SIGTERM);
    assert_int_equal(waitpid(d->watcher, &status, 0), d->watcher);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        char *log = test_daemon_log(d);
        print_message("spreadd:\n%s", log);
        free(log);
        fail_msg("spreadd ended with status %#x", (unsigned)status);
    }
    forget(d);
}

void test_daemon_kill(struct test_daemon *d)
{
    kill(d->pid, SIGKILL);
    assert_int_equal(waitpid(d->watcher, NULL, 0), d->watcher);
    forget(d);
}

char *test_daemon_log(const struct test_daemon *d)
{
    struct stat s;
    assert_int_equal(fstat(d->log, &s), 0);
    char *text = calloc(1, (size_t)s.st_size + 1);
    assert_non_null(text);
    assert_true(pread(d->log, text, (size_t)s.st_size, 0) >= 0);
    return text;
}
