/* SPDX-License-Identifier: MIT
 *
 * A table that is gone through in parts while it grows: what is in it all the while is seen once.
 */
#include "daemon/base/scan.h"
#include "tests/support/test.h"

struct thing {
    uint32_t number, seen;
    UT_hash_handle hh;
};

static void add(struct thing **all, struct thing *one, uint32_t number)
{
    one->number = number;
    HASH_ADD(hh, *all, number, sizeof one->number, one);
}

static void see(void *context, const void *entry)
{
    struct thing *t = (struct thing *)(uintptr_t)entry;
    (void)context;
    t->seen++;
}

static void all_are_seen_once_while_others_come(void **state)
{
    enum { OLD = 3000, NEW = 20000 };
    struct thing *all = NULL, *list = memory_new((OLD + NEW) * sizeof *list);
    uint64_t cursor = 0;
    uint32_t count = 0, pages = 0;
    (void)state;
    for (; count < OLD; count++)
        add(&all, &list[count], count);
    do {
        cursor = scan_table(all->hh.tbl, cursor, 50, see, NULL);
        pages++;
        for (int i = 0; i < 300 && count < OLD + NEW; i++, count++)
            add(&all, &list[count], count);
    } while (cursor);
    assert_true(pages > 40);
    for (uint32_t i = 0; i < OLD; i++)
        assert_int_equal(list[i].seen, 1);
    for (uint32_t i = OLD; i < count; i++)
        assert_true(list[i].seen <= 1);
    HASH_CLEAR(hh, all);
    free(list);
}

static void a_page_is_about_as_long_as_asked(void **state)
{
    enum { MANY = 5000 };
    struct thing *all = NULL, *list = memory_new(MANY * sizeof *list);
    (void)state;
    for (uint32_t i = 0; i < MANY; i++)
        add(&all, &list[i], i);
    assert_true(scan_table(all->hh.tbl, 0, 100, see, NULL) != 0);
    uint32_t seen = 0;
    for (uint32_t i = 0; i < MANY; i++)
        seen += list[i].seen;
    assert_in_range(seen, 100, 200);
    HASH_CLEAR(hh, all);
    free(list);
}

static void an_empty_table_and_any_cursor_do_no_harm(void **state)
{
    struct thing *all = NULL, one;
    (void)state;
    assert_int_equal(scan_table(NULL, 77, 10, see, NULL), 0);
    add(&all, &one, 1);
    for (uint64_t cursor = 1; cursor; cursor <<= 1)
        scan_table(all->hh.tbl, cursor, 1, see, NULL);
    scan_table(all->hh.tbl, UINT64_MAX, 1, see, NULL);
    HASH_CLEAR(hh, all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_seen_once_while_others_come),
        cmocka_unit_test(a_page_is_about_as_long_as_asked),
        cmocka_unit_test(an_empty_table_and_any_cursor_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
