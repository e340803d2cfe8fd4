/* SPDX-License-Identifier: MIT */
#include "tools/splog/message.h"

#include <string.h>

#include "tests/support/test.h"

static struct lines some_lines(void)
{
    struct lines l = {.first = 0x0102030405060708, .base = 0x0102030405060700, .count = 3};
    memset(&l.stream, 0x55, sizeof l.stream);
    return l;
}

static bool fit(const struct lines *l, const char *text)
{
    return lines_fit(l, (const uint8_t *)text, strlen(text));
}

static void lines_have_the_bytes_that_are_written_down(void **state)
{
    (void)state;
    static const uint8_t expected[LINES_HEADER] = {
        'S',  'P',  'L',  'L',  1,    1,    0,    0,    0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55,
        0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 1,    2,    3,    4,    5,    6,
        7,    8,    1,    2,    3,    4,    5,    6,    7,    0,    0,    0,    0,    3};
    struct lines l = some_lines();
    uint8_t bytes[LINES_HEADER];
    l.ends = true;
    lines_encode(bytes, &l);
    assert_memory_equal(bytes, expected, sizeof expected);
}

static void lines_are_read_as_they_were_written(void **state)
{
    (void)state;
    struct lines l = some_lines(), read;
    uint8_t bytes[LINES_HEADER];
    lines_encode(bytes, &l);
    assert_true(lines_decode(&read, bytes));
    assert_true(id_equal(&read.stream, &l.stream));
    assert_int_equal(read.first, l.first);
    assert_int_equal(read.base, l.base);
    assert_int_equal(read.count, 3);
    assert_false(read.ends);
}

static void a_header_that_cannot_be_is_refused(void **state)
{
    (void)state;
    struct lines l = some_lines(), read;
    uint8_t bytes[LINES_HEADER];
    lines_encode(bytes, &l);
    bytes[3] = 'A';
    assert_false(lines_decode(&read, bytes));
    lines_encode(bytes, &l);
    bytes[4] = 2; /* another version */
    assert_false(lines_decode(&read, bytes));
    l.base = l.first + 1; /* it no longer has what it sends */
    lines_encode(bytes, &l);
    assert_false(lines_decode(&read, bytes));
    l = some_lines();
    l.first = UINT64_MAX - 2; /* the numbers run out */
    lines_encode(bytes, &l);
    assert_false(lines_decode(&read, bytes));
}

static void the_text_must_be_as_many_whole_lines_as_said(void **state)
{
    (void)state;
    struct lines l = some_lines();
    assert_true(fit(&l, "a\nb\nc\n"));
    assert_true(fit(&l, "\n\n\n"));
    assert_false(fit(&l, "a\nb\n"));
    assert_false(fit(&l, "a\nb\nc"));
    assert_false(fit(&l, "a\nb\nc\nd\n"));
    assert_false(fit(&l, "a\nb\nc\nd"));
    assert_false(fit(&l, ""));
    l.count = 0;
    assert_true(fit(&l, ""));
    assert_false(fit(&l, "\n"));
    assert_false(fit(&l, "x"));
}

static void skipping_lines_gives_the_bytes_they_take(void **state)
{
    (void)state;
    const uint8_t *text = (const uint8_t *)"a\n\nlong\n";
    assert_int_equal(lines_skip(text, 8, 0), 0);
    assert_int_equal(lines_skip(text, 8, 1), 2);
    assert_int_equal(lines_skip(text, 8, 2), 3);
    assert_int_equal(lines_skip(text, 8, 3), 8);
}

static struct ack ack_of(uint8_t stream, uint64_t next, bool again)
{
    struct ack a = {.next = next, .again = again};
    memset(&a.stream, stream, sizeof a.stream);
    return a;
}

static void everybody_finds_its_own_acknowledgement(void **state)
{
    (void)state;
    uint8_t bytes[ACKS_MAX_BYTES];
    struct id me = id_new(), collector;
    size_t len = acks_begin(bytes, &me);
    for (uint8_t i = 0; i < ACKS_MAX; i++) {
        struct ack a = ack_of(i, 1000u + i, i % 2);
        len = acks_add(bytes, &a);
    }
    assert_int_equal(len, ACKS_MAX_BYTES);
    for (uint8_t i = 0; i < ACKS_MAX; i++) {
        struct ack wanted = ack_of(i, 0, 0), found;
        assert_true(acks_find(bytes, len, &wanted.stream, &collector, &found));
        assert_true(id_equal(&collector, &me));
        assert_int_equal(found.next, 1000 + i);
        assert_int_equal(found.again, i % 2);
    }
    struct ack nobody = ack_of(0xff, 0, 0), found;
    assert_false(acks_find(bytes, len, &nobody.stream, &collector, &found));
}

static void acknowledgements_of_a_wrong_length_say_nothing(void **state)
{
    (void)state;
    uint8_t bytes[ACKS_MAX_BYTES + 1] = {0};
    struct id me = id_new(), collector;
    struct ack a = ack_of(1, 2, false), found;
    acks_begin(bytes, &me);
    size_t len = acks_add(bytes, &a);
    for (size_t wrong = 0; wrong <= ACKS_MAX_BYTES; wrong++)
        assert_int_equal(acks_find(bytes, wrong, &a.stream, &collector, &found), wrong == len);
    bytes[0] = 'X';
    assert_false(acks_find(bytes, len, &a.stream, &collector, &found));
}

static void no_two_ids_are_equal(void **state)
{
    (void)state;
    struct id a = id_new(), b = id_new();
    assert_false(id_equal(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_have_the_bytes_that_are_written_down),
        cmocka_unit_test(lines_are_read_as_they_were_written),
        cmocka_unit_test(a_header_that_cannot_be_is_refused),
        cmocka_unit_test(the_text_must_be_as_many_whole_lines_as_said),
        cmocka_unit_test(skipping_lines_gives_the_bytes_they_take),
        cmocka_unit_test(everybody_finds_its_own_acknowledgement),
        cmocka_unit_test(acknowledgements_of_a_wrong_length_say_nothing),
        cmocka_unit_test(no_two_ids_are_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
