/* SPDX-License-Identifier: MIT
 *
 * SP_receive_timeout: a whole message within the time, or none and the stream as it was.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "include/sp_more.h"
#include "libspread/wire/frame.h"
#include "tests/support/child.h"
#include "tests/support/client.h"
#include "tests/support/daemon.h"
#include "tests/support/fake.h"
#include "tests/support/test.h"
#include "tests/support/tls_front.h"

enum { NOBODY = 1000000, LATE_MS = 20000 };

static struct received r;

static int receive_within(mailbox m, int ms)
{
    r.type = 0;
    return SP_receive_timeout(m, &r.type, r.sender, CLIENT_GROUPS, &r.num_groups, r.groups,
                              &r.mess_type, &r.endian_mismatch, CLIENT_BODY, r.body, ms);
}

static long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void the_time_is_waited_out_where_nothing_comes(void **state)
{
    (void)state;
    static const int limits[] = {0, 1, 50};
    for (int tcp = 0; tcp <= 1; tcp++) {
        struct fake f;
        fake_open(&f, tcp);
        mailbox m = fake_mailbox(&f);
        for (size_t i = 0; i < COUNT_OF(limits); i++) {
            long start = now_ms();
            assert_int_equal(receive_within(m, limits[i]), SP_TIMED_OUT);
            assert_true(now_ms() - start >= limits[i] - 1);
        }
        SP_kill(m);
        fake_close(&f);
    }
    assert_int_equal(receive_within(NOBODY, 0), ILLEGAL_SESSION);
}

static void what_is_here_is_received_without_waiting(void **state)
{
    (void)state;
    for (int tcp = 0; tcp <= 1; tcp++) {
        struct fake f;
        fake_open(&f, tcp);
        mailbox m = fake_mailbox(&f);
        for (int i = 0; i < 3; i++)
            fake_send(&f, &(struct fake_frame){.type = FIFO_MESS,
                                               .num_groups = 1,
                                               .mess_type = (int16_t)i,
                                               .len = i == 2 ? 100000 : 10});
        while (SP_poll(m) < 100000)
            poll(NULL, 0, 1);
        for (int i = 0; i < 3; i++) {
            assert_true(client_readable(m, 0));
            assert_int_equal(receive_within(m, i == 2 ? LATE_MS : 0), i == 2 ? 100000 : 10);
            assert_int_equal(r.mess_type, i);
        }
        assert_false(client_readable(m, 0));
        assert_int_equal(receive_within(m, 0), SP_TIMED_OUT);
        SP_kill(m);
        fake_close(&f);
    }
}

/* -- parts --------------------------------------------------------------------------------- */

static void await_poll(mailbox m, int bytes)
{
    for (int ms = 0; SP_poll(m) != bytes; ms++) {
        assert_true(ms < LATE_MS);
        poll(NULL, 0, 1);
    }
}

/* The first cut bytes do not make a message, and do not make the descriptor readable once they were
 * asked for; what comes behind them does. how: which call takes the message then. */
static void check_part(const struct fake_frame *frame, size_t cut, bool tcp, bool timed)
{
    static uint8_t bytes[FRAME_MAX];
    struct fake f;
    size_t len = fake_encode(frame, bytes);
    fake_open(&f, tcp);
    mailbox m = fake_mailbox(&f);
    fake_write(f.peer, bytes, cut);
    await_poll(m, (int)cut);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(receive_within(m, again), SP_TIMED_OUT);
        assert_false(client_readable(m, 0));
    }
    fake_write(f.peer, bytes + cut, len - cut);
    assert_true(client_readable(m, LATE_MS));
    assert_int_equal(timed ? receive_within(m, LATE_MS) : client_receive(m, &r), frame->len);
    for (int i = 0; i < frame->len; i++)
        assert_int_equal(r.body[i], (char)i);
    assert_false(client_readable(m, 0));
    assert_int_equal(SP_poll(m), 0);
    fake_write(f.peer, bytes, len);
    assert_int_equal(receive_within(m, -1), frame->len);
    SP_kill(m);
    fake_close(&f);
}

static void a_part_of_a_message_waits_for_its_rest(void **state)
{
    (void)state;
    struct fake_frame plain = {.type = FIFO_MESS, .num_groups = 1, .len = 20};
    struct fake_frame reject = {
        .type = REJECT_MESS | FIFO_MESS, .old_type = FIFO_MESS, .num_groups = 1, .len = 20};
    struct fake_frame large = {.type = FIFO_MESS, .num_groups = 2, .len = 100000};
    for (int kind = 0; kind < 4; kind++) {
        for (size_t cut = 1; cut < 100; cut++)
            check_part(&plain, cut, kind % 2, kind / 2);
        for (size_t cut = 1; cut < 104; cut++)
            check_part(&reject, cut, kind % 2, kind / 2);
        for (size_t cut = 1; cut < 70000; cut += 9973)
            check_part(&large, cut, kind % 2, kind / 2);
    }
}

static void it_is_gathered_over_many_short_calls(void **state)
{
    (void)state;
    static uint8_t bytes[FRAME_MAX];
    struct fake_frame frame = {.type = FIFO_MESS, .num_groups = 3, .len = 140000};
    size_t len = fake_encode(&frame, bytes);
    for (int tcp = 0; tcp <= 1; tcp++) {
        struct fake f;
        fake_open(&f, tcp);
        mailbox m = fake_mailbox(&f);
        for (size_t at = 0; at < len; at += 5000) {
            assert_int_equal(receive_within(m, 0), SP_TIMED_OUT);
            fake_write(f.peer, bytes + at, len - at < 5000 ? len - at : 5000);
        }
        assert_int_equal(receive_within(m, LATE_MS), frame.len);
        assert_int_equal(r.num_groups, 3);
        SP_kill(m);
        fake_close(&f);
    }
}

static void one_that_does_not_fit_stays(void **state)
{
    (void)state;
    struct fake f;
    fake_open(&f, false);
    mailbox m = fake_mailbox(&f);
    fake_send(&f, &(struct fake_frame){.type = FIFO_MESS, .num_groups = 2, .len = 100});
    for (int i = 0; i < 2; i++) {
        r.type = 0;
        assert_int_equal(SP_receive_timeout(m, &r.type, r.sender, 0, &r.num_groups, r.groups,
                                            &r.mess_type, &r.endian_mismatch, 10, r.body, LATE_MS),
                         GROUPS_TOO_SHORT);
        assert_int_equal(r.num_groups, -2);
        assert_int_equal(r.endian_mismatch, -100);
    }
    assert_int_equal(receive_within(m, 0), 100);
    SP_kill(m);
    fake_close(&f);
}

/* It is not gathered: it would be taken into memory as far as a liar likes. */
static void a_length_that_no_daemon_sends_is_told_at_once(void **state)
{
    (void)state;
    uint8_t bytes[256];
    struct fake f;
    fake_open(&f, false);
    mailbox m = fake_mailbox(&f);
    struct fake_frame frame = {.type = FIFO_MESS, .num_groups = 1, .len = 5};
    size_t len = fake_encode(&frame, bytes);
    put_word(bytes + FRAME_LEN_AT, 1 << 30);
    fake_write(f.peer, bytes, len);
    assert_int_equal(receive_within(m, LATE_MS), BUFFER_TOO_SHORT);
    assert_int_equal(r.endian_mismatch, -(1 << 30));
    SP_kill(m);
    fake_close(&f);
}

/* -- ends ---------------------------------------------------------------------------------- */

static void the_end_of_the_connection_ends_the_wait(void **state)
{
    (void)state;
    static const size_t cuts[] = {0, 10, 50, 90};
    uint8_t bytes[256];
    fake_encode(&(struct fake_frame){.type = FIFO_MESS, .num_groups = 1, .len = 20}, bytes);
    for (size_t i = 0; i < COUNT_OF(cuts); i++) {
        struct fake f;
        fake_open(&f, i % 2);
        mailbox m = fake_mailbox(&f);
        fake_write(f.peer, bytes, cuts[i]);
        fake_hang_up(&f);
        assert_int_equal(receive_within(m, LATE_MS), CONNECTION_CLOSED);
        assert_int_equal(receive_within(m, LATE_MS), NET_ERROR_ON_SESSION);
        SP_kill(m);
        fake_close(&f);
    }
}

/* -- processes ----------------------------------------------------------------------------- */

static void a_child_has_a_limit_of_its_own(void **state)
{
    (void)state;
    tls_front_skip(); /* two processes */
    struct fake f;
    int status;
    fake_open(&f, false);
    mailbox m = fake_mailbox(&f);
    pid_t pid = child_fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(receive_within(m, 10) == SP_TIMED_OUT ? 0 : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(receive_within(m, 10), SP_TIMED_OUT);
    fake_send(&f, &(struct fake_frame){.type = FIFO_MESS, .num_groups = 1, .len = 5});
    assert_int_equal(receive_within(m, LATE_MS), 5);
    SP_kill(m);
    fake_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_time_is_waited_out_where_nothing_comes),
        cmocka_unit_test(what_is_here_is_received_without_waiting),
        cmocka_unit_test(a_part_of_a_message_waits_for_its_rest),
        cmocka_unit_test(it_is_gathered_over_many_short_calls),
        cmocka_unit_test(one_that_does_not_fit_stays),
        cmocka_unit_test(a_length_that_no_daemon_sends_is_told_at_once),
        cmocka_unit_test(the_end_of_the_connection_ends_the_wait),
        cmocka_unit_test(a_child_has_a_limit_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
