/* SPDX-License-Identifier: MIT
 *
 * A send that waits reads ahead: a daemon that takes nothing until it has got rid of all it has for
 * us is no circle, and what was read ahead comes in order, with a descriptor that tells the truth.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/sp_more.h"
#include "libspread/wire/frame.h"
#include "tests/support/child.h"
#include "tests/support/client.h"
#include "tests/support/fake.h"
#include "tests/support/test.h"
#include "tests/support/pipe_front.h"
#include "tests/support/tls_front.h"

enum { BODY = 1000, SENT = 3000, FRAME_OF_ONE = FRAME_HEADER + NAME_FIELD };

static struct received r;
static char body[BODY];

/* -- a daemon that writes before it reads -------------------------------------------------- */

struct flood {
    struct fake fake;
    pthread_t thread;
    int count;
    const int *lens; /* as many lengths, over and over */
    int num_lens;
    atomic_long written; /* bytes */
    atomic_bool over;    /* even where not all could be written */
    long reads;          /* bytes, when all is written */
};

static int len_of(const struct flood *d, int i)
{
    return d->lens[i % d->num_lens];
}

static long bytes_of(const struct flood *d)
{
    long total = 0;
    for (int i = 0; i < d->count; i++)
        total += FRAME_OF_ONE + len_of(d, i);
    return total;
}

static void write_one(struct flood *d, int i)
{
    static uint8_t bytes[FRAME_MAX];
    struct fake_frame frame = {
        .type = FIFO_MESS, .num_groups = 1, .mess_type = (int16_t)i, .len = len_of(d, i)};
    size_t len = fake_encode(&frame, bytes);
    for (size_t at = 0; at < len && !d->over;) {
        struct pollfd p = {.fd = d->fake.peer, .events = POLLOUT};
        if (poll(&p, 1, 100) == 0)
            continue; /* as a daemon that writes when it is told that it may */
        ssize_t n = send(d->fake.peer, bytes + at, len - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        at += n > 0 ? (size_t)n : 0;
        d->written += n > 0 ? n : 0;
    }
}

static void *flood(void *context)
{
    struct flood *d = context;
    static uint8_t waste[1 << 16];
    for (int i = 0; i < d->count && !d->over; i++)
        write_one(d, i);
    for (long left = d->reads; left > 0;) {
        ssize_t n = recv(d->fake.peer, waste, sizeof waste, 0);
        if (n <= 0)
            abort();
        left -= n;
    }
    return NULL;
}

/* Opens a mailbox and begins to write to it. */
static mailbox flood_start(struct flood *d, bool tcp)
{
    fake_open(&d->fake, tcp);
    mailbox m = fake_mailbox(&d->fake);
    /* TCP would make room for all of it. */
    setsockopt(m, SOL_SOCKET, SO_SNDBUF, &(int){100000}, sizeof(int));
    setsockopt(d->fake.peer, SOL_SOCKET, SO_RCVBUF, &(int){100000}, sizeof(int));
    d->reads = (long)SENT * (FRAME_OF_ONE + BODY);
    assert_int_equal(pthread_create(&d->thread, NULL, flood, d), 0);
    return m;
}

/* Ends when the daemon has written everything, and read what this sends. */
static void send_all(struct flood *d, mailbox m)
{
    for (int i = 0; i < SENT; i++)
        assert_int_equal(SP_multicast(m, FIFO_MESS, "g", 0, BODY, body), BODY);
    pthread_join(d->thread, NULL);
}

static void flood_end(struct flood *d, mailbox m)
{
    SP_kill(m);
    fake_close(&d->fake);
}

/* More than the sockets take, in both directions. */
static const int mixed[] = {0, 10, 3000, 100, 70000, 1, 143000, 900};
static const int small[] = {100};
static const int even[] = {3000};

#define FLOOD(total, these) {.count = (total), .lens = (these), .num_lens = COUNT_OF(these)}

/* -- what the receiver sees ---------------------------------------------------------------- */

static int watch(mailbox m, uint32_t more)
{
    struct epoll_event e = {.events = EPOLLIN | more};
    int fd = epoll_create1(EPOLL_CLOEXEC);
    assert_int_equal(epoll_ctl(fd, EPOLL_CTL_ADD, m, &e), 0);
    return fd;
}

static bool reports(int epoll, int ms)
{
    struct epoll_event e;
    return epoll_wait(epoll, &e, 1, ms) == 1 && (e.events & EPOLLIN);
}

static void check_message(mailbox m, int i, int len)
{
    assert_int_equal(client_receive(m, &r), len);
    assert_int_equal(r.mess_type, (int16_t)i);
    for (int k = 0; k < len; k++)
        if (r.body[k] != (char)k)
            fail_msg("message %d differs at byte %d", i, k);
}

static void check_readable(mailbox m, int level, bool wanted)
{
    assert_int_equal(client_readable(m, 0), wanted);
    assert_int_equal(client_selectable(m), wanted);
    assert_int_equal(reports(level, 0), wanted);
}

static void check_flood(const struct flood *d, mailbox m, int level)
{
    long left = bytes_of(d);
    for (int i = 0; i < d->count; i++) {
        assert_true(client_readable(m, 60000));
        check_readable(m, level, true);
        if (d->written == bytes_of(d))
            assert_true(SP_poll(m) <= left);
        check_message(m, i, len_of(d, i));
        left -= FRAME_OF_ONE + len_of(d, i);
    }
    check_readable(m, level, false);
    assert_int_equal(SP_poll(m), 0);
}

static void what_was_read_ahead_comes_in_order_and_the_descriptor_tells_of_each(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        struct flood d = FLOOD(200, mixed), e = FLOOD(5000, small);
        if (kind / 2)
            d = e;
        mailbox m = flood_start(&d, kind % 2);
        int level = watch(m, 0);
        send_all(&d, m);
        check_flood(&d, m, level);
        fake_send(&d.fake, &(struct fake_frame){.type = FIFO_MESS, .num_groups = 1, .len = 5});
        assert_true(client_readable(m, 60000));
        check_message(m, 0, 5);
        check_readable(m, level, false);
        close(level);
        flood_end(&d, m);
    }
}

/* Who is told of edges reads until nothing is left, and hears of what comes after that. */
static void edges_are_told_once_and_again_when_more_comes(void **state)
{
    (void)state;
    for (int tcp = 0; tcp <= 1; tcp++) {
        struct flood d = FLOOD(200, mixed);
        mailbox m = flood_start(&d, tcp);
        int edges = watch(m, EPOLLET);
        send_all(&d, m);
        for (int i = 0; i < d.count;) {
            assert_true(reports(edges, 60000));
            for (; SP_poll(m) > 0; i++)
                check_message(m, i, len_of(&d, i));
        }
        while (reports(edges, 0))
            assert_int_equal(SP_poll(m), 0);
        for (int again = 0; again < 3; again++) {
            fake_send(&d.fake, &(struct fake_frame){.type = FIFO_MESS, .num_groups = 1, .len = 5});
            assert_true(reports(edges, 60000));
            check_message(m, 0, 5);
        }
        close(edges);
        flood_end(&d, m);
    }
}

static void a_non_blocking_descriptor_is_no_different(void **state)
{
    (void)state;
    for (int tcp = 0; tcp <= 1; tcp++) {
        struct flood d = FLOOD(200, mixed);
        mailbox m = flood_start(&d, tcp);
        assert_int_equal(fcntl(m, F_SETFL, fcntl(m, F_GETFL) | O_NONBLOCK), 0);
        int level = watch(m, 0);
        send_all(&d, m);
        check_flood(&d, m, level);
        close(level);
        flood_end(&d, m);
    }
}

/* -- buffers that are too short ------------------------------------------------------------ */

static void a_stored_message_that_does_not_fit_stays_or_is_cut_as_asked(void **state)
{
    (void)state;
    for (int tcp = 0; tcp <= 1; tcp++) {
        struct flood d = FLOOD(200, mixed);
        mailbox m = flood_start(&d, tcp);
        send_all(&d, m);
        for (int i = 0; i < d.count; i++) {
            int len = len_of(&d, i);
            bool drop = i % 3 == 0;
            for (int again = 0; again < 2 && len > 0; again++) {
                r.type = 0;
                assert_int_equal(client_receive_into(m, &r, 1, len - 1), BUFFER_TOO_SHORT);
                assert_int_equal(r.endian_mismatch, -len);
            }
            if (drop && len > 0) {
                r.type = DROP_RECV;
                assert_int_equal(client_receive_into(m, &r, 0, len - 1), BUFFER_TOO_SHORT);
                assert_int_equal(r.num_groups, -1);
            } else {
                check_message(m, i, len);
            }
        }
        assert_int_equal(SP_poll(m), 0);
        assert_false(client_readable(m, 0));
        flood_end(&d, m);
    }
}

/* -- the limit ----------------------------------------------------------------------------- */

struct sender {
    mailbox m;
    pthread_t thread;
};

static void *send_in_thread(void *context)
{
    struct sender *s = context;
    for (int i = 0; i < SENT; i++)
        if (SP_multicast(s->m, FIFO_MESS, "g", 0, BODY, body) != BODY)
            abort();
    return NULL;
}

/* Waits until the daemon has written nothing for a while, having written that many bytes. */
static long await_standstill(struct flood *d, long least)
{
    long before;
    for (int ms = 0; d->written < least; ms++) {
        assert_true(ms < 60000);
        poll(NULL, 0, 1);
    }
    do {
        before = d->written;
        poll(NULL, 0, 200);
    } while (d->written != before);
    return before;
}

static void no_more_is_read_ahead_than_was_allowed(void **state)
{
    (void)state;
    tls_front_skip(); /* the front keeps some, too */
    enum { SOCKETS = 2000000 }; /* more than they take */
    static const int limits[] = {0, 100000, 3000000};
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct flood d = FLOOD(10000, even);
        struct sender s = {.m = flood_start(&d, false)};
        assert_int_equal(SP_set_read_ahead(s.m, limits[i]), 0);
        assert_int_equal(pthread_create(&s.thread, NULL, send_in_thread, &s), 0);
        long written, waits;
        do { /* whoever gets no processor for a while may still go on */
            written = await_standstill(&d, limits[i]);
            waits = SP_poll(s.m);
        } while (d.written != written);
        assert_true(written < limits[i] + SOCKETS);
        assert_true(waits <= written && waits >= limits[i]);
        d.over = true; /* it takes what we have, and so our send ends */
        pthread_join(s.thread, NULL);
        pthread_join(d.thread, NULL);
        for (int k = 0; k < (int)(written / (FRAME_OF_ONE + even[0])); k++)
            check_message(s.m, k, even[0]);
        flood_end(&d, s.m);
    }
}

/* Takes all that a sender has for the daemon, so that its sends are over. */
static void take_sent(const struct flood *d, struct sender *s)
{
    static uint8_t waste[1 << 16];
    for (long left = (long)SENT * (FRAME_OF_ONE + BODY); left > 0;) {
        ssize_t n = recv(d->fake.peer, waste, left < (long)sizeof waste ? (size_t)left : sizeof waste, 0);
        assert_true(n > 0);
        left -= n;
    }
    pthread_join(s->thread, NULL);
}

/* The daemon sees that it reads. */
static void who_receives_what_was_read_ahead_makes_room_for_more(void **state)
{
    (void)state;
    tls_front_skip(); /* the front reads in its place */
    pipes_front_skip();
    enum { LIMIT = 3000000, KEPT = LIMIT / (FRAME_OF_ONE + 3000) };
    struct flood d = FLOOD(10000, even);
    struct sender s = {.m = flood_start(&d, false)};
    int next = 0;
    assert_int_equal(SP_set_read_ahead(s.m, LIMIT), 0);
    assert_int_equal(pthread_create(&s.thread, NULL, send_in_thread, &s), 0);
    long written = await_standstill(&d, LIMIT);
    take_sent(&d, &s);
    d.reads = 0;
    assert_int_equal(d.written, written);
    for (; next < KEPT && d.written == written; next++) {
        check_message(s.m, next, even[0]);
        poll(NULL, 0, 1); /* it takes its time */
    }
    assert_true(d.written > written);
    /* And it does not go on like that for ever. */
    for (; next < 3 * KEPT; next++)
        check_message(s.m, next, even[0]);
    assert_true(SP_poll(s.m) < LIMIT);
    d.over = true;
    pthread_join(d.thread, NULL);
    for (; next < (int)(d.written / (FRAME_OF_ONE + even[0])); next++)
        check_message(s.m, next, even[0]);
    flood_end(&d, s.m);
}

static void the_setting_is_checked(void **state)
{
    (void)state;
    struct fake f;
    fake_open(&f, false);
    mailbox m = fake_mailbox(&f);
    assert_int_equal(SP_set_read_ahead(m, -1), ILLEGAL_MESSAGE);
    assert_int_equal(SP_set_read_ahead(m, 0), 0);
    assert_int_equal(SP_set_read_ahead(m, 2147483647), 0);
    SP_kill(m);
    assert_int_equal(SP_set_read_ahead(m, 0), ILLEGAL_SESSION);
    fake_close(&f);
}

/* -- processes ----------------------------------------------------------------------------- */

/* In a child, where cmocka's assertions have no way back. */
static void take_in_child(mailbox m, const struct flood *d, int from, int to)
{
    int status;
    pid_t pid = child_fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        for (int i = from; i < to; i++) {
            r.type = 0;
            if (client_receive_into(m, &r, 1, CLIENT_BODY) != len_of(d, i) ||
                r.mess_type != (int16_t)i)
                _exit(1);
        }
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void parent_and_children_take_turns_at_what_was_read_ahead(void **state)
{
    (void)state;
    tls_front_skip(); /* two processes */
    for (int tcp = 0; tcp <= 1; tcp++) {
        struct flood d = FLOOD(400, mixed);
        mailbox m = flood_start(&d, tcp);
        send_all(&d, m);
        for (int i = 0; i < d.count; i += 8) {
            take_in_child(m, &d, i, i + 3);
            check_message(m, i + 3, len_of(&d, i + 3));
            take_in_child(m, &d, i + 4, i + 7);
            check_message(m, i + 7, len_of(&d, i + 7));
        }
        assert_int_equal(SP_poll(m), 0);
        assert_false(client_readable(m, 0));
        flood_end(&d, m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_read_ahead_comes_in_order_and_the_descriptor_tells_of_each),
        cmocka_unit_test(edges_are_told_once_and_again_when_more_comes),
        cmocka_unit_test(a_non_blocking_descriptor_is_no_different),
        cmocka_unit_test(a_stored_message_that_does_not_fit_stays_or_is_cut_as_asked),
        cmocka_unit_test(no_more_is_read_ahead_than_was_allowed),
        cmocka_unit_test(who_receives_what_was_read_ahead_makes_room_for_more),
        cmocka_unit_test(the_setting_is_checked),
        cmocka_unit_test(parent_and_children_take_turns_at_what_was_read_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
