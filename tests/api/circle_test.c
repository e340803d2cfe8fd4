/* SPDX-License-Identifier: MIT
 *
 * Programs with one thread that all send to one group before they read the first message: nobody is
 * cut off or stuck, everybody receives everything in one order.
 *
 * usage: circle_test [PROGRAMS MESSAGES]     e.g. 20 10000, which takes 200 MB a program
 */
#include <stdint.h>
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

enum { BODY = 1000, PROGRAMS_MOST = 100 };

static struct received r;

struct circle {
    const char *daemon;
    int programs, messages;
    int joined[2], start[2], digests[2]; /* pipes */
};

static void must(bool true_for_sure, int line, int code)
{
    if (!true_for_sure) {
        fprintf(stderr, "circle_test.c:%d: %s\n", line, SP_strerror(code));
        _exit(1);
    }
}
#define MUST(what, code) must(what, __LINE__, code)

static mailbox enter(const struct circle *c, int me)
{
    mailbox m;
    char group[MAX_GROUP_NAME], name[16], gun;
    snprintf(name, sizeof name, "p%d", me);
    int code = SP_connect(c->daemon, name, 0, 0, &m, group);
    MUST(code == ACCEPT_SESSION, code);
    code = SP_join(m, "circle");
    MUST(code == 0, code);
    /* Its own message tells that the join is in the order. */
    code = SP_multicast(m, AGREED_MESS, group, 0, 0, NULL);
    MUST(code == 0, code);
    r.type = 0;
    code = client_receive_into(m, &r, 1, 0);
    MUST(code == 0, code);
    MUST(write(c->joined[1], "j", 1) == 1, 0);
    MUST(read(c->start[0], &gun, 1) == 0, 0);
    return m;
}

static void send_all(const struct circle *c, mailbox m, int me)
{
    static int body[BODY / sizeof(int)];
    body[0] = me;
    for (int i = 0; i < c->messages; i++) {
        body[1] = i;
        int code = SP_multicast(m, AGREED_MESS, "circle", 0, BODY, (const char *)body);
        MUST(code == BODY, code);
    }
}

/* Returns what tells one order from another. */
static uint64_t receive_all(const struct circle *c, mailbox m)
{
    int next[PROGRAMS_MOST] = {0}, body[2];
    uint64_t digest = 0;
    for (int i = 0; i < c->programs * c->messages; i++) {
        r.type = 0;
        int code = client_receive_into(m, &r, 1, BODY);
        MUST(code == BODY, code);
        memcpy(body, r.body, sizeof body);
        MUST(body[0] >= 0 && body[0] < c->programs && body[1] == next[body[0]]++, 0);
        digest = digest * 1099511628211u + (uint64_t)body[0] + 1;
    }
    return digest;
}

static void run(const struct circle *c, int me)
{
    mailbox m = enter(c, me);
    send_all(c, m, me);
    uint64_t digest = receive_all(c, m);
    MUST(write(c->digests[1], &digest, sizeof digest) == sizeof digest, 0);
    MUST(SP_disconnect(m) == 0, 0);
    _exit(0);
}

static void check_circle(const char *daemon, int programs, int messages)
{
    struct circle c = {.daemon = daemon, .programs = programs, .messages = messages};
    uint64_t digest, first;
    char one;
    assert_true(programs <= PROGRAMS_MOST);
    assert_true(pipe(c.joined) == 0 && pipe(c.start) == 0 && pipe(c.digests) == 0);
    for (int i = 0; i < programs; i++) {
        pid_t pid = child_fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            close(c.start[1]);
            run(&c, i);
        }
    }
    for (int i = 0; i < programs; i++)
        assert_int_equal(read(c.joined[0], &one, 1), 1);
    close(c.start[1]); /* which is the start */
    for (int i = 0; i < programs; i++) { /* in any order: the others wait for ever for one that fails */
        int status;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    for (int i = 0; i < programs; i++) {
        assert_int_equal(read(c.digests[0], &digest, sizeof digest), sizeof digest);
        if (i == 0)
            first = digest;
        assert_int_equal(digest, first);
    }
    close(c.start[0]);
    for (int i = 0; i < 2; i++) {
        close(c.joined[i]);
        close(c.digests[i]);
    }
}

static int asked_programs, asked_messages;

static void check_both(int programs, int messages)
{
    struct test_daemon d;
    if (asked_programs > 0) {
        programs = asked_programs;
        messages = asked_messages;
    }
    /* Nobody is to be cut off because all that runs here stood still for a while. */
    test_daemon_start(&d, "SlowReaderPatience = 20000\n");
    check_circle(d.local, programs, messages);
    check_circle(d.tcp, programs, messages);
    test_daemon_stop(&d);
}

static void two_that_send_all_before_they_read_receive_all(void **state)
{
    (void)state;
    check_both(2, 10000);
}

static void twenty_that_send_all_before_they_read_receive_all(void **state)
{
    (void)state;
    check_both(20, 500);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_that_send_all_before_they_read_receive_all),
        cmocka_unit_test(twenty_that_send_all_before_they_read_receive_all),
    };
    if (argc == 3) {
        asked_programs = atoi(argv[1]);
        asked_messages = atoi(argv[2]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
