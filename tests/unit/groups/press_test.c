/* SPDX-License-Identifier: MIT
 *
 * Clients that do not keep up: which messages would reach one of them.
 */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "daemon/packet/pressure.h"
#include "libspread/wire/frame.h"
#include "tests/support/conf.h"
#include "tests/unit/groups/hall.h"

enum { ALL = 63 }; /* kinds of messages */

/* What a client of daemon d asks before it sends to those, "" being none. */
static bool pressed(struct hall *h, char d, uint32_t type, const char *a, const char *b)
{
    uint8_t frame[FRAME_HEADER + 2 * NAME_FIELD] = {0};
    struct name names[] = {name_from_text(a), name_from_text(b)};
    memcpy(frame + FRAME_HEADER, &names[0], NAME_FIELD);
    memcpy(frame + FRAME_HEADER + NAME_FIELD, &names[1], NAME_FIELD);
    return groups_are_pressed(h->groups[d - 'A'], type, frame, b[0] ? 2 : 1);
}

static bool press_for(struct hall *h, char d, const char *client, char of, uint8_t waits, usec until)
{
    char daemon[] = {of, '\0'};
    struct name who = name_private(client, daemon);
    return groups_press(h->groups[d - 'A'], &who, waits, until);
}

static bool press(struct hall *h, char d, const char *client, char of, usec until)
{
    return press_for(h, d, client, of, until > 0 ? ALL : 0, until);
}

/* a of A is in g, b of B in g and h; b presses. */
static struct hall *two_of_whom_one_presses(void)
{
    struct hall *h = hall_new();
    hall_meet(h, "AB");
    hall_open(h, 'A', "a");
    hall_open(h, 'B', "b");
    hall_request(h, 'A', "a", FRAME_JOIN, "g", "");
    hall_request(h, 'B', "b", FRAME_JOIN, "g", "");
    hall_request(h, 'B', "b", FRAME_JOIN, "h", "");
    assert_false(press(h, 'A', "b", 'B', 10));
    assert_false(press(h, 'A', "b", 'B', 20)); /* said again */
    return h;
}

static void what_goes_to_its_groups_or_to_it_is_pressed(void **state)
{
    (void)state;
    struct hall *h = two_of_whom_one_presses();
    assert_true(pressed(h, 'A', FRAME_AGREED, "g", ""));
    assert_true(pressed(h, 'A', FRAME_AGREED, "h", ""));
    assert_true(pressed(h, 'A', FRAME_AGREED, "x", "h"));
    assert_true(pressed(h, 'A', FRAME_SAFE, "#b#B", ""));
    assert_true(pressed(h, 'A', FRAME_JOIN, "g", ""));
    assert_false(pressed(h, 'A', FRAME_AGREED, "x", "y"));
    assert_false(pressed(h, 'A', FRAME_AGREED, "#a#A", ""));
    assert_false(pressed(h, 'A', FRAME_JOIN, "x", ""));
    assert_false(pressed(h, 'B', FRAME_AGREED, "g", "")); /* B has not been told */
    hall_free(h);
}

static void joins_and_leaves_count_at_once(void **state)
{
    (void)state;
    struct hall *h = two_of_whom_one_presses();
    assert_false(pressed(h, 'A', FRAME_AGREED, "x", ""));
    hall_request(h, 'B', "b", FRAME_JOIN, "x", "");
    assert_true(pressed(h, 'A', FRAME_AGREED, "x", ""));
    hall_request(h, 'A', "a", FRAME_JOIN, "x", "");
    hall_request(h, 'B', "b", FRAME_LEAVE, "x", "");
    assert_false(pressed(h, 'A', FRAME_AGREED, "x", ""));
    hall_request(h, 'B', "b", FRAME_KILL, "", "");
    assert_false(pressed(h, 'A', FRAME_AGREED, "g", ""));
    hall_free(h);
}

static void who_is_lost_with_its_daemon_presses_no_more(void **state)
{
    (void)state;
    struct hall *h = two_of_whom_one_presses();
    hall_transitional(h, "A");
    hall_regular(h, "A");
    hall_order(h, 100);
    assert_false(pressed(h, 'A', FRAME_AGREED, "g", ""));
    hall_free(h);
}

static void what_is_not_said_again_is_over_in_time(void **state)
{
    (void)state;
    struct hall *h = two_of_whom_one_presses();
    assert_false(press(h, 'A', "a", 'A', NEVER)); /* ours is over when we say so */
    assert_int_equal(groups_ease_at(h->groups[0]), 20);
    assert_false(groups_ease(h->groups[0], 19));
    assert_true(groups_ease(h->groups[0], 20));
    assert_false(pressed(h, 'A', FRAME_AGREED, "h", ""));
    assert_true(pressed(h, 'A', FRAME_AGREED, "g", ""));
    assert_int_equal(groups_ease_at(h->groups[0]), NEVER);
    assert_true(press(h, 'A', "a", 'A', 0));
    assert_false(press(h, 'A', "a", 'A', 0));
    assert_false(pressed(h, 'A', FRAME_AGREED, "g", ""));
    hall_free(h);
}

static void a_daemon_speaks_for_its_own_clients_only(void **state)
{
    (void)state;
    struct hall *h = two_of_whom_one_presses();
    for (int origin = 0; origin < 2; origin++) {
        struct pressure p = {.connection = "b", .waits = 5};
        struct message m = {.block = block_new(PRESSURE_MAX)};
        struct writer w = writer_of(m.block->bytes, PRESSURE_MAX);
        struct delivery out;
        pressure_give(&w, &p);
        m.frame = m.block->bytes;
        m.len = (uint32_t)writer_len(&w);
        groups_on_control(h->groups[0], &m, (uint16_t)origin);
        bool heard = groups_next(h->groups[0], &out);
        assert_int_equal(heard, origin == 1); /* what A says itself it knows */
        if (heard) {
            assert_int_equal(out.kind, DELIVERY_PRESSURE);
            assert_string_equal(out.who.text, "#b#B");
            assert_int_equal(out.waits, 5);
        }
    }
    hall_free(h);
}

/* g has hold, dg drop and cg cut; of b it was said: as if it had asked for drop itself. */
static void which_messages_wait_is_for_the_daemon_of_the_reader_and_the_groups(void **state)
{
    (void)state;
    struct hall *h = hall_new();
    h->conf->slow_readers = (struct slow_lines){
        .list = {{SLOW_OF_GROUP, SLOW_DROP, "d*"}, {SLOW_OF_GROUP, SLOW_CUT, "c*"}}, .count = 2};
    hall_meet(h, "AB");
    hall_open(h, 'B', "b");
    hall_request(h, 'B', "b", FRAME_JOIN, "g", "");
    hall_request(h, 'B', "b", FRAME_JOIN, "dg", "");
    hall_request(h, 'B', "b", FRAME_JOIN, "cg", "");
    unsigned drop = pressure_kind(SLOW_HOLD, false) | pressure_kind(SLOW_DROP, false);
    press_for(h, 'A', "b", 'B', (uint8_t)drop, 10);
    assert_true(pressed(h, 'A', FRAME_AGREED, "g", ""));
    assert_false(pressed(h, 'A', FRAME_UNRELIABLE, "g", ""));
    assert_true(pressed(h, 'A', FRAME_SAFE, "dg", ""));
    assert_false(pressed(h, 'A', FRAME_UNRELIABLE, "dg", ""));
    assert_false(pressed(h, 'A', FRAME_AGREED, "cg", ""));
    assert_true(pressed(h, 'A', FRAME_AGREED, "cg", "g")); /* the mildest of both */
    assert_true(pressed(h, 'A', FRAME_JOIN, "g", ""));
    assert_false(pressed(h, 'A', FRAME_JOIN, "cg", ""));
    assert_false(press_for(h, 'A', "b", 'B', ALL, 10)); /* more wait: nobody need be let go */
    assert_true(pressed(h, 'A', FRAME_UNRELIABLE, "g", ""));
    assert_true(pressed(h, 'A', FRAME_UNRELIABLE, "cg", ""));
    assert_true(press_for(h, 'A', "b", 'B', (uint8_t)drop, 10)); /* fewer */
    assert_false(pressed(h, 'A', FRAME_UNRELIABLE, "g", ""));
    hall_free(h);
}

static void no_more_press_than_may(void **state)
{
    (void)state;
    struct hall *h = hall_new();
    hall_meet(h, "AB");
    for (int i = 0; i < 5000; i++) {
        char name[16];
        snprintf(name, sizeof name, "c%d", i);
        press(h, 'A', name, 'B', 1000);
    }
    assert_true(pressed(h, 'A', FRAME_AGREED, "#c0#B", ""));
    assert_false(pressed(h, 'A', FRAME_AGREED, "#c4999#B", ""));
    assert_true(groups_ease(h->groups[0], 1000));
    assert_false(pressed(h, 'A', FRAME_AGREED, "#c0#B", ""));
    hall_free(h);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_to_its_groups_or_to_it_is_pressed),
        cmocka_unit_test(joins_and_leaves_count_at_once),
        cmocka_unit_test(who_is_lost_with_its_daemon_presses_no_more),
        cmocka_unit_test(what_is_not_said_again_is_over_in_time),
        cmocka_unit_test(a_daemon_speaks_for_its_own_clients_only),
        cmocka_unit_test(which_messages_wait_is_for_the_daemon_of_the_reader_and_the_groups),
        cmocka_unit_test(no_more_press_than_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
