/* SPDX-License-Identifier: MIT
 *
 * What holds of every packet: it comes back as it went, nothing can be taken off its end or put
 * behind it, and whatever else decodes means what its bytes say.
 */
#include "tests/support/test.h"
#include "tests/unit/packet/codec.h"

static const int sizes[] = {1, 2, 7, 8, 9, 63, 64, 65, 127, 128};

/* One test body for each type and some sizes of the configuration, runs times. */
static void each_sample(uint64_t seed, int runs,
                        void (*check)(unsigned type, int procs, const uint8_t *bytes, size_t len))
{
    static union control m;
    static uint8_t bytes[BODY_MAX];
    struct random r = {seed};
    for (unsigned type = CODEC_FIRST; type < CODEC_END; type++) {
        for (size_t k = 0; k < COUNT_OF(sizes); k++) {
            for (int run = 0; run < runs; run++) {
                codec_sample(type, &m, &r, sizes[k]);
                size_t len = codec_encode(type, &m, sizes[k], bytes, sizeof bytes);
                assert_true(len > 0);
                check(type, sizes[k], bytes, len);
            }
        }
    }
}

/* Decodes, and if that succeeds encodes again: the bytes must be the same. */
static bool decodes_to_itself(unsigned type, int procs, const uint8_t *bytes, size_t len)
{
    static union control m;
    static uint8_t again[BODY_MAX];
    memset(&m, 0xa5, sizeof m);
    if (!codec_decode(type, &m, procs, bytes, len))
        return false;
    assert_int_equal(codec_encode(type, &m, procs, again, sizeof again), len);
    assert_memory_equal(again, bytes, len);
    return true;
}

static void check_both_ways(unsigned type, int procs, const uint8_t *bytes, size_t len)
{
    if (!decodes_to_itself(type, procs, bytes, len))
        fail_msg("%s of %d daemons does not decode", packet_type_name(type), procs);
}

static void every_packet_comes_back_as_it_went(void **state)
{
    (void)state;
    each_sample(1, 40, check_both_ways);
}

static void check_prefixes(unsigned type, int procs, const uint8_t *bytes, size_t len)
{
    static union control m;
    for (size_t n = 0; n < len; n++)
        if (codec_decode(type, &m, procs, bytes, n))
            fail_msg("%zu of the %zu bytes of a %s decode", n, len, packet_type_name(type));
}

static void no_packet_decodes_without_its_end(void **state)
{
    (void)state;
    each_sample(2, 3, check_prefixes);
}

static void check_tails(unsigned type, int procs, const uint8_t *bytes, size_t len)
{
    static union control m;
    static uint8_t longer[BODY_MAX + 16];
    memcpy(longer, bytes, len);
    memset(longer + len, 0, 16);
    for (size_t n = 1; n <= 16; n++)
        if (codec_decode(type, &m, procs, longer, len + n))
            fail_msg("%zu bytes may stand behind a %s", n, packet_type_name(type));
}

static void nothing_may_stand_behind_a_packet(void **state)
{
    (void)state;
    each_sample(3, 10, check_tails);
}

static void check_flips(unsigned type, int procs, const uint8_t *bytes, size_t len)
{
    static uint8_t wrong[BODY_MAX];
    memcpy(wrong, bytes, len);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        wrong[bit / 8] ^= (uint8_t)(1 << bit % 8);
        decodes_to_itself(type, procs, wrong, len);
        wrong[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void a_flipped_bit_is_refused_or_means_what_it_says(void **state)
{
    (void)state;
    each_sample(4, 1, check_flips);
}

static void random_bytes_are_refused_or_mean_what_they_say(void **state)
{
    (void)state;
    static uint8_t bytes[BODY_MAX];
    struct random r = {5};
    for (unsigned type = CODEC_FIRST; type < CODEC_END; type++) {
        for (int run = 0; run < 2000; run++) {
            size_t len = random_below(&r, 200);
            for (size_t i = 0; i < len; i++)
                bytes[i] = random_below(&r, 3) ? (uint8_t)random_next(&r) : 0;
            decodes_to_itself(type, sizes[random_below(&r, COUNT_OF(sizes))], bytes, len);
        }
    }
}

static void check_tight_room(unsigned type, int procs, const uint8_t *bytes, size_t len)
{
    static union control m;
    static uint8_t room[BODY_MAX];
    assert_true(codec_decode(type, &m, procs, bytes, len));
    memset(room, 0xee, sizeof room);
    assert_int_equal(codec_encode(type, &m, procs, room, len), len);
    assert_int_equal(room[len], 0xee);
    assert_int_equal(codec_encode(type, &m, procs, room, len - 1), 0);
    assert_int_equal(room[len], 0xee);
}

static void encoding_never_leaves_its_room(void **state)
{
    (void)state;
    each_sample(6, 4, check_tight_room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_packet_comes_back_as_it_went),
        cmocka_unit_test(no_packet_decodes_without_its_end),
        cmocka_unit_test(nothing_may_stand_behind_a_packet),
        cmocka_unit_test(a_flipped_bit_is_refused_or_means_what_it_says),
        cmocka_unit_test(random_bytes_are_refused_or_mean_what_they_say),
        cmocka_unit_test(encoding_never_leaves_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
