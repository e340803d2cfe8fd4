/* SPDX-License-Identifier: MIT
 *
 * What is kept of the stream of events: views with their sentences, reasons, and the time without a ring.
 */
#include <string.h>

#include "daemon/membership/core.h"
#include "daemon/sight/history.h"
#include "tests/support/test.h"

static struct conf conf = {.daemon_count = 3, .daemons = {{.name = "d1"}, {.name = "d2"}, {.name = "d3"}}};

static struct procset set_of(const char *numbers)
{
    struct procset s = {{0}};
    for (; *numbers; numbers++)
        procset_add(&s, (unsigned)(*numbers - '1'));
    return s;
}

static void tell(struct history *h, struct event_record e, usec at)
{
    e.at = at;
    history_on_event(h, &e, &conf);
}

static void tell_state(struct history *h, enum core_state from, enum core_state to, enum why why, usec at)
{
    struct event_record e = event_of(EVENT_STATE, why);
    e.number[0] = from;
    e.number[1] = to;
    tell(h, e, at);
}

static void tell_view(struct history *h, const char *members, usec at)
{
    struct event_record e = event_about(EVENT_VIEW, 0, 7);
    e.who = name_from_text("d1");
    e.set = set_of(members);
    tell(h, e, at);
}

static struct event_record suspect(void)
{
    struct event_record e = event_about(EVENT_SUSPECT, 2, 250);
    e.who = name_from_text("d3");
    return e;
}

static void a_view_is_kept_with_who_went_and_why(void **state)
{
    struct history *h = test_calloc(1, sizeof *h);
    (void)state;
    history_init(h, 0);
    tell_view(h, "123", 10);
    tell(h, suspect(), 20);
    tell(h, suspect(), 21); /* said once */
    tell_state(h, CORE_OPER, CORE_SEG, WHY_SUSPECTED, 22);
    tell_view(h, "12", 30);
    const struct past_view *v = history_view(h, 0);
    assert_int_equal(h->count, 2);
    assert_string_equal(v->members, "d1 d2");
    assert_string_equal(v->left, "d3");
    assert_string_equal(v->joined, "");
    assert_string_equal(v->leader, "d1");
    assert_int_equal(v->why, WHY_SUSPECTED);
    assert_string_equal(v->cause, "without d3: daemon d3 does not answer: nothing has come from it for "
                                  "250 ms");
    assert_string_equal(history_view(h, 1)->cause, "with d1 d2 d3");
    tell_state(h, CORE_OPER, CORE_FORM_C, WHY_MERGE, 40);
    tell_view(h, "123", 50);
    assert_true(strncmp(history_view(h, 0)->cause, "with d3: ", 9) == 0);
    assert_int_equal(h->reasons[REASON_VIEW][WHY_MERGE], 1);
    history_fini(h);
    test_free(h);
}

static void the_last_sixty_four_are_kept(void **state)
{
    struct history *h = test_calloc(1, sizeof *h);
    (void)state;
    history_init(h, 0);
    for (usec i = 0; i < 200; i++)
        tell_view(h, i % 2 ? "123" : "12", i);
    assert_int_equal(h->count, HISTORY_VIEWS);
    assert_int_equal(h->views_ever, 200);
    assert_int_equal(history_view(h, 0)->at, 199);
    assert_int_equal(history_view(h, HISTORY_VIEWS - 1)->at, 200 - HISTORY_VIEWS);
    history_fini(h);
    test_free(h);
}

static void a_cause_that_never_ends_is_cut(void **state)
{
    struct history *h = test_calloc(1, sizeof *h);
    (void)state;
    history_init(h, 0);
    for (uint64_t i = 0; i < 1000; i++) {
        struct event_record e = suspect();
        e.number[0] = i;
        tell(h, e, i);
    }
    tell_view(h, "12", 2000);
    assert_true(strlen(history_view(h, 0)->cause) < 2 * HISTORY_CAUSE);
    history_fini(h);
    test_free(h);
}

static void the_time_without_a_ring_is_summed(void **state)
{
    struct history *h = test_calloc(1, sizeof *h);
    (void)state;
    history_init(h, 100);
    assert_int_equal(history_lost(h, 150), 50);
    tell_state(h, CORE_RECOV, CORE_OPER, WHY_INSTALLED, 200);
    assert_int_equal(history_lost(h, 1000), 100);
    tell_state(h, CORE_OPER, CORE_LEAVING, WHY_TOLD_TO_STOP, 1500); /* it goes round still */
    assert_int_equal(history_lost(h, 2000), 100);
    tell_state(h, CORE_LEAVING, CORE_SEG, WHY_TOKEN_LOST, 2000);
    tell_state(h, CORE_SEG, CORE_GATHER, WHY_SMALLEST_HERE, 2100);
    assert_int_equal(history_lost(h, 2300), 400);
    history_fini(h);
    test_free(h);
}

static void a_reason_is_counted_for_whom_it_was_given(void **state)
{
    struct history *h = test_calloc(1, sizeof *h);
    (void)state;
    history_init(h, 0);
    tell(h, event_of(EVENT_CONNECT_REFUSED, HELLO_NO_AUTH), 1);
    tell(h, event_of(EVENT_CLOSED, HELLO_NO_AUTH), 2); /* the end of the same one */
    assert_int_equal(h->reasons[REASON_CONNECT][HELLO_NO_AUTH], 1);
    assert_int_equal(h->reasons[REASON_END][HELLO_NO_AUTH], 1);
    struct event_record e = event_about(EVENT_REFUSED, 1, 4711);
    e.why = REFUSED_HASH;
    tell(h, e, 3);
    assert_int_equal(h->troubles[1].at, 3);
    history_on_renumbered(h, &h->members);
    assert_int_equal(h->troubles[1].at, 0);
    history_fini(h);
    test_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_view_is_kept_with_who_went_and_why),
        cmocka_unit_test(the_last_sixty_four_are_kept),
        cmocka_unit_test(a_cause_that_never_ends_is_cut),
        cmocka_unit_test(the_time_without_a_ring_is_summed),
        cmocka_unit_test(a_reason_is_counted_for_whom_it_was_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
