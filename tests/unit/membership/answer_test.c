/* SPDX-License-Identifier: MIT
 *
 * A member is silent, and its host is asked whether it lives: what A does by each answer. Of three
 * daemons B, A's successor, stands still.
 */
#include "tests/support/test.h"

#include "tests/unit/membership/fleet.h"

enum { A, B, C, LONG_MS = 600, TOKEN_TIMEOUT_MS = 1250 };

/* B hears nothing more and says nothing more, and something has to go round. */
static struct question until_asked(struct fleet *f)
{
    struct question q;
    fleet_cut_both(f, "B", "AC", true);
    fleet_submit(f, 'A', "x", SERVICE_AGREED);
    for (int i = 0; i < 2000; i++, fleet_run(f, USEC_MS))
        if (core_next_question(f->cores[A], &q)) {
            assert_int_equal(q.whom, B);
            return q;
        }
    fail_msg("nobody is asked");
    return q;
}

static bool has_lost_its_ring(const struct fleet *f)
{
    return strcmp(fleet_view(f, 'A'), "ABC") != 0;
}

static void a_host_that_refuses_has_no_such_process_any_more(void **state)
{
    struct fleet *f = *state;
    struct question q = until_asked(f);
    assert_false(has_lost_its_ring(f));
    core_on_answer(f->cores[A], &q, HOST_REFUSES, f->now);
    assert_true(has_lost_its_ring(f));
}

static void a_host_that_lives_has_a_process_that_stands_still_and_is_waited_for(void **state)
{
    struct fleet *f = *state;
    struct question q = until_asked(f);
    core_on_answer(f->cores[A], &q, HOST_LIVES, f->now);
    fleet_run(f, LONG_MS * USEC_MS);
    assert_false(has_lost_its_ring(f));
    fleet_run(f, TOKEN_TIMEOUT_MS * USEC_MS); /* and no longer than that */
    assert_true(has_lost_its_ring(f));
}

static void a_host_that_is_silent_is_given_up_when_patience_is_over(void **state)
{
    struct fleet *f = *state;
    struct question q = until_asked(f);
    core_on_answer(f->cores[A], &q, HOST_SILENT, f->now);
    assert_false(has_lost_its_ring(f));
    fleet_run(f, LONG_MS * USEC_MS);
    assert_true(has_lost_its_ring(f));
}

static void an_answer_to_another_question_is_none(void **state)
{
    struct fleet *f = *state;
    struct question q = until_asked(f), other = {.whom = q.whom, .number = q.number - 1};
    core_on_answer(f->cores[A], &other, HOST_REFUSES, f->now);
    other = (struct question){.whom = PROCS_MAX, .number = q.number};
    core_on_answer(f->cores[A], &other, HOST_REFUSES, f->now);
    assert_false(has_lost_its_ring(f));
}

static void an_answer_that_comes_when_it_speaks_again_changes_nothing(void **state)
{
    struct fleet *f = *state;
    struct question q = until_asked(f);
    fleet_cut_both(f, "B", "AC", false);
    fleet_run(f, 50 * USEC_MS);
    core_on_answer(f->cores[A], &q, HOST_REFUSES, f->now);
    assert_false(has_lost_its_ring(f));
}

/* While the ring rests, A hands the token to C, which asked for it, past B. */
static void whoever_was_handed_the_token_out_of_turn_is_the_one_that_is_asked_for(void **state)
{
    struct fleet *f = *state;
    struct question q;
    fleet_cut(f, "AB", "C", true);
    fleet_submit(f, 'C', "x", SERVICE_AGREED);
    for (int i = 0; i < 200; i++, fleet_run(f, USEC_MS))
        if (core_next_question(f->cores[A], &q)) {
            assert_int_equal(q.whom, C);
            core_on_answer(f->cores[A], &q, HOST_REFUSES, f->now);
            fleet_run(f, 100 * USEC_MS);
            assert_string_equal(fleet_view(f, 'A'), "AB");
            return;
        }
    fail_msg("nobody is asked");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_FLEET(a_host_that_refuses_has_no_such_process_any_more),
        IN_FLEET(a_host_that_lives_has_a_process_that_stands_still_and_is_waited_for),
        IN_FLEET(a_host_that_is_silent_is_given_up_when_patience_is_over),
        IN_FLEET(an_answer_to_another_question_is_none),
        IN_FLEET(an_answer_that_comes_when_it_speaks_again_changes_nothing),
        IN_FLEET(whoever_was_handed_the_token_out_of_turn_is_the_one_that_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
