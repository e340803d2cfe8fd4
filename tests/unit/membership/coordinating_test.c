/* SPDX-License-Identifier: MIT
 *
 * A ring that is being made, as its coordinator sees it: what a refusal leads to, and who is left out
 * when time is up (F6 to F9 of form.c).
 */
#include "tests/support/test.h"

#include "daemon/membership/coordinating.h"

enum { D0, D1, D2, D3, D4 };

static const usec START = 1000 * (usec)USEC_SECOND, FORM = 1250 * USEC_MS;
static const struct procset MEMBERS = {{1 << D0 | 1 << D1 | 1 << D2 | 1 << D3}};

/* -- refusals: d2 coordinates, d3 refuses ----------------------------------------------------- */

static enum refusal_answer answer(struct refusal_case k)
{
    k.self = D2;
    k.refuser = D3;
    return coordinating_on_refusal(&k);
}

static void a_stale_epoch_is_raised_and_leaves_nobody_out_but_not_for_ever(void **state)
{
    (void)state;
    assert_int_equal(answer((struct refusal_case){.reason = REFUSE_STALE}), REFUSAL_RAISE);
    assert_int_equal(answer((struct refusal_case){.reason = REFUSE_STALE, .raised = 31}),
                     REFUSAL_RAISE);
    assert_int_equal(answer((struct refusal_case){.reason = REFUSE_STALE, .raised = 32}),
                     REFUSAL_LEAVE_OUT);
}

static void who_leaves_or_is_not_meant_is_left_out(void **state)
{
    (void)state;
    assert_int_equal(answer((struct refusal_case){.reason = REFUSE_LEAVING, .heard = true}),
                     REFUSAL_LEAVE_OUT);
    assert_int_equal(answer((struct refusal_case){.reason = REFUSE_NOT_ME, .heard = true}),
                     REFUSAL_LEAVE_OUT);
}

static void we_give_way_to_a_smaller_coordinator_that_is_there(void **state)
{
    struct refusal_case k = {.reason = REFUSE_BUSY, .heard = true, .misled = 100};
    (void)state;
    k.busy_with = D1;
    assert_int_equal(answer(k), REFUSAL_GIVE_WAY);
    k.busy_with = D2; /* that is us */
    assert_int_equal(answer(k), REFUSAL_LEAVE_OUT);
    k.busy_with = D4;
    assert_int_equal(answer(k), REFUSAL_LEAVE_OUT);
}

static void we_give_way_three_times_to_a_smaller_one_that_we_do_not_hear(void **state)
{
    struct refusal_case k = {.reason = REFUSE_BUSY, .busy_with = D1};
    (void)state;
    for (; k.misled < 3; k.misled++)
        assert_int_equal(answer(k), REFUSAL_GIVE_WAY);
    assert_int_equal(answer(k), REFUSAL_LEAVE_OUT);
}

static void who_is_bound_to_one_of_the_ring_to_be_is_asked_again(void **state)
{
    struct refusal_case k = {.reason = REFUSE_BUSY, .busy_with = D4, .asked = true};
    (void)state;
    assert_int_equal(answer(k), REFUSAL_ASK_AGAIN);
    k.busy_with = D3; /* it coordinates itself, and cannot be stopped */
    assert_int_equal(answer(k), REFUSAL_LEAVE_OUT);
}

/* -- acceptances ------------------------------------------------------------------------------ */

static void the_last_acceptance_of_each_counts(void **state)
{
    static struct coordinating l;
    const struct accept first = {.nonce = 1}, second = {.nonce = 2};
    (void)state;
    coordinating_keep(&l, D1, &first);
    coordinating_keep(&l, D1, &second);
    assert_int_equal(l.accepts[D1]->nonce, 2);
    assert_int_equal(procset_count(&l.accepted), 1);
    coordinating_fini(&l);
    assert_null(l.accepts[D1]);
    assert_true(procset_empty(&l.accepted));
}

/* -- time is up: d1 coordinates ---------------------------------------------------------------- */

static struct coordinating all_heard_at(usec at)
{
    struct coordinating l = {0};
    for procset_each(i, &MEMBERS)
        l.heard_at[i] = at;
    return l;
}

static enum why leave_out(const struct coordinating *l, usec now, uint64_t *whom)
{
    struct procset set;
    enum why why = coordinating_leaves_out(l, &MEMBERS, D1, START, FORM, now, &set);
    *whom = set.bits[0];
    return why;
}

static void who_is_silent_for_a_quarter_of_the_time_goes_all_at_once(void **state)
{
    const usec now = START + FORM;
    struct coordinating l = all_heard_at(now);
    uint64_t whom;
    (void)state;
    l.heard_at[D0] = l.heard_at[D3] = now - FORM / 4;
    assert_int_equal(leave_out(&l, now, &whom), WHY_NONE);
    l.heard_at[D0]--;
    l.heard_at[D3]--;
    l.heard_at[D1] = 0; /* we need not hear ourselves */
    assert_int_equal(leave_out(&l, now, &whom), WHY_FELL_SILENT);
    assert_int_equal(whom, 1 << D0 | 1 << D3);
}

static void nobody_goes_for_waiting_until_three_form_timeouts_have_passed(void **state)
{
    struct coordinating l = all_heard_at(START + 3 * FORM);
    uint64_t whom;
    (void)state;
    l.complete = (struct procset){{1 << D0 | 1 << D1}};
    assert_int_equal(leave_out(&l, START + 3 * FORM - 1, &whom), WHY_NONE);
    assert_true(whom == 0);
    assert_int_equal(leave_out(&l, START + 3 * FORM, &whom), WHY_NOT_REACHED);
    assert_int_equal(whom, 1 << D3); /* the largest of those who have not recovered */
    procset_add(&l.complete, D3);
    assert_int_equal(leave_out(&l, START + 3 * FORM, &whom), WHY_NOT_REACHED);
    assert_int_equal(whom, 1 << D2);
}

static void where_only_we_have_not_recovered_the_largest_of_all_goes(void **state)
{
    struct coordinating l = all_heard_at(START + 3 * FORM);
    uint64_t whom;
    (void)state;
    l.complete = (struct procset){{1 << D0 | 1 << D2 | 1 << D3}};
    assert_int_equal(leave_out(&l, START + 3 * FORM, &whom), WHY_NOT_REACHED);
    assert_int_equal(whom, 1 << D3);
}

static void of_two_neighbours_that_are_not_linked_the_larger_goes_but_never_us(void **state)
{
    struct coordinating l = all_heard_at(START);
    uint64_t whom;
    (void)state;
    l.complete = MEMBERS;
    l.linked = (struct procset){{1 << D0 | 1 << D1 | 1 << D2}}; /* d3 does not hear d2 */
    assert_int_equal(leave_out(&l, START, &whom), WHY_NOT_LINKED);
    assert_int_equal(whom, 1 << D3);
    l.linked = (struct procset){{1 << D1 | 1 << D2 | 1 << D3}}; /* d0 does not hear d3 */
    leave_out(&l, START, &whom);
    assert_int_equal(whom, 1 << D3);
    l.linked = (struct procset){{1 << D0 | 1 << D3}}; /* d1 not d0, d2 not d1 */
    leave_out(&l, START, &whom);
    assert_int_equal(whom, 1 << D2);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stale_epoch_is_raised_and_leaves_nobody_out_but_not_for_ever),
        cmocka_unit_test(who_leaves_or_is_not_meant_is_left_out),
        cmocka_unit_test(we_give_way_to_a_smaller_coordinator_that_is_there),
        cmocka_unit_test(we_give_way_three_times_to_a_smaller_one_that_we_do_not_hear),
        cmocka_unit_test(who_is_bound_to_one_of_the_ring_to_be_is_asked_again),
        cmocka_unit_test(the_last_acceptance_of_each_counts),
        cmocka_unit_test(who_is_silent_for_a_quarter_of_the_time_goes_all_at_once),
        cmocka_unit_test(nobody_goes_for_waiting_until_three_form_timeouts_have_passed),
        cmocka_unit_test(where_only_we_have_not_recovered_the_largest_of_all_goes),
        cmocka_unit_test(of_two_neighbours_that_are_not_linked_the_larger_goes_but_never_us),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
