/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdio.h>

#include "daemon/base/random.h"
#include "daemon/groups/member.h"
#include "daemon/groups/sorting.h"

enum { GROUPS = 500 };

static struct group groups[GROUPS];

static int name_all(void **state)
{
    (void)state;
    for (int i = 0; i < GROUPS; i++)
        snprintf(groups[i].name.text, NAME_FIELD, "g%06d", i);
    return 0;
}

/* Sorts with so many units at a time; returns how many there were in all. */
static int64_t sort_in_turns(struct sorting *o, int64_t slice)
{
    int64_t used = 0, units = slice;
    for (; !sorting_sort(o, &units); units = slice)
        used += slice - units;
    return used + slice - units;
}

static void expect_in_order(struct sorting *o, int count)
{
    const struct group *before = NULL, *g;
    int n = 0;
    for (; (g = sorting_take(o)); n++, before = g)
        assert_true(!before || memcmp(before->name.text, g->name.text, NAME_FIELD) < 0);
    assert_int_equal(n, count);
    assert_null(o->list);
}

static void what_comes_in_order_costs_nothing(void **state)
{
    struct sorting o = {0};
    (void)state;
    for (int i = 0; i < GROUPS; i++)
        sorting_add(&o, &groups[i]);
    assert_int_equal(sort_in_turns(&o, 10), 0);
    expect_in_order(&o, GROUPS);
}

static void what_comes_in_runs_costs_as_often_as_they_can_be_halved(void **state)
{
    struct sorting o = {0};
    (void)state;
    for (int run = 0; run < 4; run++)
        for (int i = run; i < GROUPS; i += 4)
            sorting_add(&o, &groups[i]);
    assert_int_equal(sort_in_turns(&o, 7), 2 * GROUPS);
    expect_in_order(&o, GROUPS);
}

static void any_order_becomes_the_order_of_names_whatever_the_slice(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct random r = {seed};
        struct sorting o = {0};
        int count = 1 + (int)random_below(&r, 100), at[100];
        for (int i = 0; i < count; i++)
            at[i] = i;
        for (int i = count - 1; i > 0; i--) {
            int k = (int)random_below(&r, (uint32_t)i + 1), moved = at[i];
            at[i] = at[k];
            at[k] = moved;
        }
        for (int i = 0; i < count; i++)
            sorting_add(&o, &groups[at[i]]);
        sort_in_turns(&o, 1 + random_below(&r, 20));
        expect_in_order(&o, count);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_in_order_costs_nothing),
        cmocka_unit_test(what_comes_in_runs_costs_as_often_as_they_can_be_halved),
        cmocka_unit_test(any_order_becomes_the_order_of_names_whatever_the_slice),
    };
    return cmocka_run_group_tests(tests, name_all, NULL);
}
