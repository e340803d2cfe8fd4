/* SPDX-License-Identifier: MIT
 *
 * Daemons find out that they have not delivered the same: A, B and C hear one order, but now and then
 * one of them misses something, gets it twice, or at another place.
 */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "daemon/groups/agreement.h"
#include "libspread/wire/frame.h"
#include "tests/unit/groups/hall.h"

/* A, B and C are in one view, with a member of g and one of h at each. */
static struct hall *hall_of_three(void)
{
    struct hall *h = hall_new();
    h->conf->check_agreement = true;
    hall_meet(h, "ABC");
    for (char d = 'A'; d <= 'C'; d++) {
        hall_open(h, d, "x");
        hall_request(h, d, "x", FRAME_JOIN, "g", "");
        hall_request(h, d, "x", FRAME_JOIN, "h", "");
    }
    return h;
}

static void say(struct hall *h, const char *daemons, const char *group, const char *body)
{
    hall_request_at(h, daemons, 'A', "x", FRAME_AGREED, group, body);
}

/* Two marks: each daemon speaks of the first one in so many seconds. */
static void let_speak(struct hall *h, usec *now)
{
    hall_forget(h);
    for (int i = 0; i < 8; i++) {
        say(h, "ABC", "g", "and so on");
        *now += AGREEMENT_EVERY_US / 2;
        hall_speak(h, *now);
    }
}

static bool complains(const struct hall *h, char d)
{
    return strchr(h->told[d - 'A'], '!') != NULL;
}

static void nobody_complains_of_one_order(void **state)
{
    (void)state;
    struct hall *h = hall_of_three();
    usec now = 0;
    for (int round = 0; round < 5; round++) {
        say(h, "ABC", "g", "one");
        say(h, "ABC", "h", "a longer one, of more than a hundred and twenty-eight bytes: a longer one, of "
                           "more than a hundred and twenty-eight bytes, and so on");
        let_speak(h, &now);
        for (char d = 'A'; d <= 'C'; d++)
            assert_false(complains(h, d));
    }
    assert_true(groups_speak_at(h->groups[0]) != NEVER);
    hall_free(h);
}

/* Everybody who differs and everybody who sees it says so, each of the other one, and once. */
static void check_b_stands_alone(struct hall *h, usec *now)
{
    let_speak(h, now);
    assert_non_null(strstr(h->told[0], "!B"));
    assert_non_null(strstr(h->told[2], "!B"));
    assert_non_null(strstr(h->told[1], "!A"));
    assert_non_null(strstr(h->told[1], "!C"));
    assert_null(strstr(h->told[0], "!C"));
    let_speak(h, now);
    for (char d = 'A'; d <= 'C'; d++)
        assert_false(complains(h, d));
}

static void one_that_misses_a_message_is_found_by_all_and_finds_them(void **state)
{
    (void)state;
    struct hall *h = hall_of_three();
    usec now = 0;
    let_speak(h, &now);
    say(h, "AC", "h", "B does not get this");
    check_b_stands_alone(h, &now);
    hall_free(h);
}

static void one_that_delivers_twice_is_found(void **state)
{
    (void)state;
    struct hall *h = hall_of_three();
    usec now = 0;
    say(h, "ABC", "g", "once");
    say(h, "B", "g", "once");
    check_b_stands_alone(h, &now);
    hall_free(h);
}

static void one_that_delivers_in_another_order_is_found(void **state)
{
    (void)state;
    struct hall *h = hall_of_three();
    usec now = 0;
    say(h, "AC", "g", "first");
    say(h, "ABC", "g", "second");
    say(h, "B", "g", "first");
    check_b_stands_alone(h, &now);
    hall_free(h);
}

static void one_that_has_another_member_of_a_group_is_found(void **state)
{
    (void)state;
    struct hall *h = hall_of_three();
    usec now = 0;
    hall_open(h, 'A', "y");
    hall_request_at(h, "AC", 'A', "y", FRAME_JOIN, "h", "");
    hall_request_at(h, "B", 'A', "y", FRAME_JOIN, "h ", "");
    say(h, "ABC", "h", "to four, or to three");
    check_b_stands_alone(h, &now);
    hall_free(h);
}

/* Until the second mark all agree. Then B misses one message to h of the next 4 or 5. */
static void what_is_said_names_group_and_range(void **state)
{
    (void)state;
    struct hall *h = hall_of_three();
    usec now = AGREEMENT_EVERY_US;
    for (int i = 0; i < 6; i++) { /* each has spoken, and been found to agree */
        say(h, "ABC", "h", "fine");
        hall_speak(h, now);
        now += AGREEMENT_EVERY_US;
        hall_speak(h, now);
    }
    hall_forget(h);
    say(h, "AC", "h", "B does not get this");
    say(h, "ABC", "g", "fine");
    for (int i = 0; i < 8 && !complains(h, 'A'); i++) {
        now += AGREEMENT_EVERY_US;
        hall_speak(h, now);
        say(h, "ABC", "g", "fine");
    }
    const char *text = strchr(h->told[0], '!');
    unsigned from, here, there;
    char group[8];
    assert_non_null(text);
    assert_int_equal(sscanf(text, "!B %7s %u %u %u", group, &from, &here, &there), 4);
    assert_string_equal(group, "h");
    assert_int_equal(here, there + 1);
    assert_true(from >= 6 + 3 && from <= 6 + 6 + 3);
    hall_free(h);
}

static void those_who_leave_a_view_together_compare_its_end(void **state)
{
    (void)state;
    struct hall *h = hall_of_three();
    say(h, "AC", "g", "B does not get the last message of the view");
    hall_forget(h);
    hall_meet(h, "AB");
    hall_speak(h, 1);
    assert_non_null(strstr(h->told[0], "!B last"));
    assert_non_null(strstr(h->told[1], "!A last"));
    hall_free(h);
}

static void sides_that_meet_do_not_compare_what_they_had_apart(void **state)
{
    (void)state;
    struct hall *h = hall_of_three();
    usec now = 0;
    hall_meet(h, "AB");
    hall_meet(h, "C");
    say(h, "ABC", "g", "C is elsewhere");
    hall_meet(h, "ABC");
    let_speak(h, &now);
    for (char d = 'A'; d <= 'C'; d++)
        assert_false(complains(h, d));
    hall_free(h);
}

static void a_quiet_view_and_one_daemon_alone_say_nothing(void **state)
{
    (void)state;
    struct hall *h = hall_new();
    h->conf->check_agreement = true;
    hall_meet(h, "D");
    hall_open(h, 'D', "x");
    hall_request(h, 'D', "x", FRAME_JOIN, "g", "");
    assert_true(groups_speak_at(h->groups[3]) == NEVER);
    hall_meet(h, "ABC");
    assert_true(groups_speak_at(h->groups[0]) == NEVER);
    hall_free(h);
}

static void who_does_not_want_it_neither_speaks_nor_complains(void **state)
{
    (void)state;
    struct hall *h = hall_new();
    usec now = 0;
    h->conf->check_agreement = false;
    hall_meet(h, "ABC");
    hall_open(h, 'A', "x");
    hall_request(h, 'A', "x", FRAME_JOIN, "g", "");
    say(h, "AC", "g", "B does not get this");
    let_speak(h, &now);
    for (char d = 'A'; d <= 'C'; d++) {
        assert_false(complains(h, d));
        assert_true(groups_speak_at(h->groups[d - 'A']) == NEVER);
    }
    hall_free(h);
}

/* The same messages in the same order, but when one came g had another member there. */
static void other_members_alone_are_a_disagreement(void **state)
{
    (void)state;
    struct procset both = procset_of(0);
    struct agreement a = {.runs = false};
    struct agreed g = {0};
    struct disagreement x;
    struct statement s = {.tag = 5, .mark = 1, .at_mark = {1, 9}, .group_count = 1};
    procset_add(&both, 1);
    agreement_on_view(&a, true, 0, 5, &both, &(struct procset){{1}});
    agreement_take_of_group(&a, &g, &(struct name){"g"}, 77 + 2);
    a.now = s.at_mark;
    agreement_mark(&a);
    s.groups[0].name = (struct name){"g"};
    s.groups[0].digest = agreement_at_mark(&a, &g);
    assert_false(agreement_hears(&a, &s, &s.groups[0].digest, 1, &x));
    assert_false(agreement_hears(&a, &s, &(uint64_t){3}, 0, &x)); /* we ourselves */
    assert_true(agreement_hears(&a, &s, &(uint64_t){3}, 1, &x));
    assert_int_equal(x.why, DISAGREE_MEMBERS);
    assert_string_equal(x.group.text, "g");
    assert_false(agreement_hears(&a, &s, &(uint64_t){3}, 1, &x)); /* once a view */
}

/* Of every length and place: another byte makes another digest. */
static void a_digest_sees_every_byte_of_a_short_message(void **state)
{
    (void)state;
    uint8_t frame[FRAME_HEADER + 64] = {0};
    for (size_t len = FRAME_HEADER; len <= sizeof frame; len++) {
        struct agreement right = {.runs = true};
        uint64_t digest = agreement_take(&right, frame, len);
        for (size_t i = FRAME_HEADER; i < len; i++) {
            struct agreement wrong = {.runs = true};
            frame[i] ^= 1;
            assert_true(agreement_take(&wrong, frame, len) != digest);
            frame[i] ^= 1;
        }
    }
}

static void statements_that_do_not_hold_are_refused(void **state)
{
    (void)state;
    uint8_t bytes[STATEMENT_MAX + 1];
    struct statement s = {.tag = 5, .mark = 2, .group_count = STATEMENT_GROUPS}, back;
    for (unsigned i = 0; i < STATEMENT_GROUPS; i++)
        s.groups[i].name = name_from_text("a group of thirty-one letters.");
    struct writer w = writer_of(bytes, sizeof bytes);
    statement_give(&w, &s);
    size_t len = writer_len(&w);
    assert_true(len > 0 && len <= STATEMENT_MAX);
    struct reader r = reader_of(bytes, len);
    assert_true(statement_take(&r, &back));
    assert_string_equal(back.groups[7].name.text, s.groups[7].name.text);
    for (size_t cut = 0; cut < len; cut++) {
        r = reader_of(bytes, cut);
        assert_false(statement_take(&r, &back));
    }
    r = reader_of(bytes, len + 1);
    assert_false(statement_take(&r, &back));
    bytes[53] = STATEMENT_GROUPS + 1; /* the count */
    r = reader_of(bytes, len);
    assert_false(statement_take(&r, &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_complains_of_one_order),
        cmocka_unit_test(one_that_misses_a_message_is_found_by_all_and_finds_them),
        cmocka_unit_test(one_that_delivers_twice_is_found),
        cmocka_unit_test(one_that_delivers_in_another_order_is_found),
        cmocka_unit_test(one_that_has_another_member_of_a_group_is_found),
        cmocka_unit_test(what_is_said_names_group_and_range),
        cmocka_unit_test(those_who_leave_a_view_together_compare_its_end),
        cmocka_unit_test(sides_that_meet_do_not_compare_what_they_had_apart),
        cmocka_unit_test(a_quiet_view_and_one_daemon_alone_say_nothing),
        cmocka_unit_test(who_does_not_want_it_neither_speaks_nor_complains),
        cmocka_unit_test(other_members_alone_are_a_disagreement),
        cmocka_unit_test(a_digest_sees_every_byte_of_a_short_message),
        cmocka_unit_test(statements_that_do_not_hold_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
