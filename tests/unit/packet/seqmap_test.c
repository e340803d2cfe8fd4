/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "daemon/packet/seqmap.h"

/* A map as it would come in: from, count and so many bytes of bits, all of them fill. */
static bool takes(struct seqmap *m, uint64_t from, uint32_t count, size_t bytes, uint8_t fill)
{
    static uint8_t body[12 + SEQMAP_MAX / 8 + 1];
    struct writer w = writer_of(body, sizeof body);
    give_u64(&w, from);
    give_u32(&w, count);
    memset(give_room(&w, bytes), fill, bytes);
    struct reader r = reader_of(body, writer_len(&w));
    take_seqmap(&r, m);
    return reader_done(&r);
}

static void a_map_covers_the_numbers_behind_from(void **state)
{
    (void)state;
    static struct seqmap m;
    m = (struct seqmap){.from = 100, .count = 10};
    for (uint64_t seq = 101; seq <= 110; seq++) {
        assert_false(seqmap_has(&m, seq));
        seqmap_add(&m, seq);
        assert_true(seqmap_has(&m, seq));
    }
    assert_int_equal(seqmap_size(&m), 10);
    assert_false(seqmap_has(&m, 100));
    assert_false(seqmap_has(&m, 111));
    assert_false(seqmap_has(&m, 0));
    assert_false(seqmap_has(&m, UINT64_MAX));
    seqmap_remove(&m, 105);
    assert_false(seqmap_has(&m, 105));
    assert_int_equal(seqmap_size(&m), 9);
}

static void an_empty_map_covers_nothing(void **state)
{
    (void)state;
    static struct seqmap m;
    m = (struct seqmap){.from = 5};
    assert_false(seqmap_has(&m, 5));
    assert_false(seqmap_has(&m, 6));
    assert_int_equal(seqmap_size(&m), 0);
}

static void the_longest_map_comes_back(void **state)
{
    (void)state;
    static struct seqmap m, back;
    static uint8_t bytes[12 + SEQMAP_MAX / 8];
    m = (struct seqmap){.from = UINT64_MAX - SEQMAP_MAX, .count = SEQMAP_MAX};
    seqmap_add(&m, m.from + 1);
    seqmap_add(&m, UINT64_MAX);
    struct writer w = writer_of(bytes, sizeof bytes);
    give_seqmap(&w, &m);
    assert_int_equal(writer_len(&w), sizeof bytes);
    struct reader r = reader_of(bytes, sizeof bytes);
    take_seqmap(&r, &back);
    assert_true(reader_done(&r));
    assert_memory_equal(&back, &m, sizeof m);
    assert_int_equal(seqmap_size(&back), 2);
}

static void no_map_is_longer_than_the_longest(void **state)
{
    (void)state;
    static struct seqmap m;
    assert_true(takes(&m, 0, SEQMAP_MAX, SEQMAP_MAX / 8, 0xff));
    assert_int_equal(seqmap_size(&m), SEQMAP_MAX);
    assert_false(takes(&m, 0, SEQMAP_MAX + 1, SEQMAP_MAX / 8 + 1, 0));
    assert_int_equal(m.count, 0);
    assert_false(takes(&m, 0, UINT32_MAX, 0, 0));
    assert_int_equal(m.count, 0);
}

static void numbers_of_a_map_do_not_wrap(void **state)
{
    (void)state;
    static struct seqmap m;
    assert_true(takes(&m, UINT64_MAX - SEQMAP_MAX, 8, 1, 0));
    assert_false(takes(&m, UINT64_MAX - SEQMAP_MAX + 1, 8, 1, 0));
    assert_false(takes(&m, UINT64_MAX, 0, 0, 0));
}

static void no_bit_stands_behind_the_count(void **state)
{
    (void)state;
    static struct seqmap m;
    assert_true(takes(&m, 0, 4, 1, 0x0f));
    assert_false(takes(&m, 0, 4, 1, 0x10));
    assert_false(takes(&m, 0, 4, 1, 0x8f));
    assert_false(takes(&m, 0, 9, 2, 0x02));
    assert_true(takes(&m, 0, 9, 2, 0x01));
}

static void a_map_has_exactly_the_bytes_of_its_count(void **state)
{
    (void)state;
    static struct seqmap m;
    assert_true(takes(&m, 0, 8, 1, 0));
    assert_false(takes(&m, 0, 8, 0, 0));
    assert_false(takes(&m, 0, 8, 2, 0));
    assert_false(takes(&m, 0, 9, 1, 0));
    assert_false(takes(&m, 0, 0, 1, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_covers_the_numbers_behind_from),
        cmocka_unit_test(an_empty_map_covers_nothing),
        cmocka_unit_test(the_longest_map_comes_back),
        cmocka_unit_test(no_map_is_longer_than_the_longest),
        cmocka_unit_test(numbers_of_a_map_do_not_wrap),
        cmocka_unit_test(no_bit_stands_behind_the_count),
        cmocka_unit_test(a_map_has_exactly_the_bytes_of_its_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
