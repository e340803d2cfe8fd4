/* SPDX-License-Identifier: MIT
 *
 * Many at once: a thousand forked workers that connect in the same moment, and fifteen thousand
 * mailboxes in one process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/sp.h"
#include "tests/support/child.h"
#include "tests/support/client.h"
#include "tests/support/daemon.h"
#include "tests/support/test.h"

enum { WORKERS = 1000, MAILBOXES = 15000 };

static struct received r;

/* A worker waits for the start, connects, says its number and leaves. Its exit tells how it went.
 */
static void work(const char *daemon, int number, int start)
{
    mailbox m;
    char group[MAX_GROUP_NAME], name[16], gun;
    snprintf(name, sizeof name, "w%d", number);
    if (read(start, &gun, 1) != 0)
        _exit(10);
    int code = SP_connect(daemon, name, 0, 0, &m, group);
    if (code != ACCEPT_SESSION)
        _exit(-code);
    if (SP_multicast(m, AGREED_MESS, "crowd", 0, sizeof number, (char *)&number) != sizeof number)
        _exit(11);
    _exit(SP_disconnect(m) == 0 ? 0 : 12);
}

static void check_crowd(const char *daemon, mailbox m)
{
    static pid_t pids[WORKERS];
    static bool seen[WORKERS];
    int start[2];
    memset(seen, 0, sizeof seen);
    assert_int_equal(pipe(start), 0);
    for (int i = 0; i < WORKERS; i++) {
        pids[i] = child_fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0) {
            close(start[1]);
            work(daemon, i, start[0]);
        }
    }
    close(start[0]);
    close(start[1]); /* the end of the pipe is the start */
    for (int i = 0; i < WORKERS; i++) {
        int number;
        assert_int_equal(client_receive(m, &r), sizeof number);
        memcpy(&number, r.body, sizeof number);
        assert_in_range(number, 0, WORKERS - 1);
        assert_false(seen[number]);
        seen[number] = true;
    }
    for (int i = 0; i < WORKERS; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(SP_poll(m), 0);
}

static void a_thousand_workers_that_connect_at_once_all_get_in(void **state)
{
    (void)state;
    struct test_daemon d;
    test_daemon_start(&d, NULL);
    size_t memory = test_daemon_memory(&d);
    mailbox m = client_connect(d.local, "counter", NULL);
    client_join(m, "crowd");
    check_crowd(d.local, m);
    check_crowd(d.tcp, m);
    SP_kill(m);
    test_daemon_expect_memory(&d, memory);
    test_daemon_stop(&d);
}

static void one_process_may_have_very_many_mailboxes(void **state)
{
    (void)state;
    int count = client_room_for(MAILBOXES);
    mailbox *m = calloc((size_t)count, sizeof *m);
    struct test_daemon d;
    test_daemon_start(&d, NULL);
    size_t memory = test_daemon_memory(&d);
    for (int i = 0; i < count; i++) {
        char group[MAX_GROUP_NAME];
        int code = SP_connect(d.local, NULL, 0, 0, &m[i], group);
        if (code != ACCEPT_SESSION)
            fail_msg("mailbox %d of %d: %s", i, count, SP_strerror(code));
        assert_int_equal(SP_join(m[i], "all"), 0);
    }
    /* A join has its place in the order once a later message of the same mailbox comes back. */
    assert_int_equal(SP_multicast(m[count - 1], AGREED_MESS, "all", 7, 4, "last"), 4);
    for (int i = count - 1; i >= 0; i--) {
        assert_int_equal(client_receive(m[i], &r), 4);
        assert_int_equal(r.mess_type, 7);
        assert_int_equal(SP_disconnect(m[i]), 0);
    }
    free(m);
    test_daemon_expect_memory(&d, memory);
    test_daemon_stop(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_workers_that_connect_at_once_all_get_in),
        cmocka_unit_test(one_process_may_have_very_many_mailboxes),
    };
    test_daemons_are_lean();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
