/* SPDX-License-Identifier: MIT
 *
 * What one client is read of in a turn.
 */
#include "tests/support/test.h"

#include "daemon/io/share.h"

enum { ROUNDS = 1000, KIB = 1 << 10 };

/* Turns in which all that is asked for is there; a byte takes so many nanoseconds. The longest of them. */
static usec read_on(struct share *s, int turns, unsigned ns_a_byte)
{
    usec longest = 0;
    for (int i = 0; i < turns; i++) {
        usec took = s->bytes * ns_a_byte / 1000;
        share_learn(s, s->bytes, true, took);
        longest = took > longest ? took : longest;
    }
    return longest;
}

static void the_room_is_cut_to_the_share(void **state)
{
    (void)state;
    struct share s = {.bytes = 10 * KIB};
    struct iovec iov[2] = {{NULL, 4 * KIB}, {NULL, 64 * KIB}};
    assert_int_equal(share_trim(&s, iov, 2), 2);
    assert_int_equal(share_room(iov, 2), 10 * KIB);
    s.bytes = 4 * KIB;
    assert_int_equal(share_trim(&s, iov, 2), 1);
    assert_int_equal(share_room(iov, 1), 4 * KIB);
}

static void whose_bytes_cost_little_is_read_all_that_there_is_room_for(void **state)
{
    (void)state;
    struct share s;
    struct iovec iov[2] = {{NULL, 100000}, {NULL, SHARE_MOST}};
    share_init(&s);
    read_on(&s, ROUNDS, 0);
    assert_int_equal(share_trim(&s, iov, 2), 2);
    assert_int_equal(share_room(iov, 2), 100000 + SHARE_MOST);
}

/* Empty messages: 7 ns a byte. */
static void whose_bytes_cost_much_takes_its_time_and_no_more(void **state)
{
    (void)state;
    struct share s;
    share_init(&s);
    read_on(&s, ROUNDS, 7);
    assert_in_range(read_on(&s, ROUNDS, 7), SHARE_US / 2, SHARE_US * 11 / 10);
}

static void to_say_nothing_for_long_or_little_earns_nothing(void **state)
{
    (void)state;
    struct share s;
    share_init(&s);
    for (int i = 0; i < ROUNDS; i++)
        share_learn(&s, 100, false, 1);
    assert_int_equal(s.bytes, SHARE_FIRST);
}

static void who_alternates_what_is_cheap_and_what_is_not_gains_little(void **state)
{
    (void)state;
    struct share s;
    int long_ones = 0;
    share_init(&s);
    for (int i = 0; i < ROUNDS; i++) {
        bool costs = s.bytes == SHARE_MOST || (i > 0 && s.bytes * 7 / 1000 > 4 * SHARE_US);
        long_ones += costs;
        read_on(&s, 1, costs ? 7 : 0);
    }
    assert_in_range(long_ones, 1, ROUNDS / 20);
}

/* The processor was taken from us for 3 ms, once. */
static void one_long_turn_halves_the_share_at_most(void **state)
{
    (void)state;
    struct share s = {.bytes = SHARE_MOST};
    share_learn(&s, 4 * KIB, false, 3000);
    assert_int_equal(s.bytes, SHARE_MOST / 2);
    for (int i = 0; i < ROUNDS; i++)
        share_learn(&s, 1, false, 3000);
    assert_int_equal(s.bytes, SHARE_LEAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_room_is_cut_to_the_share),
        cmocka_unit_test(whose_bytes_cost_little_is_read_all_that_there_is_room_for),
        cmocka_unit_test(whose_bytes_cost_much_takes_its_time_and_no_more),
        cmocka_unit_test(to_say_nothing_for_long_or_little_earns_nothing),
        cmocka_unit_test(who_alternates_what_is_cheap_and_what_is_not_gains_little),
        cmocka_unit_test(one_long_turn_halves_the_share_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
