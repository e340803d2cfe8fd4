/* SPDX-License-Identifier: MIT
 *
 * What is known of another daemon: which of its words are news, whom it hears, what it has missed.
 */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/membership/core.h"
#include "daemon/membership/peers.h"

enum { D0, D1, D2, D3, PEERS, LIFE = 7 };

static const usec START = 1000 * (usec)USEC_SECOND;

static struct peer *begin(void)
{
    static struct peer p;
    memset(&p, 0, sizeof p);
    return &p;
}

static void note_saying(struct peer *p, uint32_t saying, usec now)
{
    const struct alive a = {.saying = saying};
    peer_note_alive(p, &a, now);
}

static bool is_news(const struct peer *p, uint32_t saying)
{
    const struct alive a = {.saying = saying};
    return peer_is_news(p, &a);
}

static void only_a_later_saying_is_news(void **state)
{
    struct peer *p = begin();
    (void)state;
    assert_true(is_news(p, 0)); /* whatever comes first */
    note_saying(p, 100, START);
    assert_true(is_news(p, 101));
    assert_false(is_news(p, 100));
    assert_false(is_news(p, 99));
}

static void sayings_may_wrap(void **state)
{
    struct peer *p = begin();
    (void)state;
    note_saying(p, UINT32_MAX, START);
    assert_true(is_news(p, 0));
    assert_true(is_news(p, INT32_MAX - 1));
    assert_false(is_news(p, INT32_MAX));
    assert_false(is_news(p, UINT32_MAX));
}

static void another_life_makes_everything_news(void **state)
{
    struct peer *p = begin();
    (void)state;
    note_saying(p, 100, START);
    peer_note_hop_tag(p, 5);
    p->any_at = p->joined_at = p->join_at = START;
    p->joined_saying = p->stale = p->refusals = 1;
    peer_forget_life(p);
    assert_true(is_news(p, 1));
    assert_false(peer_heard_since(p, 0));
    assert_false(peer_has_hop_tag(p, 5));
    assert_int_equal(p->any_at + p->joined_at + p->join_at, 0);
    assert_int_equal(p->joined_saying + p->stale + p->refusals + p->saying, 0);
}

static void who_has_spoken_at_that_time_has_been_heard_since(void **state)
{
    struct peer *p = begin();
    (void)state;
    assert_false(peer_heard_since(p, 0));
    note_saying(p, 1, START);
    assert_true(peer_heard_since(p, START));
    assert_false(peer_heard_since(p, START + 1));
}

static void who_hears_another_life_does_not_hear_this_one(void **state)
{
    struct alive a = {.saying = 1};
    struct peer *p = begin();
    (void)state;
    roster_add(&a.heard, D2, LIFE);
    assert_false(peer_hears(p, D2, LIFE));
    peer_note_alive(p, &a, START);
    assert_true(peer_hears(p, D2, LIFE));
    assert_false(peer_hears(p, D2, LIFE + 1));
    assert_false(peer_hears(p, D2, 0));
    assert_false(peer_hears(p, D3, LIFE));
}

static void who_looks_for_a_ring_is_in_seg_repd_or_gather(void **state)
{
    static const bool searching[CORE_STATES] = {
        [CORE_SEG] = true, [CORE_REPD] = true, [CORE_GATHER] = true};
    struct peer *p = begin();
    (void)state;
    p->said.state = CORE_SEG;
    assert_false(peer_is_searching(p)); /* it has not said so */
    p->said_at = START;
    for (int s = 0; s < CORE_STATES; s++) {
        p->said.state = (uint8_t)s;
        assert_int_equal(peer_is_searching(p), searching[s]);
    }
}

/* d2 is told by JOIN, in saying 10, and says something a moment later: has it heard that JOIN? */
static void who_has_not_heard_our_last_join_has_missed_it(void **state)
{
    struct peer *p = begin();
    (void)state;
    p->said.heard_sayings[D3] = 9;
    assert_false(peer_missed_join(p, D3, START)); /* there was none */
    p->joined_saying = 10;
    p->joined_at = START;
    assert_false(peer_missed_join(p, D3, START + USEC_MS - 1)); /* it may be under way */
    assert_true(peer_missed_join(p, D3, START + USEC_MS));
    p->said.heard_sayings[D3] = 10;
    assert_false(peer_missed_join(p, D3, START + USEC_MS));
    p->joined_saying = 5;
    p->said.heard_sayings[D3] = UINT32_MAX; /* sayings wrap */
    assert_true(peer_missed_join(p, D3, START + USEC_MS));
}

static void those_heard_lately_are_listed_with_life_and_saying(void **state)
{
    static struct peer peers[PEERS];
    static struct alive m;
    (void)state;
    m.heard_sayings[D2] = 1; /* of another time */
    for (unsigned i = D0; i < PEERS; i++)
        peers[i] = (struct peer){.life.inc = LIFE + i + (1ull << 32), .saying = 20 + i,
                                 .any_at = START};
    peers[D1].any_at = 0;
    peers[D2].any_at = START - 1;
    peers_heard(peers, PEERS, D3, USEC_SECOND, &m, START + USEC_SECOND);
    assert_int_equal(m.heard.in.bits[0], 1 << D0);
    assert_int_equal(m.heard.inc[D0], LIFE);
    assert_int_equal(m.heard_sayings[D0], 20);
    assert_int_equal(m.heard_sayings[D2], 0);
}

static void a_join_stays_until_the_next_one(void **state)
{
    static struct join j = {.kind = JOIN_RING, .engaged = D1};
    struct peer *p = begin();
    (void)state;
    peer_note_join(p, &j, START);
    j.engaged = D2;
    assert_int_equal(p->join->engaged, D1);
    peer_note_join(p, &j, START + 1);
    assert_int_equal(p->join->engaged, D2);
    assert_int_equal(p->join_at, START + 1);
    free(p->join);
}

static void the_last_four_hop_checks_are_known(void **state)
{
    struct peer *p = begin();
    (void)state;
    for (uint64_t tag = 1; tag <= 5; tag++) {
        peer_note_hop_tag(p, tag);
        peer_note_hop_tag(p, tag); /* the same again takes no place */
    }
    for (uint64_t tag = 2; tag <= 5; tag++)
        assert_true(peer_has_hop_tag(p, tag));
    assert_false(peer_has_hop_tag(p, 1));
    assert_false(peer_has_hop_tag(p, segment_tag(5)));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_later_saying_is_news),
        cmocka_unit_test(sayings_may_wrap),
        cmocka_unit_test(another_life_makes_everything_news),
        cmocka_unit_test(who_has_spoken_at_that_time_has_been_heard_since),
        cmocka_unit_test(who_hears_another_life_does_not_hear_this_one),
        cmocka_unit_test(who_looks_for_a_ring_is_in_seg_repd_or_gather),
        cmocka_unit_test(who_has_not_heard_our_last_join_has_missed_it),
        cmocka_unit_test(those_heard_lately_are_listed_with_life_and_saying),
        cmocka_unit_test(a_join_stays_until_the_next_one),
        cmocka_unit_test(the_last_four_hop_checks_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
