/* SPDX-License-Identifier: MIT
 *
 * Two processes that take turns on one mailbox, which either build allows.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/sp.h"
#include "tests/support/child.h"
#include "tests/support/client.h"
#include "tests/support/daemon.h"
#include "tests/support/fake.h"
#include "tests/support/pipe_front.h"
#include "tests/support/test.h"

static struct received r;

/* Runs a part of the story in a child; it must come to its end. */
static void in_child(void (*part)(mailbox m), mailbox m)
{
    int status;
    pid_t pid = child_fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        part(m);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (status != 0)
        fail_msg("the child ended with status %#x", (unsigned)status);
}

/* For children, which must not run into cmocka's arms. */
static void must(bool true_for_sure, int line)
{
    if (!true_for_sure) {
        print_error("fork_test.c:%d\n", line);
        _exit(1);
    }
}
#define MUST(what) must(what, __LINE__)

static int next_number;

static void take(mailbox m, int count)
{
    for (int i = 0; i < count; i++) {
        r.type = 0;
        int len = client_receive_into(m, &r, 10, 70000);
        MUST(len >= 0 && r.mess_type == next_number);
        for (int k = 0; k < len; k++)
            MUST(r.body[k] == (char)k);
        next_number++;
    }
}

static void put(struct fake *f, int count, int len)
{
    for (int i = 0; i < count; i++)
        fake_send(f, &(struct fake_frame){.type = FIFO_MESS,
                                          .num_groups = 2,
                                          .mess_type = (int16_t)(next_number + i),
                                          .len = len});
}

static void take_3(mailbox m)
{
    take(m, 3);
}

static void take_1(mailbox m)
{
    take(m, 1);
}

static void a_burst_is_received_by_turns(void **state)
{
    (void)state;
    static const int lens[] = {0, 10, 2000, 66000};
    for (size_t i = 0; i < COUNT_OF(lens); i++) {
        struct fake f;
        fake_open(&f, i % 2);
        mailbox m = fake_mailbox(&f);
        int count = lens[i] > 60000 ? 2 : 12;
        next_number = 0;
        put(&f, count, lens[i]);
        if (count == 12) {
            take(m, 2); /* the library has seen all of them now */
            in_child(take_3, m);
            next_number += 3;
            take(m, 1);
            in_child(take_3, m);
            next_number += 3;
            in_child(take_1, m); /* another child, which saw nothing of these turns */
            next_number += 1;
            take(m, 1);
        } else {
            in_child(take_1, m);
            next_number += 1;
        }
        take_1(m);
        assert_int_equal(SP_poll(m), 0);
        assert_false(client_readable(m, 0));
        SP_kill(m);
        fake_close(&f);
    }
}

static void find_too_short(mailbox m)
{
    r.type = 0;
    MUST(client_receive_into(m, &r, 0, 0) == GROUPS_TOO_SHORT);
    MUST(r.num_groups == -2);
}

static void a_message_too_large_for_one_process_waits_for_the_other(void **state)
{
    (void)state;
    static const int lens[] = {10, 66000};
    for (size_t i = 0; i < COUNT_OF(lens); i++) {
        struct fake f;
        fake_open(&f, false);
        mailbox m = fake_mailbox(&f);
        next_number = 0;
        put(&f, 2, lens[i]);
        in_child(find_too_short, m);
        assert_int_equal(SP_poll(m), 112 + lens[i] + 64 + lens[i]);
        find_too_short(m);
        in_child(take_1, m);
        next_number++;
        take(m, 1);
        assert_int_equal(SP_poll(m), 0);
        SP_kill(m);
        fake_close(&f);
    }
}

static void fail_it(mailbox m)
{
    r.type = 0;
    MUST(client_receive_into(m, &r, 1, 1) == CONNECTION_CLOSED);
}

static void what_fails_for_one_process_has_failed_for_the_other(void **state)
{
    (void)state;
    struct fake f;
    pipes_front_skip(); /* the child would hold the front's end of the connection open */
    fake_open(&f, false);
    mailbox m = fake_mailbox(&f);
    fake_hang_up(&f);
    in_child(fail_it, m);
    r.type = 0;
    assert_int_equal(client_receive_into(m, &r, 1, 1), NET_ERROR_ON_SESSION);
    assert_int_equal(SP_join(m, "g"), NET_ERROR_ON_SESSION);
    SP_kill(m);
    fake_close(&f);
}

/* -- with a daemon ------------------------------------------------------------------------- */

static struct test_daemon daemon_1;

static int start(void **state)
{
    (void)state;
    test_daemon_start(&daemon_1, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    test_daemon_stop(&daemon_1);
    return 0;
}

static void just_kill(mailbox m)
{
    SP_kill(m);
    MUST(SP_poll(m) == ILLEGAL_SESSION);
    MUST(fcntl(m, F_GETFD) < 0);
}

static void a_kill_in_one_process_leaves_the_mailbox_to_the_other(void **state)
{
    (void)state;
    mailbox m = client_connect(daemon_1.local, "m", NULL);
    client_join(m, "g");
    in_child(just_kill, m);
    assert_int_equal(SP_multicast(m, FIFO_MESS, "g", 0, 1, "x"), 1);
    assert_int_equal(client_receive(m, &r), 1);

    int status;
    pid_t pid = child_fork(); /* and the other way round */
    if (pid == 0) {
        MUST(SP_multicast(m, FIFO_MESS, "g", 0, 2, "yz") == 2);
        r.type = 0;
        MUST(client_receive_into(m, &r, 10, 10) == 2);
        _exit(SP_disconnect(m) == 0 ? 0 : 2);
    }
    SP_kill(m);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void just_disconnect(mailbox m)
{
    MUST(SP_disconnect(m) == 0);
}

static void a_disconnect_in_one_process_ends_it_for_both(void **state)
{
    (void)state;
    for (int tcp = 0; tcp <= 1; tcp++) {
        mailbox m = client_connect(tcp ? daemon_1.tcp : daemon_1.local, NULL, NULL);
        client_join(m, "g");
        for (int i = 0; i < 100; i++)
            assert_int_equal(SP_multicast(m, FIFO_MESS, "g", (int16)i, 7, "for all"), 7);
        assert_int_equal(client_receive(m, &r), 7);
        in_child(just_disconnect, m);
        int code, i = 1;
        while (r.type = 0, (code = client_receive_into(m, &r, 10, 10)) >= 0)
            assert_true(code == 7 &&
                        r.mess_type == i++); /* some may still be there, never a mess */
        assert_int_equal(code, CONNECTION_CLOSED);
        SP_kill(m);
    }
}

static void each_process_has_mailboxes_of_its_own(mailbox inherited)
{
    char group[MAX_GROUP_NAME];
    mailbox m[40];
    for (int i = 0; i < 40; i++)
        MUST(SP_connect(daemon_1.local, NULL, 0, 0, &m[i], group) == ACCEPT_SESSION);
    for (int i = 0; i < 40; i++) {
        MUST(SP_multicast(m[i], FIFO_MESS, group, 0, 1, "x") == 1);
        SP_kill(m[i]);
    }
    MUST(SP_multicast(inherited, FIFO_MESS, "g", 0, 1, "x") == 1);
}

/* The record of a mailbox that went to another process is not used for a new one. */
static void new_mailboxes_after_a_fork_disturb_no_old_one(void **state)
{
    (void)state;
    mailbox m = client_connect(daemon_1.local, "m", NULL);
    client_join(m, "g");
    int status;
    pid_t pid = child_fork();
    if (pid == 0) {
        for (int i = 0; i < 100; i++) {
            MUST(SP_multicast(m, FIFO_MESS, "g", (int16)i, 5, "child") == 5);
            r.type = 0;
            MUST(client_receive_into(m, &r, 10, 100) == 5 && r.mess_type == i);
        }
        _exit(SP_disconnect(m) == 0 ? 0 : 2);
    }
    SP_kill(m);
    mailbox other[100];
    for (int i = 0; i < 100; i++) {
        other[i] = client_connect(daemon_1.local, NULL, NULL);
        client_join(other[i], "h");
    }
    for (int i = 0; i < 100; i++)
        SP_kill(other[i]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);

    m = client_connect(daemon_1.local, "m", NULL);
    in_child(each_process_has_mailboxes_of_its_own, m);
    SP_kill(m);
}

/* The name is free again as soon as the daemon has seen the end of the stream. */
static void a_program_that_a_child_becomes_does_not_hold_the_mailbox(void **state)
{
    (void)state;
    int status, hold[2];
    mailbox m = client_connect(daemon_1.local, "m", NULL);
    mailbox watcher = client_connect(daemon_1.local, "w", NULL);
    client_join(m, "g");
    client_join(watcher, "g");
    assert_int_equal(pipe(hold), 0);
    pid_t pid = child_fork();
    if (pid == 0) {
        dup2(hold[0], 0);
        close(hold[0]);
        close(hold[1]);
        execlp("cat", "cat", (char *)NULL);
        _exit(127);
    }
    close(hold[0]);
    SP_kill(m);
    client_receive(watcher, &r);
    assert_int_equal(r.type, REG_MEMB_MESS | CAUSED_BY_DISCONNECT);
    assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
    close(hold[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    SP_kill(watcher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_is_received_by_turns),
        cmocka_unit_test(a_message_too_large_for_one_process_waits_for_the_other),
        cmocka_unit_test(what_fails_for_one_process_has_failed_for_the_other),
        cmocka_unit_test(a_kill_in_one_process_leaves_the_mailbox_to_the_other),
        cmocka_unit_test(a_disconnect_in_one_process_ends_it_for_both),
        cmocka_unit_test(new_mailboxes_after_a_fork_disturb_no_old_one),
        cmocka_unit_test(a_program_that_a_child_becomes_does_not_hold_the_mailbox),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
