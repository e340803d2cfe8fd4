/* SPDX-License-Identifier: MIT
 *
 * JSON: names that would break out of their quotes, or are not UTF-8, and where commas stand.
 */
#include <string.h>

#include "daemon/sight/json.h"
#include "tests/support/test.h"

static void expect_text(const char *text, const char *json)
{
    struct text t = {0};
    struct json j = {.out = &t};
    json_text(&j, NULL, text);
    assert_string_equal(t.bytes, json);
    text_fini(&t);
}

static void quotes_backslashes_and_controls_are_escaped(void **state)
{
    (void)state;
    expect_text("", "\"\"");
    expect_text("a\"b", "\"a\\\"b\"");
    expect_text("a\\b\\", "\"a\\\\b\\\\\"");
    expect_text("a\nb\x01\x7f", "\"a\\u000ab\\u0001\\u007f\"");
    expect_text("</script>", "\"</script>\"");
}

static void utf_8_stays_and_other_bytes_can_be_had_back(void **state)
{
    (void)state;
    expect_text("caf\xc3\xa9", "\"caf\xc3\xa9\"");
    expect_text("\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"");
    expect_text("caf\xe9", "\"caf\\udce9\"");
    expect_text("\xc3", "\"\\udcc3\"");
    expect_text("\xc3\"", "\"\\udcc3\\\"\"");
    expect_text("\xc0\xaf", "\"\\udcc0\\udcaf\"");             /* '/', longer than need be */
    expect_text("\xed\xa0\x80", "\"\\udced\\udca0\\udc80\"");   /* half of a pair */
    expect_text("\xf4\x90\x80\x80", "\"\\udcf4\\udc90\\udc80\\udc80\"");
    expect_text("\xe0\x80\x80", "\"\\udce0\\udc80\\udc80\"");
    expect_text("\xff\xfe", "\"\\udcff\\udcfe\"");
}

static void commas_stand_between_and_nowhere_else(void **state)
{
    struct text t = {0};
    struct json j = {.out = &t};
    (void)state;
    json_object(&j, NULL);
    json_list(&j, "empty");
    json_end_list(&j);
    json_list(&j, "two");
    json_number(&j, NULL, 1);
    json_truth(&j, NULL, false);
    json_end_list(&j);
    json_object(&j, "in");
    json_null(&j, "x");
    json_seconds(&j, "y", 1500000);
    json_end_object(&j);
    json_seconds(&j, "never", NEVER);
    json_end_object(&j);
    assert_string_equal(t.bytes, "{\"empty\":[],\"two\":[1,false],\"in\":{\"x\":null,\"y\":1.500000},"
                                 "\"never\":null}");
    text_fini(&t);
}

static void a_text_grows_as_it_must(void **state)
{
    struct text t = {0};
    (void)state;
    for (int i = 0; i < 1000; i++)
        text_add(&t, "%d,", i % 10);
    assert_int_equal(t.len, 2000);
    assert_int_equal(strlen(t.bytes), 2000);
    assert_memory_equal(t.bytes + 1996, "8,9,", 4);
    text_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_backslashes_and_controls_are_escaped),
        cmocka_unit_test(utf_8_stays_and_other_bytes_can_be_had_back),
        cmocka_unit_test(commas_stand_between_and_nowhere_else),
        cmocka_unit_test(a_text_grows_as_it_must),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
