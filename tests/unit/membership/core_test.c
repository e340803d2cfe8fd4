/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "tests/unit/membership/fleet.h"

static void check_views(const struct fleet *f, const char *members)
{
    for (const char *d = members; *d; d++)
        assert_string_equal(fleet_view(f, *d), members);
}

static void who_is_alone_soon_has_a_view_of_its_own(void **state)
{
    (void)state;
    struct fleet *f = fleet_new("A");
    fleet_submit(f, 'A', "x", SERVICE_SAFE);
    fleet_run(f, 3 * USEC_SECOND);
    assert_string_equal(f->delivered[0], "{A}<A>x");
    fleet_free(f);
}

static void daemons_that_start_together_have_one_view_at_once(void **state)
{
    static const char *const shapes[] = {"AB", "ABC", "A|B|C", "AB|CD", "ABCDEFGH"};
    static const char *const members[] = {"AB", "ABC", "ABC", "ABCD", "ABCDEFGH"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        struct fleet *f = fleet_new(shapes[i]);
        fleet_run(f, 3 * USEC_SECOND);
        check_views(f, members[i]);
        fleet_free(f);
    }
}

/* Where one is missing they wait for it: 30 ms of quiet in each of two states, at least. */
static void who_finds_all_that_are_configured_waits_for_nobody(void **state)
{
    static const char *const segments[] = {"ABC", "A|B|C", "AB|CD", "ABC|D|EF|GH"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(segments); i++) {
        struct fleet *f = fleet_new(segments[i]);
        fleet_run(f, 10 * USEC_MS);
        assert_int_equal(strlen(fleet_view(f, 'A')), f->conf->daemon_count);
        fleet_free(f);
    }
}

static void a_segment_of_one_that_decided_first_is_found_by_the_others(void **state)
{
    (void)state;
    struct fleet *f = fleet_new("AB|C");
    fleet_run(f, 3 * USEC_SECOND);
    check_views(f, "ABC");
    fleet_free(f);
}

static void messages_go_up_in_one_order_everywhere(void **state)
{
    (void)state;
    struct fleet *f = fleet_new("AB|CD");
    fleet_run(f, 3 * USEC_SECOND);
    for (int i = 0; i < FLEET_MAX; i++)
        f->delivered[i][0] = '\0';
    for (int i = 0; i < 50; i++)
        for (char d = 'A'; d <= 'D'; d++)
            fleet_submit(f, d, (char[]){d, '\0'}, i % 2 ? SERVICE_SAFE : SERVICE_AGREED);
    fleet_run(f, 1 * USEC_SECOND);
    assert_int_equal(strlen(f->delivered[0]), 200);
    assert_string_equal(f->delivered[1], f->delivered[0]);
    assert_string_equal(f->delivered[3], f->delivered[0]);
    fleet_free(f);
}

static void a_daemon_that_dies_is_out_and_comes_back_in_another_life(void **state)
{
    (void)state;
    struct fleet *f = fleet_new("ABC");
    fleet_run(f, 3 * USEC_SECOND);
    uint64_t life = core_incarnation(fleet_core(f, 'B'));
    fleet_kill(f, 'B');
    fleet_run(f, 3 * USEC_SECOND);
    check_views(f, "AC");
    fleet_start(f, 'B');
    fleet_run(f, 5 * USEC_SECOND);
    check_views(f, "ABC");
    assert_int_not_equal(core_incarnation(fleet_core(f, 'B')), life);
    fleet_free(f);
}

static void a_daemon_that_restarts_at_once_is_not_taken_for_its_old_self(void **state)
{
    (void)state;
    struct fleet *f = fleet_new("ABC");
    fleet_run(f, 3 * USEC_SECOND);
    f->delivered[0][0] = '\0';
    fleet_kill(f, 'B');
    fleet_start(f, 'B');
    fleet_run(f, 6 * USEC_SECOND);
    check_views(f, "ABC");
    assert_true(strncmp(f->delivered[0], "{AC}", 4) == 0); /* the old one did not come along */
    fleet_free(f);
}

static void who_leaves_gracefully_is_out_at_once_and_its_messages_are_delivered(void **state)
{
    (void)state;
    struct fleet *f = fleet_new("ABC");
    fleet_run(f, 3 * USEC_SECOND);
    f->delivered[0][0] = '\0';
    fleet_submit(f, 'B', "last", SERVICE_SAFE);
    core_leave(fleet_core(f, 'B'), f->now);
    fleet_run(f, 200 * USEC_MS);
    assert_true(f->left[1]);
    assert_int_equal(f->events[0][EVENT_LEAVES], 1);
    assert_string_equal(f->delivered[0], "last{AC}<AC>");
    check_views(f, "AC");
    fleet_free(f);
}

static void two_halves_go_on_apart_and_meet_again(void **state)
{
    (void)state;
    struct fleet *f = fleet_new("AB|CD");
    fleet_run(f, 3 * USEC_SECOND);
    fleet_cut_both(f, "AB", "CD", true);
    fleet_run(f, 5 * USEC_SECOND);
    check_views(f, "AB");
    check_views(f, "CD");
    fleet_submit(f, 'D', "d", SERVICE_SAFE);
    fleet_cut_both(f, "AB", "CD", false);
    fleet_run(f, 40 * USEC_SECOND);
    check_views(f, "ABCD");
    assert_non_null(strstr(f->delivered[2], "<CD>d{CD}<ABCD>"));
    assert_null(strstr(f->delivered[0], "d"));
    fleet_free(f);
}

static void a_link_of_one_direction_does_not_make_views_flap(void **state)
{
    (void)state;
    struct fleet *f = fleet_new("ABC");
    fleet_cut(f, "A", "C", true);
    fleet_run(f, 120 * USEC_SECOND);
    uint32_t before = core_views_installed(fleet_core(f, 'B'));
    fleet_run(f, 60 * USEC_SECOND);
    assert_in_range(core_views_installed(fleet_core(f, 'B')) - before, 0, 2);
    fleet_free(f);
}

/* A packet of each type with a body of zeros, of ones, of every length: nothing of it is believed.
 */
static void packets_that_do_not_decode_change_nothing(void **state)
{
    (void)state;
    struct fleet *f = fleet_new("ABC");
    fleet_run(f, 3 * USEC_SECOND);
    uint32_t views = core_views_installed(fleet_core(f, 'A'));
    for (unsigned type = PACKET_DATA; type < PACKET_TYPES; type++)
        for (uint16_t len = 0; len < 100; len++)
            for (int fill = 0; fill < 256; fill += 255) {
                struct received p = {.header = {.type = (uint8_t)type,
                                                .sender = 1,
                                                .receiver = 0,
                                                .incarnation = core_incarnation(fleet_core(f, 'B')),
                                                .body_len = len},
                                     .block = block_new(len + 1u),
                                     .own_address = true};
                p.body = p.block->bytes;
                memset(p.body, fill, len);
                core_on_packet(fleet_core(f, 'A'), &p, f->now);
                block_unref(p.block);
            }
    fleet_run(f, 1 * USEC_SECOND);
    check_views(f, "ABC");
    assert_int_equal(core_views_installed(fleet_core(f, 'A')), views);
    fleet_free(f);
}

static void a_reload_brings_another_packet_size_into_force(void **state)
{
    static const uint32_t sizes[] = {8000, 512, 0};
    uint16_t same[PROCS_MAX];
    struct fleet *f = fleet_new("ABC");
    (void)state;
    for (unsigned i = 0; i < PROCS_MAX; i++)
        same[i] = (uint16_t)i;
    fleet_run(f, 3 * USEC_SECOND);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct conf *other = memory_new(sizeof *other), *old = f->conf;
        *other = *old;
        other->packet_size = sizes[i];
        for (char d = 'A'; d <= 'C'; d++) {
            f->in_force[d - 'A'].conf = other;
            core_on_renumbered(fleet_core(f, d), same, f->now);
        }
        f->conf = other;
        fleet_run(f, 3 * USEC_SECOND);
        check_views(f, "ABC");
        for (char d = 'A'; d <= 'C'; d++)
            assert_int_equal(fleet_core(f, d)->outlet.packet_size, sizes[i] ? sizes[i] : 1472);
        free(old);
    }
    fleet_free(f);
}

static void run_until_view(struct fleet *f, const char *members)
{
    for (int i = 0; i < 20000 && strcmp(fleet_view(f, 'A'), members) != 0; i++)
        fleet_run(f, USEC_MS);
    assert_string_equal(fleet_view(f, 'A'), members);
}

/* C comes and goes until merges are held back for longer than it takes to miss it: the install
 * without it falls into that time, and must not begin with the shortest one again. */
static void each_of_several_views_in_a_row_holds_merges_back_for_longer(void **state)
{
    struct fleet *f = fleet_new("ABC");
    const struct core *a = fleet_core(f, 'A');
    usec last = 0;
    bool while_it_ran = false;
    (void)state;
    run_until_view(f, "ABC");
    while (a->lull.length < 4 * (usec)USEC_SECOND) {
        bool is_in = strcmp(fleet_view(f, 'A'), "ABC") == 0;
        usec until = a->lull.until;
        last = a->lull.length;
        if (is_in)
            fleet_kill(f, 'C');
        else
            fleet_start(f, 'C');
        run_until_view(f, is_in ? "AB" : "ABC");
        while_it_ran = while_it_ran || f->now < until;
        assert_true(a->lull.length >= last);
    }
    assert_true(while_it_ran);
    fleet_free(f);
}

static void every_state_and_every_column_of_the_table_has_a_name(void **state)
{
    (void)state;
    for (int s = 0; s < CORE_STATES; s++)
        assert_non_null(core_state_name((enum core_state)s));
    for (int column = 0; column < CORE_CELLS; column++)
        for (int s = 0; s < CORE_STATES; s++)
            assert_true(core_cell_name(column) || !core_cell_is_used((enum core_state)s, column));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_alone_soon_has_a_view_of_its_own),
        cmocka_unit_test(daemons_that_start_together_have_one_view_at_once),
        cmocka_unit_test(who_finds_all_that_are_configured_waits_for_nobody),
        cmocka_unit_test(a_segment_of_one_that_decided_first_is_found_by_the_others),
        cmocka_unit_test(messages_go_up_in_one_order_everywhere),
        cmocka_unit_test(a_daemon_that_dies_is_out_and_comes_back_in_another_life),
        cmocka_unit_test(a_daemon_that_restarts_at_once_is_not_taken_for_its_old_self),
        cmocka_unit_test(who_leaves_gracefully_is_out_at_once_and_its_messages_are_delivered),
        cmocka_unit_test(two_halves_go_on_apart_and_meet_again),
        cmocka_unit_test(a_link_of_one_direction_does_not_make_views_flap),
        cmocka_unit_test(packets_that_do_not_decode_change_nothing),
        cmocka_unit_test(a_reload_brings_another_packet_size_into_force),
        cmocka_unit_test(each_of_several_views_in_a_row_holds_merges_back_for_longer),
        cmocka_unit_test(every_state_and_every_column_of_the_table_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
