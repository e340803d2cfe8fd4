/* SPDX-License-Identifier: MIT
 *
 * A table of names beside a list of what must be in it, while both change at random and the table changes its
 * size; and one that is gone through in parts while it does.
 */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/random.h"
#include "daemon/groups/name_table.h"

enum { THINGS = 4000 };

struct thing {
    struct name name;
    bool in;
    uint32_t seen;
};

static struct thing things[THINGS];

/* As groups are called: names that differ in their last bytes only, some of them as long as may be. */
static int name_all(void **state)
{
    (void)state;
    for (int i = 0; i < THINGS; i++) {
        things[i] = (struct thing){0};
        snprintf(things[i].name.text, NAME_FIELD, i % 2 ? "g%06d" : "a-group-of-the-longest-kin%05d", i);
    }
    return 0;
}

static void add(struct name_table *t, struct thing *one)
{
    name_table_add(t, one);
    one->in = true;
}

static void remove_it(struct name_table *t, struct thing *one)
{
    name_table_remove(t, one);
    one->in = false;
}

static void remove_all(struct name_table *t)
{
    for (int i = 0; i < THINGS; i++)
        if (things[i].in)
            remove_it(t, &things[i]);
    assert_int_equal(t->count, 0);
    assert_null(t->now.slots);
    assert_null(t->before.slots);
}

static void expect_what_is_in(const struct name_table *t)
{
    size_t at = 0, count = 0;
    struct thing *one;
    for (int i = 0; i < THINGS; i++) {
        assert_ptr_equal(name_table_find(t, &things[i].name), things[i].in ? &things[i] : NULL);
        count += things[i].in;
    }
    assert_int_equal(t->count, count);
    for (; (one = name_table_next(t, &at)); count--)
        assert_true(one->in);
    assert_int_equal(count, 0);
}

static void what_is_in_is_found_and_nothing_else_whatever_came_and_went(void **state)
{
    struct name_table t = {0};
    struct random random = {.state = 7};
    (void)state;
    expect_what_is_in(&t);
    for (int round = 0; round < 40; round++) {
        /* It fills in some rounds and empties in others. */
        uint32_t in_percent = round % 8 < 4 ? 70 : 30;
        for (int i = 0; i < 2000; i++) {
            struct thing *one = &things[random_below(&random, THINGS)];
            bool in = random_below(&random, 100) < in_percent;
            if (in && !one->in)
                add(&t, one);
            else if (!in && one->in)
                remove_it(&t, one);
        }
        expect_what_is_in(&t);
    }
    remove_all(&t);
    expect_what_is_in(&t);
}

/* As what_is_in_..., but looked at when half of it has moved over, with as many that come as go. */
static void what_is_in_is_found_while_it_moves_over(void **state)
{
    struct name_table t = {0};
    struct random random = {.state = 5};
    int looks = 0;
    (void)state;
    for (int i = 0; i < 200000; i++) {
        uint32_t in_percent = i / 20000 % 2 ? 2 : 98;
        struct thing *one = &things[random_below(&random, THINGS)];
        bool in = random_below(&random, 100) < in_percent;
        bool moves = t.before.slots;
        if (in && !one->in)
            add(&t, one);
        else if (!in && one->in)
            remove_it(&t, one);
        if (t.before.slots && (!moves || random_below(&random, 10) == 0)) {
            expect_what_is_in(&t);
            looks++;
        }
    }
    assert_true(looks > 100);
    remove_all(&t);
}

/* Slots that a change has looked at: all of them would be 8192 in the end. */
static void expect_few_moved(const struct name_table *t, const struct name_slot *before, size_t moved)
{
    size_t from = t->before.slots == before ? moved : 0;
    if (t->before.slots)
        assert_in_range(t->moved - from, 0, 100);
}

static void no_change_takes_long(void **state)
{
    struct name_table t = {0};
    int sizes = 0;
    (void)state;
    for (int i = 0; i < 2 * THINGS; i++) {
        struct name_table was = t;
        if (i < THINGS)
            add(&t, &things[i]);
        else
            remove_it(&t, &things[i - THINGS]);
        expect_few_moved(&t, was.before.slots, was.moved);
        if (t.now.slots == was.now.slots || !was.now.slots || !t.now.slots)
            continue;
        assert_null(was.before.slots); /* what was moving had moved */
        sizes++;
    }
    assert_in_range(sizes, 12, 20);
    assert_null(t.now.slots);
}

/* Names that stand one behind the other, past the last slot and on from the first. */
static void names_that_share_a_home_are_told_apart(void **state)
{
    struct name_table t = {0};
    struct thing *there[THINGS];
    size_t count = 0;
    (void)state;
    /* In a table of 16, the most that are in it are of one home, the last. */
    for (int i = 0; i < THINGS && count < 8; i++) {
        add(&t, &things[i]);
        if (t.now.slots[15].entry)
            there[count++] = &things[i];
        remove_it(&t, &things[i]);
    }
    assert_int_equal(count, 8);
    for (size_t gone = 0; gone < count; gone++) {
        for (size_t i = 0; i < count; i++)
            add(&t, there[i]);
        remove_it(&t, there[gone]);
        expect_what_is_in(&t);
        remove_all(&t);
    }
}

static void see(void *context, const void *entry)
{
    struct thing *one = (struct thing *)(uintptr_t)entry;
    (void)context;
    one->seen++;
}

/* So many come between two pages, and a quarter of them go. Returns how many pages were asked for while the
 * table grew. */
static int all_are_seen_once(int coming)
{
    enum { OLD = 400 };
    struct name_table t = {0};
    uint64_t cursor = 0;
    int pages = 0, growing = 0, next = OLD;
    for (int i = 0; i < OLD; i++)
        add(&t, &things[i]);
    do {
        growing += t.before.slots && t.before.bits < t.now.bits;
        cursor = name_table_scan(&t, cursor, 20, see, NULL);
        for (int i = 0; i < coming && next < THINGS; i++)
            add(&t, &things[next++]);
        if (pages++ % 2)
            for (int i = next - coming / 2; i < next; i++)
                if (i >= OLD && things[i].in)
                    remove_it(&t, &things[i]);
    } while (cursor);
    assert_true(pages > 15);
    for (int i = 0; i < THINGS; i++)
        assert_in_range(things[i].seen, i < OLD, 1);
    remove_all(&t);
    return growing;
}

static void all_are_seen_once_while_many_come_and_go(void **state)
{
    (void)state;
    all_are_seen_once(100);
}

static void all_are_seen_once_while_the_table_grows(void **state)
{
    (void)state;
    assert_true(all_are_seen_once(12) > 0);
}

static void all_are_seen_once_while_most_of_them_go(void **state)
{
    enum { STAY = 100, AT_A_TIME = 70 };
    struct name_table t = {0};
    uint64_t cursor = 0;
    int left = THINGS;
    (void)state;
    for (int i = 0; i < THINGS; i++)
        add(&t, &things[i]);
    unsigned bits = t.now.bits;
    do {
        cursor = name_table_scan(&t, cursor, 3, see, NULL);
        for (int i = 0; i < AT_A_TIME && left > STAY; i++)
            remove_it(&t, &things[--left]);
    } while (cursor);
    assert_int_equal(left, STAY);
    assert_in_range(t.now.bits, 1, bits - 2); /* a sixteenth of the slots is in use at least */
    for (int i = 0; i < THINGS; i++)
        assert_in_range(things[i].seen, i < STAY, 1);
    expect_what_is_in(&t);
    remove_all(&t);
}

static void a_page_is_about_as_long_as_asked(void **state)
{
    struct name_table t = {0};
    uint32_t seen = 0;
    (void)state;
    for (int i = 0; i < THINGS; i++)
        add(&t, &things[i]);
    assert_true(name_table_scan(&t, 0, 100, see, NULL) != 0);
    for (int i = 0; i < THINGS; i++)
        seen += things[i].seen;
    assert_in_range(seen, 100, 120);
    assert_true(name_table_scan(&t, 0, 0, see, NULL) != 0); /* it comes on all the same */
    remove_all(&t);
}

static void an_empty_table_and_any_cursor_do_no_harm(void **state)
{
    struct name_table t = {0};
    (void)state;
    assert_int_equal(name_table_scan(&t, 0, 10, see, NULL), 0);
    assert_int_equal(name_table_scan(&t, 77, 10, see, NULL), 0);
    add(&t, &things[0]);
    for (uint64_t cursor = 1; cursor; cursor <<= 1)
        name_table_scan(&t, cursor, 1, see, NULL);
    assert_int_equal(name_table_scan(&t, UINT64_MAX, 1, see, NULL), 0);
    assert_int_equal(name_table_scan(&t, UINT32_MAX, 1, see, NULL), 0);
    name_table_foresee(&t, &things[1].name);
    remove_all(&t);
    name_table_foresee(&t, &things[1].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_in_is_found_and_nothing_else_whatever_came_and_went, name_all),
        cmocka_unit_test_setup(what_is_in_is_found_while_it_moves_over, name_all),
        cmocka_unit_test_setup(no_change_takes_long, name_all),
        cmocka_unit_test_setup(names_that_share_a_home_are_told_apart, name_all),
        cmocka_unit_test_setup(all_are_seen_once_while_many_come_and_go, name_all),
        cmocka_unit_test_setup(all_are_seen_once_while_the_table_grows, name_all),
        cmocka_unit_test_setup(all_are_seen_once_while_most_of_them_go, name_all),
        cmocka_unit_test_setup(a_page_is_about_as_long_as_asked, name_all),
        cmocka_unit_test_setup(an_empty_table_and_any_cursor_do_no_harm, name_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
