/* SPDX-License-Identifier: MIT
 *
 * What control packets may not say. That they come back as they went: codec_test.c and wire_test.c.
 */
#include "tests/support/test.h"
#include "tests/unit/packet/codec.h"

enum { PROCS = 10 };

static bool is_legal(unsigned type, const union control *m)
{
    static uint8_t bytes[BODY_MAX];
    static union control back;
    size_t len = codec_encode(type, m, PROCS, bytes, sizeof bytes);
    assert_true(len > 0);
    return codec_decode(type, &back, PROCS, bytes, len);
}

static void a_suspect_is_a_daemon_and_has_done_something(void **state)
{
    (void)state;
    union control m = {.suspect = {.index = 9, .reason = SUSPECT_UNREACHABLE}};
    assert_true(is_legal(PACKET_SUSPECT, &m));
    m.suspect.reason = SUSPICIONS;
    assert_false(is_legal(PACKET_SUSPECT, &m));
    m.suspect = (struct suspect){.index = 10};
    assert_false(is_legal(PACKET_SUSPECT, &m));
    m.suspect.index = NO_PROC;
    assert_false(is_legal(PACKET_SUSPECT, &m));
}

static void a_join_is_of_a_kind_and_engaged_to_a_daemon(void **state)
{
    (void)state;
    union control m = {.join = {.kind = JOIN_RING, .engaged = 9}};
    assert_true(is_legal(PACKET_JOIN, &m));
    m.join.kind = JOIN_KINDS;
    assert_false(is_legal(PACKET_JOIN, &m));
    m.join.kind = JOIN_SEGMENT;
    m.join.engaged = 10;
    assert_false(is_legal(PACKET_JOIN, &m));
    m.join.engaged = NO_PROC;
    assert_false(is_legal(PACKET_JOIN, &m));
}

static bool pair_is_legal(uint16_t a, uint16_t b)
{
    union control m = {.join = {.bad_count = 1, .bad = {{a, b}}}};
    return is_legal(PACKET_JOIN, &m);
}

static void a_bad_pair_is_two_daemons_the_smaller_first(void **state)
{
    (void)state;
    assert_true(pair_is_legal(0, 1));
    assert_true(pair_is_legal(8, 9));
    assert_false(pair_is_legal(1, 0));
    assert_false(pair_is_legal(1, 1));
    assert_false(pair_is_legal(9, 10));
    assert_false(pair_is_legal(0, NO_PROC));
}

static void a_join_tells_of_32_bad_pairs_at_most(void **state)
{
    (void)state;
    static uint8_t bytes[BODY_MAX];
    static union control m, back;
    m = (union control){.join = {.bad_count = BAD_PAIRS_MAX}};
    for (int k = 0; k < BAD_PAIRS_MAX; k++)
        m.join.bad[k] = (struct bad_pair){0, 1};
    size_t len = codec_encode(PACKET_JOIN, &m, PROCS, bytes, sizeof bytes);
    assert_true(codec_decode(PACKET_JOIN, &back, PROCS, bytes, len));
    assert_int_equal(back.join.bad_count, BAD_PAIRS_MAX);

    size_t count_at = len - 4 * BAD_PAIRS_MAX - 1;
    assert_int_equal(bytes[count_at], BAD_PAIRS_MAX);
    bytes[count_at] = BAD_PAIRS_MAX + 1;
    memcpy(bytes + len, "\0\0\0\1", 4);
    assert_false(codec_decode(PACKET_JOIN, &back, PROCS, bytes, len + 4));
}

static void every_member_of_a_join_has_its_saying_and_nobody_else_has(void **state)
{
    (void)state;
    static uint8_t bytes[BODY_MAX];
    static union control m, back;
    memset(&m, 0, sizeof m);
    roster_add(&m.join.members, 2, 5);
    roster_add(&m.join.members, 9, 6);
    for (unsigned i = 0; i < PROCS_MAX; i++)
        m.join.sayings[i] = 100 + i;
    size_t len = codec_encode(PACKET_JOIN, &m, PROCS, bytes, sizeof bytes);
    memset(&back, 0xff, sizeof back);
    assert_true(codec_decode(PACKET_JOIN, &back, PROCS, bytes, len));
    for (unsigned i = 0; i < PROCS_MAX; i++)
        assert_int_equal(back.join.sayings[i], i == 2 ? 102 : i == 9 ? 109 : 0);
}

static void who_is_named_is_a_daemon(void **state)
{
    (void)state;
    union control m = {.refer = {9}};
    assert_true(is_legal(PACKET_REFER, &m));
    m.refer.to = 10;
    assert_false(is_legal(PACKET_REFER, &m));
    m = (union control){.probe = {.leader = 9}};
    assert_true(is_legal(PACKET_PROBE, &m));
    m.probe.leader = 10;
    assert_false(is_legal(PACKET_PROBE, &m));
}

/* A ring's leader is an opaque part of its id: the id may be of another configuration. */
static void a_ring_id_may_name_any_leader(void **state)
{
    (void)state;
    union control m = {.leave = {.ring = {.leader = NO_PROC}}};
    assert_true(is_legal(PACKET_LEAVE, &m));
    m = (union control){.alive = {.ring = {.leader = 5000}}};
    assert_true(is_legal(PACKET_ALIVE, &m));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_suspect_is_a_daemon_and_has_done_something),
        cmocka_unit_test(a_join_is_of_a_kind_and_engaged_to_a_daemon),
        cmocka_unit_test(a_bad_pair_is_two_daemons_the_smaller_first),
        cmocka_unit_test(a_join_tells_of_32_bad_pairs_at_most),
        cmocka_unit_test(every_member_of_a_join_has_its_saying_and_nobody_else_has),
        cmocka_unit_test(who_is_named_is_a_daemon),
        cmocka_unit_test(a_ring_id_may_name_any_leader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
