/* SPDX-License-Identifier: MIT
 *
 * A mailbox is readable before each of n receives of n waiting messages, and not after the last;
 * SP_poll counts all that is left.
 */
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "include/sp.h"
#include "libspread/wire/frame.h"
#include "tests/support/client.h"
#include "tests/support/daemon.h"
#include "tests/support/fake.h"
#include "tests/support/test.h"

static struct received r;

/* What was written arrives a moment later, over TCP. */
static void await_bytes(mailbox m, int total)
{
    for (int ms = 0; SP_poll(m) < total; ms++) {
        assert_true(ms < 60000);
        poll(NULL, 0, 1);
    }
    assert_int_equal(SP_poll(m), total);
}

/* Writes messages of these lengths in one go, receives them one by one. */
static void check_burst(struct fake *f, mailbox m, const int *lens, int count)
{
    static uint8_t bytes[FRAME_MAX + 16];
    int total = 0;
    for (int i = 0; i < count; i++) {
        struct fake_frame frame = {
            .type = FIFO_MESS, .num_groups = 1, .mess_type = (int16_t)i, .len = lens[i]};
        total += (int)fake_encode(&frame, bytes + total);
    }
    fake_write(f->peer, bytes, (size_t)total);
    await_bytes(m, total);
    for (int i = 0; i < count; i++) {
        assert_true(client_readable(m, 0));
        assert_true(client_selectable(m));
        assert_int_equal(SP_poll(m), total);
        assert_int_equal(client_receive(m, &r), lens[i]);
        assert_int_equal(r.mess_type, i);
        total -= FRAME_HEADER + MAX_GROUP_NAME + lens[i];
    }
    assert_false(client_readable(m, 0));
    assert_false(client_selectable(m));
    assert_int_equal(SP_poll(m), 0);
}

static void bursts_of_all_sizes_stay_readable_to_the_last(void **state)
{
    (void)state;
    static const int small[] = {5, 0, 100, 7, 7, 7, 1, 0, 0, 300};
    static const int large[] = {66000, 70000};
    static const int mixed[] = {3, 40000, 8, 8, 65000, 1, 0, 9};
    static const int edges[] = {65536 - 80, 65536 - 81};
    static const int over[] = {65536 - 79, 65536 - 80};
    for (int tcp = 0; tcp <= 1; tcp++) {
        struct fake f;
        fake_open(&f, tcp);
        mailbox m = fake_mailbox(&f);
        setsockopt(m, SOL_SOCKET, SO_RCVBUF, &(int){200000}, sizeof(int)); /* a burst fits in */
        for (int again = 0; again < 3; again++) {
            check_burst(&f, m, small, COUNT_OF(small));
            for (int n = 1; n <= (int)COUNT_OF(small); n++)
                check_burst(&f, m, small, n);
            check_burst(&f, m, large, COUNT_OF(large));
            check_burst(&f, m, mixed, COUNT_OF(mixed));
            check_burst(&f, m, edges, COUNT_OF(edges));
            check_burst(&f, m, over, COUNT_OF(over));
        }
        SP_kill(m);
        fake_close(&f);
    }
}

static void a_part_of_a_message_behind_whole_ones_waits_for_its_rest(void **state)
{
    (void)state;
    for (int tcp = 0; tcp <= 1; tcp++)
        for (size_t cut = 1; cut < 80 + 20; cut++) {
            uint8_t bytes[512];
            struct fake f;
            struct fake_frame frame = {.type = FIFO_MESS, .num_groups = 1, .len = 20};
            size_t len = fake_encode(&frame, bytes);
            fake_encode(&frame, bytes + len);
            fake_open(&f, tcp);
            mailbox m = fake_mailbox(&f);
            fake_write(f.peer, bytes, len + cut);
            await_bytes(m, (int)(len + cut));
            assert_int_equal(client_receive(m, &r), 20);
            assert_int_equal(SP_poll(m), (int)cut);
            assert_true(client_readable(m, 0));
            fake_write(f.peer, bytes + len + cut, len - cut);
            assert_int_equal(client_receive(m, &r), 20);
            assert_int_equal(SP_poll(m), 0);
            assert_false(client_readable(m, 0));
            SP_kill(m);
            fake_close(&f);
        }
}

/* What comes later lies behind what was looked at already. */
static void messages_that_come_between_receives_are_seen(void **state)
{
    (void)state;
    struct fake f;
    struct fake_frame frame = {.type = FIFO_MESS, .num_groups = 1, .len = 10};
    fake_open(&f, false);
    mailbox m = fake_mailbox(&f);
    fake_send(&f, &frame);
    fake_send(&f, &frame);
    for (int i = 0; i < 1000; i++) {
        assert_true(client_readable(m, 0));
        assert_int_equal(client_receive(m, &r), 10);
        frame.len = 10;
        frame.mess_type = (int16_t)i;
        fake_send(&f, &frame);
        assert_int_equal(SP_poll(m), 2 * 90);
    }
    client_receive(m, &r);
    client_receive(m, &r);
    assert_int_equal(r.mess_type, 999);
    assert_false(client_readable(m, 0));
    SP_kill(m);
    fake_close(&f);
}

/* More mailboxes with waiting messages than the library has buffers for. */
static void many_mailboxes_with_messages_waiting_tell_the_truth(void **state)
{
    (void)state;
    enum { COUNT = 1200 };
    static mailbox m[COUNT];
    struct test_daemon d;
    int count = client_room_for(COUNT);
    test_daemon_start(&d, NULL);
    for (int i = 0; i < count; i++) {
        char group[MAX_GROUP_NAME];
        m[i] = client_connect(d.local, NULL, group);
        for (int k = 0; k < 3; k++)
            assert_int_equal(SP_multicast(m[i], FIFO_MESS, group, (int16)k, 3, "abc"), 3);
    }
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < count; i++) {
            assert_true(client_readable(m[i], 60000));
            assert_int_equal(client_receive(m[i], &r), 3);
            assert_int_equal(r.mess_type, k);
        }
    for (int i = 0; i < count; i++) {
        assert_false(client_readable(m[i], 0));
        SP_kill(m[i]);
    }
    test_daemon_stop(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bursts_of_all_sizes_stay_readable_to_the_last),
        cmocka_unit_test(a_part_of_a_message_behind_whole_ones_waits_for_its_rest),
        cmocka_unit_test(messages_that_come_between_receives_are_seen),
        cmocka_unit_test(many_mailboxes_with_messages_waiting_tell_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
