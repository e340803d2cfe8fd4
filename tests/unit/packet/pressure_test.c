/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "daemon/packet/pressure.h"
#include "daemon/packet/telling.h"

static bool understood(const uint8_t *bytes, size_t len, struct pressure *p)
{
    struct reader r = reader_of(bytes, len);
    return pressure_take(&r, p);
}

static void a_message_is_these_bytes(void **state)
{
    (void)state;
    static const uint8_t golden[] = {2, 5, 3, 'b', 'o', 'b'};
    uint8_t bytes[PRESSURE_MAX];
    struct pressure back, p = {.connection = "bob", .waits = 5};
    struct writer w = writer_of(bytes, sizeof bytes);
    pressure_give(&w, &p);
    assert_int_equal(writer_len(&w), sizeof golden);
    assert_memory_equal(bytes, golden, sizeof golden);
    assert_true(understood(golden, sizeof golden, &back));
    assert_string_equal(back.connection, "bob");
    assert_int_equal(back.waits, 5);
    for (size_t len = 0; len < sizeof golden; len++)
        assert_false(understood(golden, len, &back));
}

static void what_does_not_hold_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } bad[] = {
        {"\1\1\3bob", 6},           /* a telling */
        {"\2\100\3bob", 6},         /* no such kind of message */
        {"\2\1\3bobx", 7},          /* more than it says */
        {"\2\1\0", 3},              /* no name */
        {"\2\1\3b\0b", 6},          /* no legal name */
        {"\2\1\13bobbobbobbo", 14}, /* too long: 11 */
    };
    struct pressure p;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(understood((const uint8_t *)bad[i].bytes, bad[i].len, &p));
}

static void a_telling_is_none_and_it_is_no_telling(void **state)
{
    (void)state;
    uint8_t bytes[64];
    struct telling back, t = {.tag = 7, .number = 1};
    struct pressure p = {.connection = "bob"};
    struct writer w = writer_of(bytes, sizeof bytes);
    telling_give(&w, &t, 3);
    assert_false(understood(bytes, writer_len(&w), &p));
    w = writer_of(bytes, sizeof bytes);
    p = (struct pressure){.connection = "bobbobbobb"};
    pressure_give(&w, &p);
    struct reader r = reader_of(bytes, writer_len(&w));
    assert_false(telling_take(&r, &back, 3));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_these_bytes),
        cmocka_unit_test(what_does_not_hold_is_none),
        cmocka_unit_test(a_telling_is_none_and_it_is_no_telling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
