/* SPDX-License-Identifier: MIT
 *
 * What a daemon says in JSON, as spmonitor reads it: names with any bytes are had back, and what is no JSON
 * is none.
 */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "tools/monitor/value.h"

static struct value *parse(const char *text)
{
    return value_parse(text, strlen(text));
}

static void members_are_found_by_their_names(void **state)
{
    (void)state;
    struct value *v = parse("{\"a\": {\"list\": [1, 2.5, -3e2], \"t\": \"x\"}, \"yes\": true, \"no\": null}");
    assert_non_null(v);
    const struct value *a = value_at(v, "a"), *list = value_at(a, "list");
    assert_string_equal(value_text(a, "t"), "x");
    assert_int_equal(list->kind, VALUE_LIST);
    assert_string_equal(list->last->text, "-3e2");
    assert_true(value_is_true(v, "yes") && !value_is_true(v, "no") && value_is_null(v, "no"));
    assert_true(value_is_null(v, "other"));
    assert_string_equal(value_text(v, "a"), "");
    value_free(v);
}

static void bytes_of_names_are_had_back(void **state)
{
    (void)state;
    struct value *v = parse("{\"n\": \"caf\\udce9 \\u00e9 \\ud83d\\ude00 \\\\ \\\"\\n\"}");
    assert_non_null(v);
    assert_string_equal(value_text(v, "n"), "caf\xe9 \xc3\xa9 \xf0\x9f\x98\x80 \\ \"\n");
    value_free(v);
}

static void lists_are_joined(void **state)
{
    (void)state;
    struct value *a = parse("[1]"), *b = parse("[2, 3]"), *none = parse("[]");
    value_join(a, none);
    value_join(a, b);
    value_join(none, a);
    assert_string_equal(none->first->next->next->text, "3");
    assert_null(a->first);
    value_free(a);
    value_free(b);
    value_free(none);
}

static void what_is_no_json_is_none(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "{", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{a: 1}", "\"open", "\"\\u12\"", "\"\\x\"", "--", "1 2", "tru",
        "\"\\u0000\"", "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]", "\"\\ud83dx\\u\"", "\"\\"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_null(parse(wrong[i]));
}

static void no_change_of_a_byte_does_harm(void **state)
{
    (void)state;
    const char text[] = "{\"groups\": {\"list\": [{\"name\": \"a\\udce9\", \"n\": 1.5}, [true, null]], \"cursor\": \"12\"}}";
    srand(1);
    for (int i = 0; i < 100000; i++) {
        char other[sizeof text];
        memcpy(other, text, sizeof text);
        for (int k = 0; k < 1 + i % 3; k++)
            other[(size_t)rand() % (sizeof text - 1)] = (char)rand();
        value_free(value_parse(other, (size_t)rand() % sizeof text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found_by_their_names),
        cmocka_unit_test(bytes_of_names_are_had_back),
        cmocka_unit_test(lists_are_joined),
        cmocka_unit_test(what_is_no_json_is_none),
        cmocka_unit_test(no_change_of_a_byte_does_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
