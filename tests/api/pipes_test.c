/* SPDX-License-Identifier: MIT
 *
 * Which mailboxes share memory with their daemon, and that everything is as without. Most tests of this folder
 * run over shared memory as well: tests/support/pipe_front.h.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/sp.h"
#include "libspread/wire/frame.h"
#include "libspread/wire/pipe.h"
#include "tests/support/child.h"
#include "tests/support/client.h"
#include "tests/support/daemon.h"
#include "tests/support/fake.h"
#include "tests/support/test.h"

enum { BODY = 4000 };

static struct received r;

/* Mailboxes of this process that share memory. */
static int shared_here(void)
{
    char line[512];
    int count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps))
        count += strstr(line, "spread-mailbox") != NULL;
    fclose(maps);
    return count;
}

static void send_to(mailbox m, const char *group, int16 number, int len)
{
    static char body[100000];
    memset(body, number, (size_t)len);
    assert_int_equal(SP_multicast(m, AGREED_MESS, group, number, len, body), len);
}

static void expect(mailbox m, int16 number, int len)
{
    assert_int_equal(client_receive(m, &r), len);
    assert_int_equal(r.mess_type, number);
    for (int i = 0; i < len; i++)
        assert_int_equal(r.body[i], (char)number);
}

/* So much goes to itself that it is busy. */
static void be_busy(mailbox m, const char *self)
{
    for (int16 i = 0; i < 100; i++) {
        send_to(m, self, i, BODY);
        expect(m, i, BODY);
    }
}

static void a_busy_mailbox_shares_memory_and_gives_it_back(void **state)
{
    struct test_daemon d;
    char busy_group[MAX_GROUP_NAME], idle_group[MAX_GROUP_NAME];
    (void)state;
    test_daemon_start(&d, NULL);
    mailbox busy = client_connect(d.local, "busy", busy_group), idle = client_connect(d.local, "idle", idle_group);
    send_to(idle, idle_group, 1, 10);
    expect(idle, 1, 10);
    assert_int_equal(shared_here(), 0);
    be_busy(busy, busy_group);
    assert_int_equal(shared_here(), 1);
    SP_disconnect(busy);
    assert_int_equal(shared_here(), 0);
    send_to(idle, idle_group, 2, 10);
    expect(idle, 2, 10);
    SP_disconnect(idle);
    test_daemon_stop(&d);
}

/* How many of three busy mailboxes share memory. */
static int shared_of_three(const char *address)
{
    mailbox m[3];
    int count;
    for (int i = 0; i < 3; i++) {
        char name[8], group[MAX_GROUP_NAME];
        snprintf(name, sizeof name, "b%d", i);
        m[i] = client_connect(address, name, group);
        be_busy(m[i], group);
    }
    count = shared_here();
    for (int i = 0; i < 3; i++)
        SP_disconnect(m[i]);
    return count;
}

static void as_many_do_as_the_configuration_says(void **state)
{
    struct test_daemon d;
    (void)state;
    test_daemon_start(&d, "SharedMailboxes = 2\n");
    assert_int_equal(shared_of_three(d.local), 2);
    assert_int_equal(shared_of_three(d.local), 2);
    assert_int_equal(shared_of_three(d.tcp), 0);
    test_daemon_stop(&d);
    test_daemon_start(&d, "SharedMailboxes = 0\n");
    assert_int_equal(shared_of_three(d.local), 0);
    test_daemon_stop(&d);
    test_daemon_start(&d, "SharedMailboxAfter = 9999999\n");
    assert_int_equal(shared_of_three(d.local), 0);
    test_daemon_stop(&d);
}

/* -- processes ------------------------------------------------------------------------------- */

/* Runs part in a child, which must end with status 0. */
static void in_child(void (*part)(mailbox m, const char *self), mailbox m, const char *self)
{
    int status;
    pid_t pid = child_fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        part(m, self);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void exchange_some(mailbox m, const char *self)
{
    for (int16 i = 0; i < 20; i++)
        if (SP_multicast(m, FIFO_MESS, self, i, 3, "abc") != 3)
            _exit(2);
    for (int16 i = 0; i < 20; i++)
        if (client_receive(m, &r) != 3 || r.mess_type != i)
            _exit(3);
}

static void no_more_is_shared(mailbox m, const char *self)
{
    be_busy(m, self);
    if (shared_here() != 0)
        _exit(4);
}

static void one_that_was_forked_has_it_like_its_parent(void **state)
{
    struct test_daemon d;
    char self[MAX_GROUP_NAME];
    (void)state;
    test_daemon_start(&d, NULL);
    mailbox m = client_connect(d.local, "forks", self);
    be_busy(m, self);
    assert_int_equal(shared_here(), 1);
    for (int i = 0; i < 5; i++) {
        in_child(exchange_some, m, self);
        exchange_some(m, self);
    }
    SP_disconnect(m);
    test_daemon_stop(&d);
}

static void one_that_two_processes_have_already_keeps_to_the_socket(void **state)
{
    struct test_daemon d;
    char self[MAX_GROUP_NAME];
    (void)state;
    test_daemon_start(&d, NULL);
    mailbox m = client_connect(d.local, "forks", self);
    in_child(no_more_is_shared, m, self);
    no_more_is_shared(m, self);
    in_child(exchange_some, m, self);
    exchange_some(m, self);
    SP_disconnect(m);
    test_daemon_stop(&d);
}

/* -- ends ------------------------------------------------------------------------------------ */

static void who_sends_learns_that_the_daemon_has_died(void **state)
{
    struct test_daemon d;
    char self[MAX_GROUP_NAME];
    int result = 0;
    (void)state;
    test_daemon_start(&d, NULL);
    mailbox m = client_connect(d.local, "sends", self);
    be_busy(m, self);
    kill(d.pid, SIGSTOP); /* so nobody takes off the bell of the first, and the others ring none */
    for (int i = 0; i < 5; i++)
        assert_int_equal(SP_multicast(m, FIFO_MESS, self, 0, 3, "abc"), 3);
    test_daemon_kill(&d);
    for (int i = 0; i < 100000 && result >= 0; i++)
        result = SP_multicast(m, FIFO_MESS, self, 0, 3, "abc");
    assert_int_equal(result, CONNECTION_CLOSED);
    r.type = 0;
    assert_true(client_receive_into(m, &r, 10, 100) < 0);
    SP_kill(m);
}

/* What was sent is not lost because its sender has gone. */
static void what_was_sent_before_the_end_arrives(void **state)
{
    struct test_daemon d;
    char self[MAX_GROUP_NAME], hears[MAX_GROUP_NAME];
    (void)state;
    test_daemon_start(&d, "MaxSessionMessages = 100000\n");
    mailbox listener = client_connect(d.local, "hears", hears);
    for (int round = 0; round < 2; round++) {
        mailbox m = client_connect(d.local, "goes", self);
        be_busy(m, self);
        for (int16 i = 0; i < 1000; i++)
            send_to(m, hears, i, 100);
        if (round == 0)
            SP_disconnect(m);
        else
            SP_kill(m);
        for (int16 i = 0; i < 1000; i++)
            expect(listener, i, 100);
    }
    SP_disconnect(listener);
    test_daemon_stop(&d);
}

static void messages_larger_than_the_memory_pass_through_it(void **state)
{
    struct test_daemon d;
    char self[MAX_GROUP_NAME];
    (void)state;
    test_daemon_start(&d, NULL);
    mailbox m = client_connect(d.local, "large", self);
    be_busy(m, self);
    for (int16 i = 0; i < 20; i++) {
        for (int16 k = 0; k < 5; k++)
            send_to(m, self, k, 99000 + i);
        for (int16 k = 0; k < 5; k++) {
            assert_true(client_readable(m, 60000));
            expect(m, k, 99000 + i);
        }
        assert_false(client_readable(m, 0));
    }
    SP_disconnect(m);
    test_daemon_stop(&d);
}

/* -- who offers it ----------------------------------------------------------------------------- */

/* Memory that is not sealed, along with a message, as no daemon of ours offers it. */
static void offer_loose_memory(int peer)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } control = {0};
    uint8_t bytes[FRAME_MAX];
    struct fake_frame frame = {.type = FIFO_MESS, .num_groups = 1, .len = 3};
    int room[2], fds[2] = {memfd_create("spread-mailbox", MFD_CLOEXEC | MFD_ALLOW_SEALING), -1};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, room), 0);
    assert_int_equal(ftruncate(fds[0], PIPE_MEMORY), 0);
    fds[1] = room[1];
    struct iovec iov = {bytes, fake_encode(&frame, bytes)};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    control.header.cmsg_len = CMSG_LEN(sizeof fds);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    memcpy(CMSG_DATA(&control.header), fds, sizeof fds);
    assert_int_equal(sendmsg(peer, &m, MSG_NOSIGNAL), iov.iov_len);
    close(fds[0]);
    close(room[0]);
    close(room[1]);
}

static void memory_that_could_be_cut_off_is_not_taken(void **state)
{
    struct fake f;
    (void)state;
    fake_open(&f, false);
    mailbox m = fake_mailbox(&f);
    for (int i = 0; i < 3; i++) {
        offer_loose_memory(f.peer);
        assert_int_equal(client_receive(m, &r), 3);
        assert_int_equal(shared_here(), 0);
    }
    SP_kill(m);
    fake_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_busy_mailbox_shares_memory_and_gives_it_back),
        cmocka_unit_test(as_many_do_as_the_configuration_says),
        cmocka_unit_test(one_that_was_forked_has_it_like_its_parent),
        cmocka_unit_test(one_that_two_processes_have_already_keeps_to_the_socket),
        cmocka_unit_test(who_sends_learns_that_the_daemon_has_died),
        cmocka_unit_test(what_was_sent_before_the_end_arrives),
        cmocka_unit_test(memory_that_could_be_cut_off_is_not_taken),
        cmocka_unit_test(messages_larger_than_the_memory_pass_through_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
