/* SPDX-License-Identifier: MIT
 *
 * What the packets that form a ring may not say. That they come back as they went: codec_test.c and
 * wire_test.c.
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

static void a_proposal_echoes_a_saying_or_a_token(void **state)
{
    (void)state;
    union control m = {.propose = {.echo = ECHO_TOKEN}};
    assert_true(is_legal(PACKET_PROPOSE, &m));
    m.propose.echo = ECHO_KINDS;
    assert_false(is_legal(PACKET_PROPOSE, &m));
}

static void refusals_have_known_reasons(void **state)
{
    (void)state;
    union control m = {.refuse = {.reason = REFUSE_LEAVING}};
    assert_true(is_legal(PACKET_REFUSE, &m));
    m.refuse.reason = REFUSALS;
    assert_false(is_legal(PACKET_REFUSE, &m));
}

static struct accept sound_accept(void)
{
    return (struct accept){
        .aru = 100, .high = 120, .stable = 90, .have = {.from = 100, .count = 20}};
}

static bool accept_is_legal(struct accept a)
{
    union control m = {.accept = a};
    return is_legal(PACKET_ACCEPT, &m);
}

static void what_one_has_lies_between_aru_and_high(void **state)
{
    (void)state;
    struct accept a = sound_accept();
    assert_true(accept_is_legal(a));
    a.have.from = 99;
    assert_false(accept_is_legal(a));
    a = sound_accept();
    a.high = 121;
    assert_false(accept_is_legal(a));
    a.high = 119;
    assert_false(accept_is_legal(a));
}

static void nothing_is_stable_that_has_not_come(void **state)
{
    (void)state;
    struct accept a = sound_accept();
    a.stable = 100;
    assert_true(accept_is_legal(a));
    a.stable = 101;
    assert_false(accept_is_legal(a));
}

static void an_acceptance_cannot_wrap_its_numbers(void **state)
{
    (void)state;
    struct accept a = {
        .aru = UINT64_MAX - 10, .high = 9, .have = {.from = UINT64_MAX - 10, .count = 20}};
    assert_false(accept_is_legal(a));
}

static struct commit sound_commit(void)
{
    struct commit m = {
        .together = procset_of(3),
        .present = {.from = 100, .count = 20},
        .resend = {.from = 100, .count = 20},
    };
    roster_add(&m.members, 3, 1);
    roster_add(&m.members, 5, 2);
    return m;
}

static bool commit_is_legal(struct commit c)
{
    union control m = {.commit = c};
    return is_legal(PACKET_COMMIT, &m);
}

static void what_is_sent_again_lies_where_something_is_present(void **state)
{
    (void)state;
    struct commit m = sound_commit();
    assert_true(commit_is_legal(m));
    m.resend.from = 101;
    assert_false(commit_is_legal(m));
    m = sound_commit();
    m.resend.count = 19;
    assert_false(commit_is_legal(m));
}

static void those_who_come_together_are_members(void **state)
{
    (void)state;
    struct commit m = sound_commit();
    procset_add(&m.together, 5);
    assert_true(commit_is_legal(m));
    procset_add(&m.together, 6);
    assert_false(commit_is_legal(m));
}

static void obligations_reach_beyond_the_members(void **state)
{
    (void)state;
    struct commit m = sound_commit();
    procset_add(&m.obligations, 9); /* of an earlier attempt, in which it took part */
    assert_true(commit_is_legal(m));
}

static void every_member_has_its_ordinal_and_nobody_else_has(void **state)
{
    (void)state;
    static uint8_t bytes[BODY_MAX];
    static union control m, back;
    m = (union control){.commit = sound_commit()};
    memset(m.commit.ordinal, 7, sizeof m.commit.ordinal);
    size_t len = codec_encode(PACKET_COMMIT, &m, PROCS, bytes, sizeof bytes);
    memset(&back, 0xff, sizeof back);
    assert_true(codec_decode(PACKET_COMMIT, &back, PROCS, bytes, len));
    for (unsigned i = 0; i < PROCS_MAX; i++)
        assert_int_equal(back.commit.ordinal[i], i == 3 || i == 5 ? 7 : 0);
}

static void the_predecessor_was_heard_or_not(void **state)
{
    (void)state;
    uint8_t bytes[64];
    union control back, m = {.recovered = {.predecessor = true}};
    size_t len = codec_encode(PACKET_RECOVERED, &m, PROCS, bytes, sizeof bytes);
    for (unsigned v = 0; v < 256; v++) {
        bytes[len - 1] = (uint8_t)v;
        assert_int_equal(codec_decode(PACKET_RECOVERED, &back, PROCS, bytes, len), v <= 1);
    }
}

/* The largest that a ring of that size can come to fits where it is built, and in 64 pieces. */
static void the_largest_bodies_fit(void **state)
{
    (void)state;
    static uint8_t bytes[BODY_MAX];
    static union control m;
    m = (union control){
        .commit = {.present = {.count = SEQMAP_MAX}, .resend = {.count = SEQMAP_MAX}}};
    for (unsigned i = 0; i < PROCS_MAX; i++)
        roster_add(&m.commit.members, i, 1);
    assert_true(codec_encode(PACKET_COMMIT, &m, PROCS_MAX, bytes, sizeof bytes) > 0);
    m = (union control){.join = {.bad_count = BAD_PAIRS_MAX}};
    for (unsigned i = 0; i < PROCS_MAX; i++) {
        roster_add(&m.join.members, i, 1);
        roster_add(&m.join.alive.heard, i, 1);
    }
    assert_true(codec_encode(PACKET_JOIN, &m, PROCS_MAX, bytes, sizeof bytes) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proposal_echoes_a_saying_or_a_token),
        cmocka_unit_test(refusals_have_known_reasons),
        cmocka_unit_test(what_one_has_lies_between_aru_and_high),
        cmocka_unit_test(nothing_is_stable_that_has_not_come),
        cmocka_unit_test(an_acceptance_cannot_wrap_its_numbers),
        cmocka_unit_test(what_is_sent_again_lies_where_something_is_present),
        cmocka_unit_test(those_who_come_together_are_members),
        cmocka_unit_test(obligations_reach_beyond_the_members),
        cmocka_unit_test(every_member_has_its_ordinal_and_nobody_else_has),
        cmocka_unit_test(the_predecessor_was_heard_or_not),
        cmocka_unit_test(the_largest_bodies_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
