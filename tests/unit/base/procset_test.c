/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <string.h>

#include "daemon/base/procset.h"
#include "daemon/base/random.h"

/* Where words of the set begin and end, and what lies beside them. */
static const unsigned edges[] = {0, 1, 62, 63, 64, 65, 126, 127};

static struct procset set_of_edges(void)
{
    struct procset s = {{0}};
    for (size_t i = 0; i < COUNT_OF(edges); i++)
        procset_add(&s, edges[i]);
    return s;
}

/* The same set as an array of flags. */
struct naive {
    bool in[PROCS_MAX];
};

static struct procset random_set(struct random *r, struct naive *n)
{
    struct procset s = {{0}};
    uint32_t chance = 1 + random_below(r, 100);
    *n = (struct naive){{false}};
    for (unsigned i = 0; i < PROCS_MAX; i++) {
        if (random_below(r, 100) < chance)
            continue;
        procset_add(&s, i);
        n->in[i] = true;
    }
    return s;
}

static void each_index_is_a_member_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PROCS_MAX; i++) {
        struct procset s = procset_of(i);
        assert_int_equal(procset_count(&s), 1);
        for (unsigned k = 0; k < PROCS_MAX; k++)
            assert_int_equal(procset_has(&s, k), k == i);
        procset_remove(&s, i);
        assert_true(procset_empty(&s));
    }
}

static void indices_that_cannot_be_are_in_no_set(void **state)
{
    (void)state;
    struct procset s;
    memset(&s, 0xff, sizeof s);
    assert_false(procset_has(&s, PROCS_MAX));
    assert_false(procset_has(&s, NO_PROC));
    assert_false(procset_has(&s, UINT32_MAX));
}

static void next_finds_members_across_words(void **state)
{
    (void)state;
    struct procset s = set_of_edges(), none = {{0}};
    size_t found = 0;
    for
        procset_each(i, &s) assert_int_equal(i, edges[found++]);
    assert_int_equal(found, COUNT_OF(edges));
    assert_int_equal(procset_next(&s, 63), 63);
    assert_int_equal(procset_next(&s, 66), 126);
    assert_int_equal(procset_next(&s, 127), 127);
    assert_int_equal(procset_next(&s, 128), -1);
    assert_int_equal(procset_first(&none), -1);
}

static void the_ring_goes_round(void **state)
{
    (void)state;
    struct procset s = set_of_edges();
    for (size_t i = 0; i < COUNT_OF(edges); i++) {
        int here = (int)edges[i], behind = (int)edges[(i + 1) % COUNT_OF(edges)];
        assert_int_equal(procset_successor(&s, here), behind);
        assert_int_equal(procset_predecessor(&s, behind), here);
    }
}

static void whoever_is_alone_follows_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(edges); i++) {
        struct procset s = procset_of(edges[i]);
        assert_int_equal(procset_successor(&s, (int)edges[i]), edges[i]);
        assert_int_equal(procset_predecessor(&s, (int)edges[i]), edges[i]);
    }
}

static void neighbours_of_a_place_that_is_not_in_the_set(void **state)
{
    (void)state;
    struct procset s = procset_of(63);
    procset_add(&s, 65);
    assert_int_equal(procset_successor(&s, 64), 65);
    assert_int_equal(procset_predecessor(&s, 64), 63);
    assert_int_equal(procset_successor(&s, 127), 63);
    assert_int_equal(procset_predecessor(&s, 0), 65);
}

static void set_operations_are_those_of_sets(void **state)
{
    (void)state;
    struct random r = {1};
    for (int run = 0; run < 500; run++) {
        struct naive in_a, in_b;
        struct procset a = random_set(&r, &in_a), b = random_set(&r, &in_b);
        struct procset any = procset_union(&a, &b), both = procset_both(&a, &b),
                       rest = procset_minus(&a, &b);
        int count = 0;
        bool within = true;
        for (unsigned i = 0; i < PROCS_MAX; i++) {
            count += in_a.in[i];
            within = within && (!in_a.in[i] || in_b.in[i]);
            assert_int_equal(procset_has(&any, i), in_a.in[i] || in_b.in[i]);
            assert_int_equal(procset_has(&both, i), in_a.in[i] && in_b.in[i]);
            assert_int_equal(procset_has(&rest, i), in_a.in[i] && !in_b.in[i]);
        }
        assert_int_equal(procset_count(&a), count);
        assert_int_equal(procset_within(&a, &b), within);
        assert_true(procset_within(&both, &b));
        assert_int_equal(procset_equal(&a, &any), procset_within(&b, &a));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_index_is_a_member_of_its_own),
        cmocka_unit_test(indices_that_cannot_be_are_in_no_set),
        cmocka_unit_test(next_finds_members_across_words),
        cmocka_unit_test(the_ring_goes_round),
        cmocka_unit_test(whoever_is_alone_follows_itself),
        cmocka_unit_test(neighbours_of_a_place_that_is_not_in_the_set),
        cmocka_unit_test(set_operations_are_those_of_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
