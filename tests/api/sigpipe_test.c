/* SPDX-License-Identifier: MIT
 *
 * SIGPIPE belongs to the process: from the first connect on it is ignored, as with 5.0.1, unless
 * the program has said what it wants. Each story is that of a process of its own.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/sp.h"
#include "include/sp_more.h"
#include "tests/support/child.h"
#include "tests/support/daemon.h"
#include "tests/support/test.h"

static struct test_daemon a_daemon;

static void must(bool true_for_sure, int line)
{
    if (!true_for_sure) {
        print_error("sigpipe_test.c:%d\n", line);
        _exit(1);
    }
}
#define MUST(what) must(what, __LINE__)

static void connect_once(void)
{
    mailbox m;
    char group[MAX_GROUP_NAME];
    MUST(SP_connect(a_daemon.local, NULL, 0, 0, &m, group) == ACCEPT_SESSION);
    MUST(SP_disconnect(m) == 0);
}

static void set_disposition(void (*handler)(int))
{
    struct sigaction new = {.sa_handler = handler};
    MUST(sigaction(SIGPIPE, &new, NULL) == 0);
}

static bool is_disposition(void (*handler)(int))
{
    struct sigaction now;
    MUST(sigaction(SIGPIPE, NULL, &now) == 0);
    return now.sa_handler == handler;
}

static void on_sigpipe(int number)
{
    (void)number;
}

/* Runs a story in a child; it must come to its end. */
static void tell(void (*story)(void))
{
    int status;
    pid_t pid = child_fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        set_disposition(SIG_DFL);
        story();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (status != 0)
        fail_msg("the story ended with status %#x", (unsigned)status);
}

static void write_to_a_pipe_that_nobody_reads(void)
{
    int ends[2];
    MUST(pipe(ends) == 0 && close(ends[0]) == 0);
    MUST(write(ends[1], "x", 1) == -1 && errno == EPIPE);
}

static void connect_then_write(void)
{
    connect_once();
    write_to_a_pipe_that_nobody_reads();
}

static void connect_to_nobody(void)
{
    mailbox m;
    char group[MAX_GROUP_NAME];
    MUST(SP_connect("no such address", NULL, 0, 0, &m, group) == ILLEGAL_SPREAD);
    write_to_a_pipe_that_nobody_reads();
}

static int says_yes(int fd, void *data)
{
    (void)fd;
    (void)data;
    return 1;
}

static void set_a_method(void)
{
    MUST(SP_set_auth_method("NULL", says_yes, NULL) == 1);
    write_to_a_pipe_that_nobody_reads();
}

static void have_a_handler(void)
{
    set_disposition(on_sigpipe);
    connect_once();
    MUST(is_disposition(on_sigpipe));
}

static void choose_after_the_first_connect(void)
{
    connect_once();
    MUST(is_disposition(SIG_IGN));
    set_disposition(SIG_DFL);
    connect_once();
    MUST(is_disposition(SIG_DFL));
    set_disposition(on_sigpipe);
    connect_once();
    MUST(is_disposition(on_sigpipe));
}

static void keep_it(void)
{
    MUST(SP_keep_sigpipe() == 1);
    MUST(SP_keep_sigpipe() == 1);
    connect_once();
    MUST(SP_set_auth_method("NULL", says_yes, NULL) == 1);
    MUST(is_disposition(SIG_DFL));
    MUST(SP_keep_sigpipe() == 1);
}

static void keep_it_too_late(void)
{
    connect_once();
    MUST(SP_keep_sigpipe() == 0);
    MUST(is_disposition(SIG_IGN));
}

static void fork_after_it(void)
{
    int status;
    connect_once();
    set_disposition(on_sigpipe);
    pid_t pid = child_fork();
    if (pid == 0) {
        connect_once();
        MUST(is_disposition(on_sigpipe) && SP_keep_sigpipe() == 0);
        _exit(0);
    }
    MUST(waitpid(pid, &status, 0) == pid && status == 0);
}

#define STORY(name, story)        \
    static void name(void **state) \
    {                             \
        (void)state;              \
        tell(story);              \
    }
STORY(after_a_connect_a_write_to_a_pipe_that_nobody_reads_is_an_error, connect_then_write)
STORY(a_connect_that_fails_counts, connect_to_nobody)
STORY(setting_a_method_counts, set_a_method)
STORY(a_handler_stays, have_a_handler)
STORY(what_the_program_sets_later_stays, choose_after_the_first_connect)
STORY(a_program_may_keep_its_disposition, keep_it)
STORY(after_the_first_connect_it_is_too_late_to_ask, keep_it_too_late)
STORY(a_child_has_connected_if_its_parent_has, fork_after_it)

static int start(void **state)
{
    (void)state;
    test_daemon_start(&a_daemon, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    test_daemon_stop(&a_daemon);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_a_connect_a_write_to_a_pipe_that_nobody_reads_is_an_error),
        cmocka_unit_test(a_connect_that_fails_counts),
        cmocka_unit_test(setting_a_method_counts),
        cmocka_unit_test(a_handler_stays),
        cmocka_unit_test(what_the_program_sets_later_stays),
        cmocka_unit_test(a_program_may_keep_its_disposition),
        cmocka_unit_test(after_the_first_connect_it_is_too_late_to_ask),
        cmocka_unit_test(a_child_has_connected_if_its_parent_has),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
