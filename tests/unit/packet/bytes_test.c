/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "daemon/packet/bytes.h"

static void words_are_written_most_significant_byte_first(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
                                       0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
    uint8_t bytes[sizeof expected];
    struct writer w = writer_of(bytes, sizeof bytes);
    give_u8(&w, 0x11);
    give_u16(&w, 0x2233);
    give_u32(&w, 0x44556677);
    give_u64(&w, 0x8899aabbccddeeff);
    assert_int_equal(writer_len(&w), sizeof bytes);
    assert_memory_equal(bytes, expected, sizeof bytes);

    struct reader r = reader_of(bytes, sizeof bytes);
    assert_int_equal(take_u8(&r), 0x11);
    assert_int_equal(take_u16(&r), 0x2233);
    assert_int_equal(take_u32(&r), 0x44556677);
    assert_int_equal(take_u64(&r), 0x8899aabbccddeeff);
    assert_true(reader_done(&r));
}

static void a_read_past_the_end_fails_for_good(void **state)
{
    (void)state;
    const uint8_t bytes[] = {1, 2, 3, 4, 5};
    struct reader r = reader_of(bytes, sizeof bytes);
    assert_int_equal(take_u32(&r), 0x01020304);
    assert_int_equal(take_u16(&r), 0);
    assert_int_equal(take_u8(&r), 0); /* it would be there, but what came before was not */
    assert_null(read_bytes(&r, 0));
    assert_false(reader_done(&r));
}

static void a_write_past_the_end_fails_for_good(void **state)
{
    (void)state;
    uint8_t bytes[5] = {0, 0, 0, 0, 0xee};
    struct writer w = writer_of(bytes, 4);
    give_u16(&w, 1);
    assert_int_equal(writer_len(&w), 2);
    give_u32(&w, 0x55555555);
    give_u8(&w, 9); /* it would fit, but what comes before is missing */
    assert_int_equal(writer_len(&w), 0);
    assert_int_equal(bytes[2], 0);
    assert_int_equal(bytes[4], 0xee);
}

static void room_can_be_filled_to_the_last_byte(void **state)
{
    (void)state;
    uint8_t bytes[8];
    struct writer w = writer_of(bytes, sizeof bytes);
    give_bytes(&w, "abc", 3);
    give_bytes(&w, "", 0);
    give_bytes(&w, "defgh", 5);
    assert_int_equal(writer_len(&w), 8);
    assert_memory_equal(bytes, "abcdefgh", 8);
    assert_non_null(give_room(&w, 0));
    assert_null(give_room(&w, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_written_most_significant_byte_first),
        cmocka_unit_test(a_read_past_the_end_fails_for_good),
        cmocka_unit_test(a_write_past_the_end_fails_for_good),
        cmocka_unit_test(room_can_be_filled_to_the_last_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
