/* SPDX-License-Identifier: MIT
 *
 * One receiver, message by message: when others wait for it, how long, and when it is cut off.
 */
#include "tests/support/test.h"

#include "daemon/base/random.h"
#include "daemon/session/uptake.h"

enum {
    NOW = 100 * USEC_SECOND,
    MIB = 1 << 20,
    PATIENCE = 1000 * USEC_MS,
    DEAL = PATIENCE / 20,
    LATE = PATIENCE / 10,
    GRACE = PATIENCE / 4,
};

static const struct conf usual = {.max_session_messages = 1000, .slow_reader_patience_ms = 1000};

struct receiver {
    struct conf conf;
    struct uptake u;
    struct outbox o;
    uint64_t coming;
    usec now;
};

static struct receiver receiver(void)
{
    return (struct receiver){
        .conf = usual, .now = NOW, .o.blocked = true, .u.taken_at = NOW};
}

/* So much waits. */
static void waits(struct receiver *r, uint32_t messages, uint64_t bytes)
{
    r->o.messages = messages;
    r->o.bytes = bytes;
    uptake_on_change(&r->u, &r->o, &r->conf, r->coming, r->now);
}

/* Time passes, and the I/O answers whenever it is asked. */
static void pass(struct receiver *r, usec us, uint64_t unread)
{
    for (usec until = r->now + us; r->now < until; r->now += USEC_MS)
        if (uptake_asks(&r->u, &r->conf, r->now)) {
            uptake_on_unread(&r->u, &r->conf, unread, r->now);
            uptake_on_change(&r->u, &r->o, &r->conf, r->coming, r->now);
        }
}

/* The same: for how long others have waited for it meanwhile. */
static usec presses_for(struct receiver *r, usec us, uint64_t unread)
{
    usec sum = 0;
    for (usec until = r->now + us; r->now < until;) {
        pass(r, USEC_MS, unread);
        sum += r->u.presses ? USEC_MS : 0;
    }
    return sum;
}

static bool exceeds(const struct receiver *r)
{
    return uptake_exceeds(&r->u, &r->o, &r->conf);
}

static void little_is_of_no_interest(void **state)
{
    (void)state;
    struct receiver r = receiver();
    waits(&r, 999, 1 * MIB);
    assert_false(r.u.presses || exceeds(&r));
    r.o.blocked = false; /* its socket takes what is offered */
    waits(&r, 100000, 1 * MIB);
    assert_false(r.u.watched || r.u.presses || exceeds(&r));
}

static void a_socket_that_takes_a_whole_write_ends_no_pressure(void **state)
{
    (void)state;
    struct receiver r = receiver();
    waits(&r, 1000, 11 * MIB);
    assert_true(r.u.presses);
    r.o.blocked = false;
    uptake_on_taken(&r.u, r.now);
    waits(&r, 900, 9 * MIB);
    assert_true(r.u.presses);
    waits(&r, 2000, 11 * MIB);
    assert_true(r.u.presses);
    waits(&r, 300, 4 * MIB);
    assert_false(r.u.presses);
}

static void with_the_limit_waiting_it_presses_if_it_does_not_read(void **state)
{
    (void)state;
    struct receiver r = receiver();
    waits(&r, 999, 1000);
    pass(&r, 10 * USEC_MS, 5);
    assert_true(r.u.still && !r.u.presses);
    waits(&r, 1000, 1000);
    assert_true(r.u.presses); /* so one more would be the first too many */
    uptake_on_taken(&r.u, r.now);
    waits(&r, 1000, 1000);
    assert_false(r.u.presses);
    pass(&r, 40 * USEC_MS, 5);
    assert_true(r.u.presses);
}

static void who_reads_all_the_time_may_have_any_number_waiting(void **state)
{
    (void)state;
    struct receiver r = receiver();
    uptake_on_taken(&r.u, r.now);
    waits(&r, 10000, 1 * MIB);
    for (uint64_t unread = 1000; unread > 0; unread--) {
        pass(&r, USEC_MS, unread);
        assert_false(r.u.presses || exceeds(&r));
    }
}

static void it_presses_beyond_ten_sixteenths_until_a_quarter_is_left(void **state)
{
    (void)state;
    struct receiver r = receiver();
    waits(&r, 100, 10 * MIB);
    assert_false(r.u.presses);
    waits(&r, 100, 10 * MIB + 1);
    assert_true(r.u.presses);
    waits(&r, 100, 4 * MIB + 1);
    assert_true(r.u.presses);
    waits(&r, 100, 4 * MIB);
    assert_false(r.u.presses);
}

/* Ten senders at three daemons have 7 MiB in the ring, which come whoever waits. */
static void what_is_under_way_counts_once_some_of_it_is_here(void **state)
{
    (void)state;
    struct receiver r = receiver();
    r.coming = 10 * MIB;
    waits(&r, 100, 2 * MIB); /* it may be for others */
    assert_false(r.u.presses);
    r.coming = 7 * MIB;
    waits(&r, 100, 3 * MIB);
    assert_false(r.u.presses);
    waits(&r, 100, 3 * MIB + 1);
    assert_true(r.u.presses);
    r.coming = 0;
    waits(&r, 100, 4 * MIB);
    assert_false(r.u.presses);
}

static void nine_hundred_messages_of_8000_bytes_are_not_too_many(void **state)
{
    (void)state;
    struct receiver r = receiver();
    for (uint32_t here = 0; here <= 900; here += 10) {
        r.coming = (900 - here) * 8080 + 2 * MIB;
        waits(&r, here, here * 8080);
        pass(&r, 10 * USEC_MS, 5);
        assert_false(r.u.presses);
    }
}

static void what_may_be_lost_is_beyond_an_eighth_until_a_sixteenth_is_left(void **state)
{
    (void)state;
    struct receiver r = receiver();
    waits(&r, 100, 2 * MIB);
    assert_false(r.u.much);
    waits(&r, 100, 2 * MIB + 1);
    assert_true(r.u.much);
    waits(&r, 100, 1 * MIB + 1);
    assert_true(r.u.much);
    waits(&r, 100, 1 * MIB);
    assert_false(r.u.much);
}

static void while_its_patience_lasts_it_is_cut_off_for_bytes_only(void **state)
{
    (void)state;
    struct receiver r = receiver();
    waits(&r, 900000, 16 * MIB);
    pass(&r, PATIENCE - 10 * USEC_MS, 5);
    assert_true(r.u.presses);
    assert_false(exceeds(&r));
    waits(&r, 100, 16 * MIB + 1);
    assert_true(exceeds(&r));
}

static void who_takes_nothing_presses_for_its_patience_and_is_soon_cut_off(void **state)
{
    (void)state;
    struct receiver r = receiver();
    waits(&r, 5000, 3 * MIB);
    assert_int_equal(presses_for(&r, PATIENCE + 5 * USEC_MS, 212992), PATIENCE); /* after 4 ms it is still */
    assert_true(!r.u.presses && !exceeds(&r));
    pass(&r, GRACE - 9 * USEC_MS, 212992);
    assert_false(exceeds(&r));
    pass(&r, 10 * USEC_MS, 212992);
    assert_true(!r.u.presses && exceeds(&r));
}

/* A pause as long as the patience is over then, and nobody has begun to fill what is left. */
static void others_wait_for_its_patience_in_all_whenever_they_began(void **state)
{
    (void)state;
    struct receiver r = receiver();
    waits(&r, 100, 3 * MIB);
    pass(&r, 50 * USEC_MS, 212992);
    waits(&r, 300, 10 * MIB + 1);
    assert_int_equal(presses_for(&r, PATIENCE, 212992), PATIENCE);
    assert_true(r.u.presses && !exceeds(&r));
    assert_in_range(presses_for(&r, 2 * PATIENCE, 212992), 0, 2 * USEC_MS);
    waits(&r, 300, 16 * MIB);
    assert_true(!r.u.presses && !exceeds(&r));
    waits(&r, 300, 16 * MIB + 1);
    assert_true(!r.u.presses && exceeds(&r));
}

/* A sender that had gone on at once would have filled what is left in 8 ms. */
static void after_its_patience_what_is_left_is_let_through_bit_by_bit(void **state)
{
    (void)state;
    struct receiver r = receiver();
    uint32_t messages = 10 * MIB / 8000 + 1;
    usec held = 0, longest = 0;
    waits(&r, messages, messages * 8000);
    pass(&r, PATIENCE + USEC_MS, 212992);
    assert_true(r.u.late);
    for (usec end = r.now + DEAL - 2 * USEC_MS; r.now < end; pass(&r, USEC_MS, 212992)) {
        held = r.u.presses ? held + USEC_MS : 0;
        longest = held > longest ? held : longest;
        for (; !r.u.presses && !exceeds(&r); messages++)
            waits(&r, messages, messages * 8000);
        assert_false(exceeds(&r));
    }
    assert_in_range(longest, USEC_MS, 2 * USEC_MS);
    assert_in_range(messages * 8000, 14 * MIB, 15 * MIB + 8000);
    pass(&r, 5 * USEC_MS, 212992);
    assert_false(r.u.presses);
}

static void and_no_later_than_a_tenth_after_its_patience(void **state)
{
    (void)state;
    struct receiver r = receiver();
    waits(&r, 100, 3 * MIB);
    pass(&r, PATIENCE - 40 * USEC_MS, 212992);
    waits(&r, 300, 10 * MIB + 1);
    assert_in_range(presses_for(&r, 2 * LATE, 212992), LATE, LATE + 43 * USEC_MS);
    pass(&r, 3 * USEC_MS, 212991); /* it is back */
    assert_false(r.u.late);
    assert_in_range(presses_for(&r, 2 * PATIENCE, 212991), PATIENCE - 3 * USEC_MS, PATIENCE);
}

/* Kernels between take some of it that nobody reads. */
static void what_others_have_waited_in_parts_counts_together(void **state)
{
    (void)state;
    struct receiver r = receiver();
    usec sum = 0;
    for (int i = 0; i < 20; i++) {
        waits(&r, 300, 10 * MIB + 1);
        sum += presses_for(&r, PATIENCE / 10, 212992);
        waits(&r, 100, 3 * MIB);
        pass(&r, USEC_MS, 212992);
    }
    assert_in_range(sum, PATIENCE, PATIENCE + 2 * USEC_MS);
}

/* A TCP connection takes megabytes in bursts that nobody reads, so now and then its socket has room. */
static void keeping_up_for_a_moment_gives_no_patience_back(void **state)
{
    (void)state;
    struct receiver r = receiver();
    waits(&r, 1000, 3 * MIB);
    usec sum = 0;
    for (int i = 0; i < 13; i++) {
        sum += presses_for(&r, PATIENCE / 10, 5);
        r.o.blocked = false;
        waits(&r, 10, 10000);
        assert_false(r.u.watched);
        r.o.blocked = true;
        waits(&r, 1000 + (uint32_t)i, 3 * MIB);
    }
    pass(&r, 5 * USEC_MS, 5);
    assert_true(exceeds(&r));
    assert_in_range(sum, PATIENCE / 2, PATIENCE);
}

static void who_has_kept_up_for_some_time_has_all_its_patience(void **state)
{
    (void)state;
    struct receiver r = receiver();
    waits(&r, 1000, 3 * MIB);
    pass(&r, PATIENCE - GRACE, 5);
    r.o.blocked = false;
    waits(&r, 10, 10000);
    pass(&r, PATIENCE / 4, 5);
    waits(&r, 10, 10000);
    r.o.blocked = true;
    waits(&r, 1000, 3 * MIB);
    pass(&r, PATIENCE - GRACE, 5);
    assert_true(r.u.presses);
}

static void whose_group_goes_quiet_before_the_limit_waits_and_costs_nothing(void **state)
{
    (void)state;
    struct receiver r = receiver();
    waits(&r, 900, 3 * MIB);
    pass(&r, 2 * PATIENCE, 7);
    assert_true(!r.u.presses && !exceeds(&r));
    pass(&r, 3600 * (usec)USEC_SECOND, 7);
    assert_true(!r.u.presses && !exceeds(&r));
    waits(&r, 1001, 4 * MIB); /* and it holds nobody up a second time */
    assert_true(!r.u.presses && exceeds(&r));
}

static void a_little_that_is_taken_brings_all_its_patience_back(void **state)
{
    (void)state;
    struct receiver r = receiver();
    waits(&r, 5000, 3 * MIB);
    for (uint64_t unread = 100000; unread > 99990; unread--) {
        pass(&r, 900 * USEC_MS, unread);
        assert_true(r.u.presses && !exceeds(&r));
    }
    pass(&r, 2 * (PATIENCE + GRACE), 99990);
    assert_true(r.u.over);
    pass(&r, PATIENCE, 99990);
    assert_int_equal(r.u.look_at, NEVER); /* nothing comes: it is not even asked */
    uptake_on_more(&r.u, &r.conf, r.now);
    waits(&r, 5001, 3 * MIB);
    pass(&r, 10 * USEC_MS, 99989);
    assert_true(!r.u.over && r.u.presses);
}

static void what_its_socket_takes_shows_that_it_reads(void **state)
{
    (void)state;
    struct receiver r = receiver();
    waits(&r, 5000, 3 * MIB);
    for (int i = 0; i < 10; i++) {
        pass(&r, 900 * USEC_MS, 100 + (uint64_t)i); /* more and more lies there */
        uptake_on_taken(&r.u, r.now);
        assert_true(r.u.presses && !exceeds(&r));
    }
}

/* It was not even asked any more. */
static void who_takes_something_after_all_was_over_and_stops_again_has_patience_once(void **state)
{
    (void)state;
    struct receiver r = receiver();
    waits(&r, 900, 3 * MIB);
    pass(&r, 2 * PATIENCE, 7);
    assert_true(r.u.over);
    uptake_on_taken(&r.u, r.now);
    waits(&r, 1000, 3 * MIB);
    assert_in_range(presses_for(&r, 3 * PATIENCE, 7), PATIENCE - 5 * USEC_MS, PATIENCE);
    waits(&r, 1001, 3 * MIB);
    assert_true(!r.u.presses && exceeds(&r));
}

static void without_patience_it_is_as_with_5_0_1(void **state)
{
    (void)state;
    struct receiver r = receiver();
    r.conf.slow_reader_patience_ms = 0;
    waits(&r, 1000, 10 * MIB);
    assert_true(!r.u.presses && !exceeds(&r));
    waits(&r, 1001, 200000);
    assert_true(!r.u.presses && exceeds(&r));
    uptake_on_taken(&r.u, r.now); /* reading slowly is not enough */
    waits(&r, 1001, 200000);
    assert_true(!r.u.presses && exceeds(&r));
    assert_false(uptake_asks(&r.u, &r.conf, r.now + USEC_SECOND));
    assert_int_equal(r.u.look_at, NEVER); /* or the daemon would wake up for it for ever */
}

static void a_limit_below_that_of_5_0_1_is_taken_at_its_word(void **state)
{
    (void)state;
    struct receiver r = receiver();
    r.conf.max_session_messages = 999;
    waits(&r, 999, 3 * MIB);
    assert_true(!r.u.presses && !exceeds(&r));
    waits(&r, 1000, 3 * MIB);
    assert_true(!r.u.presses && exceeds(&r));
}

static void what_may_wait_in_bytes_is_what_is_written_or_follows_from_the_messages(void **state)
{
    (void)state;
    static const struct {
        uint32_t messages, bytes;
        uint64_t most;
    } cases[] = {
        {1000, 0, 16 * MIB},     {1001, 0, 16 * MIB},      {1024, 0, 16 * MIB},
        {2048, 0, 32 * MIB},     {1000, 200000, 200000},   {999999999, 0, 999999999ull << 14},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct conf conf = {.max_session_messages = cases[i].messages,
                            .max_session_bytes = cases[i].bytes};
        struct receiver r = receiver();
        r.conf = conf;
        r.conf.slow_reader_patience_ms = 1000;
        waits(&r, 1, cases[i].most);
        assert_false(exceeds(&r));
        waits(&r, 1, cases[i].most + 1);
        assert_true(exceeds(&r));
    }
}

static void who_has_caught_up_is_as_new(void **state)
{
    (void)state;
    struct receiver r = receiver();
    waits(&r, 5000, 3 * MIB);
    pass(&r, 900 * USEC_MS, 7);
    uptake_on_taken(&r.u, r.now);
    r.o.blocked = false;
    waits(&r, 0, 0);
    assert_false(r.u.watched || r.u.presses || r.u.over);
    r.o.blocked = true;
    waits(&r, 5000, 3 * MIB);
    pass(&r, 900 * USEC_MS, 7);
    assert_true(r.u.presses && !exceeds(&r));
}

static bool is_same(const struct uptake *a, const struct uptake *b)
{
    return a->watched == b->watched && a->still == b->still && a->much == b->much && a->beyond == b->beyond &&
           a->presses == b->presses && a->late == b->late && a->over == b->over && a->cut == b->cut &&
           a->behind == b->behind && a->since == b->since && a->taken_at == b->taken_at &&
           a->pressed_us == b->pressed_us && (!a->presses || a->pressed_at == b->pressed_at) && a->late_at == b->late_at &&
           a->calm_at == b->calm_at && a->look_at == b->look_at &&
           a->unread == b->unread;
}

/* It takes something, or its socket is full or no more, or it is asked, or nobody is to wait for it. */
static void live(struct receiver *r, struct random *random)
{
    switch (random_below(random, 8)) {
    case 0:
        r->o.messages = r->o.messages / 4;
        r->o.bytes = r->o.messages ? r->o.bytes / 4 : 0;
        uptake_on_taken(&r->u, r->now);
        break;
    case 1:
        r->o.blocked = r->o.messages > 0 && random_below(random, 2);
        break;
    case 2:
        uptake_on_unread(&r->u, &r->conf, random_below(random, 4), r->now);
        break;
    case 3:
        if (random_below(random, 20) == 0)
            uptake_on_cut(&r->u, &r->o, &r->conf);
        break;
    }
    uptake_on_change(&r->u, &r->o, &r->conf, r->coming, r->now);
}

static void messages_come(struct receiver *r, struct random *random, uint32_t most)
{
    r->now += random_below(random, 10) ? random_below(random, 2000) : random_below(random, 500 * USEC_MS);
    r->coming = random_below(random, 4 * MIB);
    r->o.messages += 1 + random_below(random, most);
    r->o.bytes += random_below(random, 100000);
}

static void who_is_said_to_stay_as_it_is_does(void **state)
{
    (void)state;
    struct random random = {.state = 11};
    int calm = 0, stays = 0, neither = 0;
    for (int round = 0; round < 400; round++) {
        struct receiver r = receiver();
        r.conf.max_session_messages = round % 4 ? 1000 : random_below(&random, 40);
        r.conf.slow_reader_patience_ms = round % 5 ? 1000 : 0;
        for (int i = 0; i < 500; i++) {
            live(&r, &random);
            messages_come(&r, &random, round % 2 ? 100 : 1);
            struct uptake before = r.u;
            bool is_calm = uptake_is_calm(&r.u, &r.o, &r.conf), does_stay = uptake_stays(&r.u, &r.o, &r.conf);
            if (does_stay)
                uptake_on_more(&r.u, &r.conf, r.now);
            uptake_on_change(&r.u, &r.o, &r.conf, r.coming, r.now);
            assert_true(is_same(&before, &r.u) || (!is_calm && !does_stay));
            assert_false(does_stay && uptake_exceeds(&r.u, &r.o, &r.conf));
            calm += is_calm;
            stays += does_stay;
            neither += !is_calm && !does_stay;
        }
    }
    assert_true(calm > 10000 && stays > 10000 && neither > 10000);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(little_is_of_no_interest),
        cmocka_unit_test(a_socket_that_takes_a_whole_write_ends_no_pressure),
        cmocka_unit_test(with_the_limit_waiting_it_presses_if_it_does_not_read),
        cmocka_unit_test(who_reads_all_the_time_may_have_any_number_waiting),
        cmocka_unit_test(it_presses_beyond_ten_sixteenths_until_a_quarter_is_left),
        cmocka_unit_test(what_is_under_way_counts_once_some_of_it_is_here),
        cmocka_unit_test(nine_hundred_messages_of_8000_bytes_are_not_too_many),
        cmocka_unit_test(what_may_be_lost_is_beyond_an_eighth_until_a_sixteenth_is_left),
        cmocka_unit_test(while_its_patience_lasts_it_is_cut_off_for_bytes_only),
        cmocka_unit_test(who_takes_nothing_presses_for_its_patience_and_is_soon_cut_off),
        cmocka_unit_test(others_wait_for_its_patience_in_all_whenever_they_began),
        cmocka_unit_test(after_its_patience_what_is_left_is_let_through_bit_by_bit),
        cmocka_unit_test(and_no_later_than_a_tenth_after_its_patience),
        cmocka_unit_test(what_others_have_waited_in_parts_counts_together),
        cmocka_unit_test(keeping_up_for_a_moment_gives_no_patience_back),
        cmocka_unit_test(who_has_kept_up_for_some_time_has_all_its_patience),
        cmocka_unit_test(whose_group_goes_quiet_before_the_limit_waits_and_costs_nothing),
        cmocka_unit_test(a_little_that_is_taken_brings_all_its_patience_back),
        cmocka_unit_test(what_its_socket_takes_shows_that_it_reads),
        cmocka_unit_test(who_takes_something_after_all_was_over_and_stops_again_has_patience_once),
        cmocka_unit_test(without_patience_it_is_as_with_5_0_1),
        cmocka_unit_test(a_limit_below_that_of_5_0_1_is_taken_at_its_word),
        cmocka_unit_test(what_may_wait_in_bytes_is_what_is_written_or_follows_from_the_messages),
        cmocka_unit_test(who_has_caught_up_is_as_new),
        cmocka_unit_test(who_is_said_to_stay_as_it_is_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
