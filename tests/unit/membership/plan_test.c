/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/random.h"
#include "daemon/membership/plan.h"

enum { REACH = 512 };

static const struct ring_id ring_r = {.epoch = 10, .nonce = 1}, ring_s = {.epoch = 12, .nonce = 2};

/* What a member says: all up to aru, and bit i of have for aru + 1 + i. */
static struct accept *said(const struct ring_id *ring, uint64_t aru, uint32_t count, uint8_t have,
                           uint64_t stable)
{
    struct accept *a = calloc(1, sizeof *a);
    a->old_ring = *ring;
    a->aru = aru;
    a->high = aru + count;
    a->stable = stable;
    a->have = (struct seqmap){.from = aru, .count = count};
    a->have.bits[0] = have;
    return a;
}

struct three {
    struct roster members;
    struct accept *accepts[PROCS_MAX];
    struct plan *plan;
    struct commit commits[3];
};

static struct three *plan_for(struct accept *a, struct accept *b, struct accept *c)
{
    struct three *t = calloc(1, sizeof *t);
    struct accept *all[] = {a, b, c};
    for (unsigned i = 0; i < 3; i++) {
        roster_add(&t->members, i, 100 + i);
        t->accepts[i] = all[i];
    }
    t->plan = plan_new(&t->members, t->accepts, REACH);
    for (unsigned i = 0; i < 3; i++)
        plan_commit(t->plan, i, &t->commits[i]);
    return t;
}

static void forget(struct three *t)
{
    plan_free(t->plan);
    for (int i = 0; i < 3; i++)
        free(t->accepts[i]);
    free(t);
}

static void members_of_one_ring_come_together_and_strangers_apart(void **state)
{
    (void)state;
    struct three *t =
        plan_for(said(&ring_r, 5, 0, 0, 5), said(&ring_s, 9, 0, 0, 9), said(&ring_r, 5, 0, 0, 5));
    const struct commit *c = t->commits;
    assert_int_equal(c[0].ordinal[0], c[0].ordinal[2]);
    assert_int_not_equal(c[0].ordinal[0], c[0].ordinal[1]);
    assert_int_equal(procset_count(&c[0].together), 2);
    assert_int_equal(procset_count(&c[1].together), 1);
    assert_true(ring_id_equal(&c[1].old_ring, &ring_s));
    assert_true(ring_id_equal(&c[2].old_ring, &ring_r));
    forget(t);
}

static void the_stable_line_is_the_largest_that_anybody_knows(void **state)
{
    (void)state;
    struct three *t =
        plan_for(said(&ring_r, 5, 0, 0, 2), said(&ring_r, 5, 0, 0, 5), said(&ring_r, 5, 0, 0, 3));
    for (int i = 0; i < 3; i++)
        assert_int_equal(t->commits[i].stable, 5);
    forget(t);
}

/* A has forgotten up to 9, which B lacks; or says so. C agrees with B. */
static void who_does_not_fit_the_others_of_its_ring_stands_apart(void **state)
{
    (void)state;
    struct three *t =
        plan_for(said(&ring_r, 9, 0, 0, 9), said(&ring_r, 5, 1, 1, 4), said(&ring_r, 5, 0, 0, 5));
    const struct commit *c = t->commits;
    assert_int_equal(procset_count(&c[0].together), 1);
    assert_int_equal(procset_count(&c[1].together), 2);
    assert_int_equal(c[1].ordinal[1], c[1].ordinal[2]);
    assert_int_not_equal(c[1].ordinal[0], c[1].ordinal[1]);
    assert_true(seqmap_has(&c[2].present, 6));
    assert_int_equal(procset_count(plan_misfits(t->plan)), 2);
    forget(t);
}

static void numbers_further_apart_than_windows_are_do_not_fit(void **state)
{
    (void)state;
    struct three *t = plan_for(said(&ring_r, 5, 0, 0, 5), said(&ring_r, 5 + REACH, 0, 0, 5),
                               said(&ring_r, UINT64_MAX - SEQMAP_MAX, 0, 0, 5));
    assert_int_equal(procset_count(&t->commits[0].together), 2);
    assert_int_equal(procset_count(&t->commits[2].together), 1);
    for (int i = 0; i < 3; i++)
        assert_true(t->commits[i].present.count <= REACH);
    forget(t);
}

static void what_nobody_has_is_not_in_the_plan(void **state)
{
    (void)state;
    struct three *t = plan_for(said(&ring_r, 4, 4, 8, 4), said(&ring_r, 5, 1, 1, 4),
                               said(&ring_r, 4, 0, 0, 4)); /* 8; 5 and 6; nothing */
    const struct seqmap *u = &t->commits[2].present;
    assert_true(seqmap_has(u, 5) && seqmap_has(u, 6) && seqmap_has(u, 8));
    assert_false(seqmap_has(u, 7));
    forget(t);
}

static void obligations_are_passed_on_to_all_who_come_along(void **state)
{
    (void)state;
    struct accept *b = said(&ring_r, 1, 0, 0, 1);
    procset_add(&b->obligations, 9);
    struct three *t = plan_for(said(&ring_r, 1, 0, 0, 1), b, said(&ring_s, 1, 0, 0, 1));
    assert_true(procset_has(&t->commits[0].obligations, 9));
    assert_true(procset_has(&t->commits[0].obligations, 0));
    assert_true(procset_has(&t->commits[0].obligations, 1));
    assert_false(procset_has(&t->commits[2].obligations, 9));
    forget(t);
}

static bool has(const struct accept *a, uint64_t seq)
{
    return seq <= a->aru || seqmap_has(&a->have, seq);
}

/* Whatever each has: the plan holds what any has, and what one lacks exactly one holder sends. */
static void every_packet_missing_somewhere_has_one_holder_who_sends_it(void **state)
{
    struct random r = {7};
    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct accept *a[3];
        for (int i = 0; i < 3; i++) {
            uint32_t count = random_below(&r, 8);
            uint8_t have = (uint8_t)(random_below(&r, 256) & ((1u << count) - 1) & ~1u);
            if (count > 1) /* the highest one is there */
                have |= (uint8_t)(1u << (count - 1));
            a[i] = said(&ring_r, 20 + random_below(&r, 5), count > 1 ? count : 0,
                        count > 1 ? have : 0, 20);
        }
        struct three *t = plan_for(a[0], a[1], a[2]);
        for (uint64_t seq = 21; seq < 40; seq++) {
            int holders = has(a[0], seq) + has(a[1], seq) + has(a[2], seq), senders = 0;
            for (int i = 0; i < 3; i++) {
                bool sends = seqmap_has(&t->commits[i].resend, seq);
                assert_true(!sends || has(a[i], seq));
                senders += sends;
            }
            assert_int_equal(senders, holders > 0 && holders < 3);
            if (holders > 0 && holders < 3)
                assert_true(seqmap_has(&t->commits[0].present, seq));
            assert_true(holders > 0 || !seqmap_has(&t->commits[0].present, seq));
        }
        forget(t);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_of_one_ring_come_together_and_strangers_apart),
        cmocka_unit_test(the_stable_line_is_the_largest_that_anybody_knows),
        cmocka_unit_test(who_does_not_fit_the_others_of_its_ring_stands_apart),
        cmocka_unit_test(numbers_further_apart_than_windows_are_do_not_fit),
        cmocka_unit_test(what_nobody_has_is_not_in_the_plan),
        cmocka_unit_test(obligations_are_passed_on_to_all_who_come_along),
        cmocka_unit_test(every_packet_missing_somewhere_has_one_holder_who_sends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
