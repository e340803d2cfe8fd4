/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "daemon/packet/ids.h"

/* -- ring ids ------------------------------------------------------------------------------ */

static void rings_are_equal_in_all_or_not_at_all(void **state)
{
    (void)state;
    struct ring_id a = {.epoch = 7, .nonce = 8, .leader = 9}, b = a;
    assert_true(ring_id_equal(&a, &b));
    b.epoch = 6;
    assert_false(ring_id_equal(&a, &b));
    b = a;
    b.nonce = 6;
    assert_false(ring_id_equal(&a, &b));
    b = a;
    b.leader = 6;
    assert_false(ring_id_equal(&a, &b));
}

static void a_tag_is_the_low_half_of_the_epoch_and_the_nonce(void **state)
{
    (void)state;
    struct ring_id id = {.epoch = 0x1122334455667788, .nonce = 0x99aabbcc, .leader = 3};
    assert_int_equal(ring_id_tag(&id), 0x5566778899aabbcc);
}

/* -- rosters ------------------------------------------------------------------------------- */

struct entry {
    uint16_t index;
    uint32_t inc;
};

/* Takes a roster written with that count and those entries, which may be as wrong as one likes. */
static bool takes(struct roster *l, int procs, uint16_t count, const struct entry *list, size_t n)
{
    uint8_t bytes[2 + 6 * PROCS_MAX];
    struct writer w = writer_of(bytes, sizeof bytes);
    give_u16(&w, count);
    for (size_t i = 0; i < n; i++) {
        give_u16(&w, list[i].index);
        give_u32(&w, list[i].inc);
    }
    struct reader r = reader_of(bytes, writer_len(&w));
    take_roster(&r, l, procs);
    return reader_done(&r);
}

static void a_roster_knows_each_daemon_in_one_life(void **state)
{
    (void)state;
    struct roster l = {0};
    roster_add(&l, 5, 77);
    assert_true(roster_has(&l, 5, 77));
    assert_false(roster_has(&l, 5, 78));
    assert_false(roster_has(&l, 4, 77));
    assert_false(roster_has(&l, 4, 0)); /* 0 is nobody's life, also not of who is not in */
    assert_false(roster_has(&l, PROCS_MAX, 77));
    roster_remove(&l, 5);
    assert_false(roster_has(&l, 5, 77));
    assert_true(procset_empty(&l.in));
}

static void a_roster_of_everybody_comes_back(void **state)
{
    (void)state;
    struct entry list[PROCS_MAX];
    struct roster l;
    for (unsigned i = 0; i < PROCS_MAX; i++)
        list[i] = (struct entry){(uint16_t)i, UINT32_MAX - i};
    assert_true(takes(&l, PROCS_MAX, PROCS_MAX, list, PROCS_MAX));
    assert_int_equal(procset_count(&l.in), PROCS_MAX);
    for (unsigned i = 0; i < PROCS_MAX; i++)
        assert_true(roster_has(&l, i, UINT32_MAX - i));
}

static void nobody_is_a_roster_too(void **state)
{
    (void)state;
    struct roster l;
    assert_true(takes(&l, 1, 0, NULL, 0));
    assert_true(procset_empty(&l.in));
}

static void entries_of_a_roster_rise(void **state)
{
    (void)state;
    static const struct entry rising[] = {{0, 1}, {3, 2}, {9, 3}}, falling[] = {{3, 1}, {0, 2}},
                              twice[] = {{3, 1}, {3, 1}};
    struct roster l;
    assert_true(takes(&l, 10, 3, rising, 3));
    assert_false(takes(&l, 10, 2, falling, 2));
    assert_false(takes(&l, 10, 2, twice, 2));
}

static void a_roster_names_configured_daemons_in_real_lives(void **state)
{
    (void)state;
    static const struct entry last[] = {{9, 1}}, beyond[] = {{10, 1}}, nowhere[] = {{NO_PROC, 1}},
                              lifeless[] = {{4, 0}}, two[] = {{0, 1}, {1, 1}};
    struct roster l;
    assert_true(takes(&l, 10, 1, last, 1));
    assert_false(takes(&l, 10, 1, beyond, 1));
    assert_false(takes(&l, 10, 1, nowhere, 1));
    assert_false(takes(&l, 10, 1, lifeless, 1));
    assert_false(takes(&l, 1, 2, two, 2));
}

static void a_roster_has_as_many_entries_as_it_says(void **state)
{
    (void)state;
    static const struct entry two[] = {{0, 1}, {1, 1}};
    struct roster l;
    assert_false(takes(&l, 10, 1, two, 2));
    assert_false(takes(&l, 10, 3, two, 2));
    assert_false(takes(&l, 10, UINT16_MAX, two, 2));
}

/* -- sets and indices ---------------------------------------------------------------------- */

static void a_set_takes_a_bit_for_each_daemon(void **state)
{
    (void)state;
    static const int sizes[] = {1, 8, 9, 64, 65, 127, 128};
    for (size_t k = 0; k < COUNT_OF(sizes); k++) {
        int procs = sizes[k];
        uint8_t bytes[PROCS_MAX / 8];
        struct procset s = procset_of(0);
        procset_add(&s, (unsigned)procs - 1);
        struct writer w = writer_of(bytes, sizeof bytes);
        give_procset(&w, &s, procs);
        assert_int_equal(writer_len(&w), (procs + 7) / 8);

        struct reader r = reader_of(bytes, writer_len(&w));
        struct procset back = take_procset(&r, procs);
        assert_true(reader_done(&r));
        assert_true(procset_equal(&back, &s));
    }
}

static void a_set_has_no_bit_behind_the_last_daemon(void **state)
{
    (void)state;
    static const uint8_t nine[] = {0xff, 0x01}, ten[] = {0x00, 0x02}, far[] = {0x00, 0x80};
    struct reader r = reader_of(nine, 2);
    take_procset(&r, 9);
    assert_true(reader_done(&r));
    r = reader_of(ten, 2);
    take_procset(&r, 9);
    assert_false(reader_done(&r));
    r = reader_of(far, 2);
    take_procset(&r, 9);
    assert_false(reader_done(&r));
}

static void an_index_is_below_the_number_of_daemons(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0, 9, 0, 10};
    struct reader r = reader_of(bytes, 4);
    assert_int_equal(take_index(&r, 10), 9);
    assert_false(r.failed);
    assert_int_equal(take_index(&r, 10), 0); /* nobody indexes with it before asking */
    assert_true(r.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rings_are_equal_in_all_or_not_at_all),
        cmocka_unit_test(a_tag_is_the_low_half_of_the_epoch_and_the_nonce),
        cmocka_unit_test(a_roster_knows_each_daemon_in_one_life),
        cmocka_unit_test(a_roster_of_everybody_comes_back),
        cmocka_unit_test(nobody_is_a_roster_too),
        cmocka_unit_test(entries_of_a_roster_rise),
        cmocka_unit_test(a_roster_names_configured_daemons_in_real_lives),
        cmocka_unit_test(a_roster_has_as_many_entries_as_it_says),
        cmocka_unit_test(a_set_takes_a_bit_for_each_daemon),
        cmocka_unit_test(a_set_has_no_bit_behind_the_last_daemon),
        cmocka_unit_test(an_index_is_below_the_number_of_daemons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
