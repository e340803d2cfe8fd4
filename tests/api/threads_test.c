/* SPDX-License-Identifier: MIT
 *
 * Threads on one mailbox and on many: nothing is lost, doubled or mixed, waiting ends when the
 * mailbox is closed, and descriptors are not reused under a call.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "include/sp.h"
#include "tests/support/client.h"
#include "tests/support/daemon.h"
#include "tests/support/fake.h"
#include "tests/support/pipe_front.h"
#include "tests/support/test.h"
#include "tests/support/tls_front.h"

static struct test_daemon daemon_1;

static int start(void **state)
{
    (void)state;
    test_daemon_start(&daemon_1, "MaxSessionMessages = 100000");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    test_daemon_stop(&daemon_1);
    return 0;
}

/* cmocka's assertions belong to the main thread. */
static void must(bool true_for_sure, int line)
{
    if (!true_for_sure) {
        fprintf(stderr, "threads_test.c:%d\n", line);
        abort();
    }
}
#define MUST(what) must(what, __LINE__)

static struct received *received_new(void)
{
    struct received *r = malloc(sizeof *r);
    MUST(r != NULL);
    return r;
}

static int receive(mailbox m, struct received *r)
{
    r->type = 0;
    return client_receive_into(m, r, CLIENT_GROUPS, CLIENT_BODY);
}

/* -- ends ---------------------------------------------------------------------------------- */

struct waiter {
    pthread_t thread;
    mailbox m;
    atomic_int tid;
    int result;
};

static void *receive_once(void *context)
{
    struct waiter *w = context;
    struct received *r = received_new();
    w->tid = gettid();
    w->result = receive(w->m, r);
    free(r);
    return NULL;
}

/* Returns when the thread sleeps, which it does in the receive. */
static void await_sleep(struct waiter *w)
{
    char path[64], text[512] = "";
    while (w->tid == 0)
        sched_yield();
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", w->tid);
    for (char state = 'R'; state != 'S'; sched_yield()) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = read(fd, text, sizeof text - 1);
        close(fd);
        MUST(n > 0);
        state = strrchr(text, ')')[2];
    }
}

static void begin(struct waiter *w, mailbox m)
{
    w->m = m;
    w->tid = 0;
    w->result = 12345;
    assert_int_equal(pthread_create(&w->thread, NULL, receive_once, w), 0);
    await_sleep(w);
}

static int end(struct waiter *w)
{
    pthread_join(w->thread, NULL);
    return w->result;
}

static void closing_wakes_who_receives_and_turns_away_who_waits_in_line(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        bool disconnect = i % 2;
        mailbox m = client_connect(i % 4 < 2 ? daemon_1.local : daemon_1.tcp, NULL, NULL);
        struct waiter first, second;
        begin(&first, m);
        begin(&second, m);
        if (disconnect)
            assert_int_equal(SP_disconnect(m), 0);
        else
            SP_kill(m);
        assert_int_equal(SP_poll(m), ILLEGAL_SESSION);
        assert_int_equal(end(&first), CONNECTION_CLOSED);
        int code = end(&second);
        assert_true(code == ILLEGAL_SESSION || code == CONNECTION_CLOSED);
        assert_int_equal(fcntl(m, F_GETFD), -1); /* whoever left last has closed it */
    }
}

static void a_kill_wakes_also_where_the_daemon_says_nothing(void **state)
{
    (void)state;
    struct fake f;
    struct waiter w;
    for (int tcp = 0; tcp <= 1; tcp++) {
        fake_open(&f, tcp);
        mailbox m = fake_mailbox(&f);
        begin(&w, m);
        SP_kill(m);
        assert_int_equal(end(&w), CONNECTION_CLOSED);
        m = fake_mailbox(&f);
        begin(&w, m);
        assert_int_equal(SP_disconnect(m), 0);
        assert_int_equal(end(&w), CONNECTION_CLOSED);
        fake_close(&f);
    }
}

static void a_failed_send_wakes_who_receives(void **state)
{
    (void)state;
    tls_front_skip(); /* a Unix socket that is half shut */
    pipes_front_skip();
    struct fake f;
    struct waiter w;
    fake_open(&f, false);
    mailbox m = fake_mailbox(&f);
    begin(&w, m);
    shutdown(f.peer, SHUT_RD); /* it hears no more, and says nothing */
    assert_int_equal(SP_join(m, "g"), CONNECTION_CLOSED);
    assert_int_equal(end(&w), CONNECTION_CLOSED);
    SP_kill(m);
    fake_close(&f);
}

static void *send_for_ever(void *context)
{
    struct waiter *w = context;
    char *body = calloc(1, 100000);
    MUST(body != NULL);
    w->tid = gettid();
    do
        w->result = SP_multicast(w->m, FIFO_MESS, "g", 0, 100000, body);
    while (w->result >= 0);
    free(body);
    return NULL;
}

static void closing_wakes_who_sends_to_a_daemon_that_does_not_read(void **state)
{
    (void)state;
    struct fake f;
    struct waiter w;
    for (int how = 0; how < 4; how++) {
        fake_open(&f, how % 2);
        mailbox m = w.m = fake_mailbox(&f);
        w.tid = 0;
        assert_int_equal(pthread_create(&w.thread, NULL, send_for_ever, &w), 0);
        await_sleep(&w);
        if (how < 2)
            SP_kill(m);
        else
            assert_int_equal(SP_disconnect(m), 0);
        int code = end(&w);
        assert_true(code == CONNECTION_CLOSED || code == ILLEGAL_SESSION);
        fake_close(&f);
    }
}

/* -- one mailbox --------------------------------------------------------------------------- */

enum { SENDERS = 8, RECEIVERS = 4, EACH = 500, TOTAL = SENDERS * EACH };

static atomic_int seen[TOTAL];
static atomic_int left;
static mailbox sending, receiving;

/* Lengths from a few bytes to more than the library's window, each body filled with its number. */
static int length_of(int number)
{
    static const int lens[] = {4, 100, 3000, 40, 1432, 7, 500, 9000};
    return number % 250 == 249 ? 70000 : lens[number % 8];
}

static void *send_each(void *context)
{
    int first = *(int *)context;
    char *body = malloc(70000);
    MUST(body != NULL);
    for (int n = first; n < first + EACH; n++) {
        int len = length_of(n);
        memset(body, n & 0x7f, (size_t)len);
        memcpy(body, &n, sizeof n);
        MUST(SP_multicast(sending, AGREED_MESS, "g", (int16)(n % 1000), len, body) == len);
    }
    free(body);
    return NULL;
}

static void check_message(const struct received *r)
{
    int n;
    memcpy(&n, r->body, sizeof n);
    MUST(n >= 0 && n < TOTAL && r->result == length_of(n) && r->mess_type == n % 1000);
    for (int i = (int)sizeof n; i < r->result; i++)
        MUST(r->body[i] == (char)(n & 0x7f));
    MUST(atomic_fetch_add(&seen[n], 1) == 0);
}

static void *receive_share(void *context)
{
    struct received *r = received_new();
    (void)context;
    while (atomic_fetch_sub(&left, 1) > 0) {
        MUST(receive(receiving, r) >= 0);
        check_message(r);
    }
    free(r);
    return NULL;
}

static void many_senders_and_receivers_lose_double_and_mix_nothing(void **state)
{
    (void)state;
    pthread_t senders[SENDERS], receivers[RECEIVERS];
    int first[SENDERS];
    receiving = client_connect(daemon_1.local, NULL, NULL);
    sending = client_connect(daemon_1.tcp, NULL, NULL);
    client_join(receiving, "g");
    left = TOTAL;
    for (int i = 0; i < RECEIVERS; i++)
        pthread_create(&receivers[i], NULL, receive_share, NULL);
    for (int i = 0; i < SENDERS; i++) {
        first[i] = i * EACH;
        pthread_create(&senders[i], NULL, send_each, &first[i]);
    }
    for (int i = 0; i < SENDERS; i++)
        pthread_join(senders[i], NULL);
    for (int i = 0; i < RECEIVERS; i++)
        pthread_join(receivers[i], NULL);
    for (int n = 0; n < TOTAL; n++)
        assert_int_equal(seen[n], 1);
    assert_int_equal(SP_poll(receiving), 0);
    SP_kill(sending);
    SP_kill(receiving);
}

/* -- many mailboxes ------------------------------------------------------------------------ */

enum { OPENERS = 6, ROUNDS = 150, NUMBERS = 64 };

static atomic_bool done;

/* Opens a mailbox, hears itself on it, and closes it, again and again. */
static void *open_and_close(void *context)
{
    struct received *r = received_new();
    (void)context;
    for (int i = 0; i < ROUNDS; i++) {
        mailbox m;
        char group[MAX_GROUP_NAME];
        MUST(SP_connect(i % 2 ? daemon_1.tcp : daemon_1.local, NULL, 0, 0, &m, group) ==
             ACCEPT_SESSION);
        /* If others close what they find, it may be nobody's by now, or already another's. */
        int code = SP_multicast(m, FIFO_MESS, group, 0, (int)strlen(group), group);
        if (code > 0 && (code = receive(m, r)) >= 0 && strcmp(r->groups[0], group) == 0)
            MUST(memcmp(r->body, group, strlen(group)) == 0);
        if (i % 3)
            SP_kill(m);
        else
            SP_disconnect(m);
    }
    free(r);
    return NULL;
}

static int succeed(int fd, void *data)
{
    (void)fd;
    (void)data;
    return 1;
}

/* Uses numbers that are, were or will be mailboxes, and closes some of them if told to. */
static void *meddle(void *closing)
{
    for (unsigned n = 0; !done; n++) {
        mailbox m = (mailbox)(n * 7 % NUMBERS);
        SP_poll(m);
        SP_join(m, "g");
        MUST(SP_set_auth_method("NULL", succeed, NULL) == 1);
        if (closing && n % 50 == 0)
            SP_kill(m);
        sched_yield();
    }
    return NULL;
}

static void check_reuse(void *closing)
{
    pthread_t openers[OPENERS], meddlers[2];
    done = false;
    for (int i = 0; i < OPENERS; i++)
        pthread_create(&openers[i], NULL, open_and_close, NULL);
    for (int i = 0; i < 2; i++)
        pthread_create(&meddlers[i], NULL, meddle, closing);
    for (int i = 0; i < OPENERS; i++)
        pthread_join(openers[i], NULL);
    done = true;
    for (int i = 0; i < 2; i++)
        pthread_join(meddlers[i], NULL);
}

static void numbers_are_reused_safely(void **state)
{
    (void)state;
    check_reuse(NULL);
}

static void numbers_are_reused_safely_though_others_close_them(void **state)
{
    (void)state;
    check_reuse(&done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closing_wakes_who_receives_and_turns_away_who_waits_in_line),
        cmocka_unit_test(a_kill_wakes_also_where_the_daemon_says_nothing),
        cmocka_unit_test(a_failed_send_wakes_who_receives),
        cmocka_unit_test(closing_wakes_who_sends_to_a_daemon_that_does_not_read),
        cmocka_unit_test(many_senders_and_receivers_lose_double_and_mix_nothing),
        cmocka_unit_test(numbers_are_reused_safely),
        cmocka_unit_test(numbers_are_reused_safely_though_others_close_them),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
