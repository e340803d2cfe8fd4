/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "daemon/base/list.h"

struct item {
    char name;
    struct link in_list;
};

struct items {
    struct link head;
    struct item a, b, c;
};

static void begin(struct items *all)
{
    *all = (struct items){.a = {.name = 'a'}, .b = {.name = 'b'}, .c = {.name = 'c'}};
    list_init(&all->head);
    list_init(&all->a.in_list);
    list_init(&all->b.in_list);
    list_init(&all->c.in_list);
}

/* Names in the list from the front, and the same from the back the other way round. */
static void expect_list(const struct link *head, const char *names)
{
    size_t n = 0;
    for (const struct link *l = head->next; l != head; l = l->next)
        assert_int_equal(list_entry(l, const struct item, in_list)->name, names[n++]);
    assert_int_equal(names[n], '\0');
    for (const struct link *l = head->prev; l != head; l = l->prev)
        assert_int_equal(list_entry(l, const struct item, in_list)->name, names[--n]);
    assert_int_equal(n, 0);
}

static void entries_stand_in_the_order_they_came(void **state)
{
    (void)state;
    struct items all;
    begin(&all);
    assert_true(list_empty(&all.head));
    list_append(&all.head, &all.b.in_list);
    list_append(&all.head, &all.a.in_list);
    list_append(&all.head, &all.c.in_list);
    expect_list(&all.head, "bac");
    assert_false(list_empty(&all.head));
}

static void an_entry_can_go_wherever_it_stands(void **state)
{
    (void)state;
    struct items all;
    begin(&all);
    list_append(&all.head, &all.a.in_list);
    list_append(&all.head, &all.b.in_list);
    list_append(&all.head, &all.c.in_list);
    list_remove(&all.b.in_list);
    expect_list(&all.head, "ac");
    list_remove(&all.c.in_list);
    expect_list(&all.head, "a");
    list_remove(&all.a.in_list);
    expect_list(&all.head, "");
}

static void removing_twice_is_removing_once(void **state)
{
    (void)state;
    struct items all;
    begin(&all);
    list_append(&all.head, &all.a.in_list);
    list_append(&all.head, &all.b.in_list);
    list_remove(&all.a.in_list);
    list_remove(&all.a.in_list);
    assert_true(list_empty(&all.a.in_list));
    expect_list(&all.head, "b");
}

static void appending_what_is_in_the_list_moves_it_to_the_end(void **state)
{
    (void)state;
    struct items all;
    begin(&all);
    list_append(&all.head, &all.a.in_list);
    list_append(&all.head, &all.b.in_list);
    list_append(&all.head, &all.c.in_list);
    list_append(&all.head, &all.a.in_list);
    expect_list(&all.head, "bca");
    list_append(&all.head, &all.a.in_list);
    expect_list(&all.head, "bca");
}

static void an_entry_can_go_over_to_another_list(void **state)
{
    (void)state;
    struct items all;
    struct link other;
    begin(&all);
    list_init(&other);
    list_append(&all.head, &all.a.in_list);
    list_append(&all.head, &all.b.in_list);
    list_append(&other, &all.a.in_list);
    expect_list(&all.head, "b");
    expect_list(&other, "a");
}

static void taking_empties_the_list_from_the_front(void **state)
{
    (void)state;
    struct items all;
    begin(&all);
    list_append(&all.head, &all.a.in_list);
    list_append(&all.head, &all.b.in_list);
    assert_ptr_equal(list_take_first(&all.head), &all.a.in_list);
    assert_true(list_empty(&all.a.in_list));
    assert_ptr_equal(list_take_first(&all.head), &all.b.in_list);
    assert_null(list_take_first(&all.head));
    assert_true(list_empty(&all.head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_stand_in_the_order_they_came),
        cmocka_unit_test(an_entry_can_go_wherever_it_stands),
        cmocka_unit_test(removing_twice_is_removing_once),
        cmocka_unit_test(appending_what_is_in_the_list_moves_it_to_the_end),
        cmocka_unit_test(an_entry_can_go_over_to_another_list),
        cmocka_unit_test(taking_empties_the_list_from_the_front),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
