/* SPDX-License-Identifier: MIT
 *
 * B falls silent with its host, and comes back in the same life: the others know it from then on.
 */
#include "tests/support/test.h"

#include "tests/unit/membership/fleet.h"

enum { A, B, C, SILENCE_US = 600 * USEC_MS, TOKEN_TIMEOUT_US = 1250 * USEC_MS };

/* B's host does not answer, and does not reach others. */
static void run(struct fleet *f, usec us)
{
    for (usec until = f->now + us; f->now < until; fleet_run(f, USEC_MS))
        for (int i = A; i <= C; i++) {
            struct question q;
            while (f->cores[i] && core_next_question(f->cores[i], &q))
                core_on_answer(f->cores[i], &q, i == B || q.whom == B ? HOST_SILENT : HOST_LIVES,
                               f->now);
        }
}

static void cut_off(struct fleet *f, bool cut)
{
    fleet_cut_both(f, "B", "AC", cut);
}

static void be_cut_off(struct fleet *f, usec us)
{
    cut_off(f, true);
    run(f, us);
    cut_off(f, false);
    run(f, 4 * USEC_SECOND);
    assert_string_equal(fleet_view(f, 'A'), "ABC");
}

/* The process does not run, either, and notices that when it goes on. */
static void be_silent(struct fleet *f, usec us)
{
    struct core *b = f->cores[B];
    f->cores[B] = NULL;
    cut_off(f, true);
    run(f, us);
    f->cores[B] = b;
    core_on_time(b, f->now, us, 1000000 + f->now / USEC_SECOND);
    cut_off(f, false);
    run(f, 4 * USEC_SECOND);
    assert_string_equal(fleet_view(f, 'A'), "ABC");
}

/* How long one bears with another for what it has learnt. */
static usec patience(const struct fleet *f, int who, int whom)
{
    return patience_with(&f->cores[who]->peers[whom].patience, TOKEN_TIMEOUT_US, f->now);
}

static void all_learn_from_a_silence_and_ride_out_the_next(void **state)
{
    struct fleet *f = *state;
    be_silent(f, SILENCE_US);
    for (int i = A; i <= C; i += 2) {
        assert_in_range(patience(f, i, B), SILENCE_US, TOKEN_TIMEOUT_US);
        assert_int_equal(patience(f, i, A + C - i), 0); /* who was not silent */
    }
    uint32_t views = core_views_installed(f->cores[A]);
    for (int i = 0; i < 5; i++)
        be_silent(f, SILENCE_US);
    assert_int_equal(core_views_installed(f->cores[A]), views);
}

static void a_silence_that_is_ridden_out_teaches_too_if_some_are_known(void **state)
{
    struct fleet *f = *state;
    be_silent(f, 100 * USEC_MS);
    assert_int_equal(patience(f, A, B), 0);
    be_silent(f, SILENCE_US);
    usec first = patience(f, A, B);
    uint32_t views = core_views_installed(f->cores[A]);
    be_silent(f, first - 20 * USEC_MS);
    assert_int_equal(core_views_installed(f->cores[A]), views);
    assert_true(patience(f, A, B) > first);
}

/* Once more for a longer silence, and not for each that is as long as one before. */
static void it_is_told_when_somebody_is_waited_for_longer(void **state)
{
    struct fleet *f = *state;
    be_silent(f, 100 * USEC_MS);
    assert_int_equal(f->events[A][EVENT_PATIENT], 0);
    be_silent(f, SILENCE_US);
    assert_int_equal(f->events[A][EVENT_PATIENT], 1);
    assert_int_equal(f->events[C][EVENT_PATIENT], 1);
    be_silent(f, SILENCE_US - 100 * USEC_MS);
    assert_int_equal(f->events[A][EVENT_PATIENT], 1);
    be_silent(f, SILENCE_US + 200 * USEC_MS);
    assert_int_equal(f->events[A][EVENT_PATIENT], 2);
    assert_int_equal(f->events[B][EVENT_PATIENT], 0);
}

/* Whom A and C wait for because they know it is waited for no longer than TokenTimeout. */
static void whoever_stays_away_is_given_up_after_all(void **state)
{
    struct fleet *f = *state;
    be_silent(f, TOKEN_TIMEOUT_US - 200 * USEC_MS);
    assert_int_equal(patience(f, A, B), TOKEN_TIMEOUT_US);
    cut_off(f, true);
    run(f, TOKEN_TIMEOUT_US + 300 * USEC_MS);
    assert_string_equal(fleet_view(f, 'A'), "AC");
    assert_string_equal(fleet_view(f, 'C'), "AC");
}

/* B gives up A, C or both. */
static void whoever_was_cut_off_itself_learns_nothing(void **state)
{
    struct fleet *f = *state;
    be_cut_off(f, SILENCE_US);
    assert_int_equal(patience(f, B, A), 0);
    assert_int_equal(patience(f, B, C), 0);
    assert_in_range(patience(f, A, B), SILENCE_US, TOKEN_TIMEOUT_US);
    assert_in_range(patience(f, C, B), SILENCE_US, TOKEN_TIMEOUT_US);
}

static void of_two_each_learns(void **state)
{
    struct fleet *f = *state;
    fleet_kill(f, 'C');
    run(f, 2 * USEC_SECOND);
    assert_string_equal(fleet_view(f, 'A'), "AB");
    cut_off(f, true);
    run(f, SILENCE_US);
    cut_off(f, false);
    run(f, 4 * USEC_SECOND);
    assert_string_equal(fleet_view(f, 'A'), "AB");
    assert_in_range(patience(f, A, B), SILENCE_US, TOKEN_TIMEOUT_US);
    assert_in_range(patience(f, B, A), SILENCE_US, TOKEN_TIMEOUT_US);
}

static void a_long_absence_teaches_nothing(void **state)
{
    struct fleet *f = *state;
    be_silent(f, 20 * USEC_SECOND);
    assert_int_equal(patience(f, A, B), 0);
    assert_int_equal(patience(f, C, B), 0);
}

static void a_new_life_has_shown_nothing_yet(void **state)
{
    struct fleet *f = *state;
    be_silent(f, SILENCE_US);
    fleet_kill(f, 'B');
    run(f, 3 * USEC_SECOND);
    fleet_start(f, 'B');
    run(f, 4 * USEC_SECOND);
    assert_string_equal(fleet_view(f, 'A'), "ABC");
    assert_int_equal(patience(f, A, B), 0);
    assert_int_equal(patience(f, C, B), 0);
}

static void another_configuration_begins_anew(void **state)
{
    struct fleet *f = *state;
    uint16_t map[PROCS_MAX];
    for (uint16_t i = 0; i < PROCS_MAX; i++)
        map[i] = i < 3 ? i : FIRST_GHOST;
    be_silent(f, SILENCE_US);
    assert_true(patience(f, A, B) > 0);
    core_on_renumbered(f->cores[A], map, f->now);
    assert_int_equal(patience(f, A, B), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_FLEET(all_learn_from_a_silence_and_ride_out_the_next),
        IN_FLEET(a_silence_that_is_ridden_out_teaches_too_if_some_are_known),
        IN_FLEET(it_is_told_when_somebody_is_waited_for_longer),
        IN_FLEET(whoever_stays_away_is_given_up_after_all),
        IN_FLEET(whoever_was_cut_off_itself_learns_nothing),
        IN_FLEET(of_two_each_learns),
        IN_FLEET(a_long_absence_teaches_nothing),
        IN_FLEET(a_new_life_has_shown_nothing_yet),
        IN_FLEET(another_configuration_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
