/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/packet/telling.h"

enum { PROCS = 10 };

static const struct telling sample = {
    .tag = 0x0102030405060708, .daemons = {{1 << 0 | 1 << 9}}, .number = 0x11121314, .last = true};

static void a_message_begins_with_these_bytes(void **state)
{
    (void)state;
    static const uint8_t golden[] = {1, 1, 2, 3, 4, 5, 6, 7, 8, 0x01, 0x02, 0x11, 0x12, 0x13, 0x14, 1};
    uint8_t bytes[sizeof golden];
    struct writer w = writer_of(bytes, sizeof bytes);
    telling_give(&w, &sample, PROCS);
    assert_int_equal(writer_len(&w), sizeof golden);
    assert_memory_equal(bytes, golden, sizeof golden);

    struct reader r = reader_of(bytes, sizeof bytes);
    struct telling back;
    assert_true(telling_take(&r, &back, PROCS));
    assert_int_equal(back.tag, sample.tag);
    assert_true(procset_equal(&back.daemons, &sample.daemons));
    assert_int_equal(back.number, sample.number);
    assert_true(back.last);
    for (size_t len = 0; len < sizeof bytes; len++) {
        r = reader_of(bytes, len);
        assert_false(telling_take(&r, &back, PROCS));
    }
}

static void the_last_message_is_marked_when_it_has_been_written(void **state)
{
    (void)state;
    for (int procs = 1; procs <= 128; procs++) {
        uint8_t bytes[64];
        struct telling back, m = {.tag = UINT64_MAX, .number = UINT32_MAX};
        struct writer w = writer_of(bytes, sizeof bytes);
        telling_give(&w, &m, procs);
        telling_mark_last(bytes, procs);
        struct reader r = reader_of(bytes, writer_len(&w));
        assert_true(telling_take(&r, &back, procs));
        assert_true(back.last && reader_done(&r));
        assert_int_equal(back.tag, UINT64_MAX);
        assert_int_equal(back.number, UINT32_MAX);
        assert_true(procset_empty(&back.daemons));
    }
}

static void nobody_tells_of_daemons_that_there_are_not(void **state)
{
    (void)state;
    uint8_t bytes[64];
    struct telling back, m = sample;
    struct writer w = writer_of(bytes, sizeof bytes);
    procset_add(&m.daemons, PROCS);
    telling_give(&w, &m, PROCS);
    struct reader r = reader_of(bytes, writer_len(&w));
    assert_false(telling_take(&r, &back, PROCS));
}

static void counts_take_a_byte_for_seven_bits(void **state)
{
    (void)state;
    static const struct {
        uint64_t count;
        size_t bytes;
    } cases[] = {
        {0, 1}, {127, 1}, {128, 2}, {16383, 2}, {16384, 3}, {UINT32_MAX, 5}, {(1ull << 35) - 1, 5}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t bytes[10];
        struct writer w = writer_of(bytes, sizeof bytes);
        telling_give_count(&w, cases[i].count);
        assert_int_equal(writer_len(&w), cases[i].bytes);
        struct reader r = reader_of(bytes, cases[i].bytes);
        assert_int_equal(telling_take_count(&r), cases[i].count);
        assert_true(reader_done(&r));
        r = reader_of(bytes, cases[i].bytes - 1);
        telling_take_count(&r);
        assert_true(r.failed);
    }
}

static void a_count_has_35_bits(void **state)
{
    (void)state;
    static const uint8_t longer[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x01};
    struct reader r = reader_of(longer, sizeof longer);
    telling_take_count(&r);
    assert_true(r.failed);
}

static void a_client_is_the_bytes_of_its_connection(void **state)
{
    (void)state;
    uint8_t bytes[TELLING_RECORD_MAX];
    struct writer w = writer_of(bytes, sizeof bytes);
    size_t len;
    telling_give_client(&w, "user", 4);
    assert_int_equal(writer_len(&w), 5);
    struct reader r = reader_of(bytes, 5);
    const char *name = telling_take_client(&r, &len);
    assert_int_equal(len, 4);
    assert_memory_equal(name, "user", 4);
    r = reader_of(bytes, 4);
    assert_null(telling_take_client(&r, &len));
}

static void a_group_is_these_bytes(void **state)
{
    (void)state;
    static const uint8_t golden[] = {3,    2,    'a',  'b',  0x01, 0x02, 0x03, 0x04, 0x11, 0x12,
                                     0x13, 0x14, 0x21, 0x22, 0x23, 0x24, 1,    0x81, 0x01};
    struct telling_group back, g = {.shared = 3,
                                    .len = 2,
                                    .rest = "ab",
                                    .proc = 0x01020304,
                                    .time = 0x11121314,
                                    .index = 0x21222324,
                                    .changed = true,
                                    .daemons = 129};
    uint8_t bytes[TELLING_RECORD_MAX];
    struct writer w = writer_of(bytes, sizeof bytes);
    telling_give_group(&w, &g);
    assert_int_equal(writer_len(&w), sizeof golden);
    assert_memory_equal(bytes, golden, sizeof golden);
    struct reader r = reader_of(bytes, sizeof golden);
    telling_take_group(&r, &back);
    assert_true(reader_done(&r));
    assert_int_equal(back.shared, 3);
    assert_int_equal(back.len, 2);
    assert_memory_equal(back.rest, "ab", 2);
    assert_int_equal(back.proc, g.proc);
    assert_int_equal(back.time, g.time);
    assert_int_equal(back.index, g.index);
    assert_true(back.changed);
    assert_int_equal(back.daemons, 129);
}

/* By which a count is judged before memory is taken for it. */
static void no_record_is_shorter_than_the_least_nor_longer_than_the_most(void **state)
{
    (void)state;
    static char longest[256];
    uint8_t bytes[TELLING_RECORD_MAX];
    struct writer w = writer_of(bytes, sizeof bytes);
    telling_give_client(&w, "c", 1);
    assert_int_equal(writer_len(&w), TELLING_CLIENT_LEAST);

    w = writer_of(bytes, sizeof bytes);
    telling_give_group(&w, &(struct telling_group){.len = 1, .rest = "g", .daemons = 1});
    for (int i = 0; i < 3; i++)
        telling_give_count(&w, 1); /* a daemon, how many of it, and who */
    assert_int_equal(writer_len(&w), TELLING_GROUP_LEAST);

    w = writer_of(bytes, sizeof bytes);
    telling_give_group(&w,
                       &(struct telling_group){.len = 255, .rest = longest, .daemons = UINT64_MAX});
    assert_false(w.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_begins_with_these_bytes),
        cmocka_unit_test(the_last_message_is_marked_when_it_has_been_written),
        cmocka_unit_test(nobody_tells_of_daemons_that_there_are_not),
        cmocka_unit_test(counts_take_a_byte_for_seven_bits),
        cmocka_unit_test(a_count_has_35_bits),
        cmocka_unit_test(a_client_is_the_bytes_of_its_connection),
        cmocka_unit_test(a_group_is_these_bytes),
        cmocka_unit_test(no_record_is_shorter_than_the_least_nor_longer_than_the_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
