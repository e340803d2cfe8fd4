/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "daemon/membership/patience.h"

enum { TOKEN_US = 1250 * USEC_MS };

static const usec MINUTE = 60 * (usec)USEC_SECOND;

/* Some time after the start, it is silent for so long and comes back. */
static bool come_back(struct patience *p, usec silence, usec now)
{
    patience_silent(p, now - silence);
    patience_count(p);
    return patience_heard(p, TOKEN_US, now);
}

static void whoever_was_never_silent_is_waited_for_like_any_other(void **state)
{
    (void)state;
    struct patience p = {0};
    assert_false(patience_heard(&p, TOKEN_US, MINUTE));
    assert_int_equal(patience_with(&p, TOKEN_US, MINUTE), 0);
}

static void patience_is_half_as_long_again_as_the_longest_silence(void **state)
{
    (void)state;
    struct patience p = {0};
    assert_true(come_back(&p, 600 * USEC_MS, MINUTE));
    assert_int_equal(patience_with(&p, TOKEN_US, MINUTE), 900 * USEC_MS);
    assert_true(come_back(&p, 200 * USEC_MS, 2 * MINUTE));
    assert_int_equal(patience_with(&p, TOKEN_US, 2 * MINUTE), 900 * USEC_MS);
}

static void patience_is_never_longer_than_token_timeout(void **state)
{
    (void)state;
    struct patience p = {0};
    come_back(&p, TOKEN_US - 1, MINUTE);
    assert_int_equal(patience_with(&p, TOKEN_US, MINUTE), TOKEN_US);
    assert_int_equal(patience_with(&p, TOKEN_US / 5, MINUTE), TOKEN_US / 5); /* after a reload */
}

static void a_silence_as_long_as_token_timeout_teaches_nothing(void **state)
{
    (void)state;
    struct patience p = {0};
    assert_false(come_back(&p, TOKEN_US, MINUTE));
    assert_false(come_back(&p, 5 * MINUTE, 10 * MINUTE));
    assert_int_equal(patience_with(&p, TOKEN_US, 10 * MINUTE), 0);
}

/* Accused by one daemon and then by another, it has been silent since the first. */
static void a_silence_counts_from_where_it_was_noticed_first(void **state)
{
    (void)state;
    struct patience p = {0};
    patience_silent(&p, MINUTE);
    patience_silent(&p, MINUTE + 300 * USEC_MS);
    patience_count(&p);
    assert_true(patience_heard(&p, TOKEN_US, MINUTE + 400 * USEC_MS));
    assert_int_equal(patience_with(&p, TOKEN_US, MINUTE + USEC_SECOND), 600 * USEC_MS);
    assert_false(patience_heard(&p, TOKEN_US, MINUTE + USEC_SECOND)); /* that is no other */
    assert_int_equal(patience_with(&p, TOKEN_US, MINUTE + USEC_SECOND), 600 * USEC_MS);
}

/* We accused it, and may have been cut off ourselves. */
static void a_silence_that_may_have_been_ours_teaches_nothing(void **state)
{
    (void)state;
    struct patience p = {0};
    patience_count(&p); /* of no silence */
    assert_false(patience_heard(&p, TOKEN_US, MINUTE));
    patience_silent(&p, MINUTE);
    assert_false(patience_heard(&p, TOKEN_US, MINUTE + 600 * USEC_MS));
    assert_int_equal(patience_with(&p, TOKEN_US, MINUTE + USEC_SECOND), 0);
}

static void time_in_which_we_did_not_run_is_not_counted(void **state)
{
    (void)state;
    struct patience p = {0};
    patience_forgive(&p, USEC_SECOND);
    assert_int_equal(p.silent_since, 0);
    patience_silent(&p, MINUTE);
    patience_count(&p);
    patience_forgive(&p, 300 * USEC_MS);
    patience_heard(&p, TOKEN_US, MINUTE + 400 * USEC_MS);
    assert_int_equal(patience_with(&p, TOKEN_US, MINUTE + USEC_SECOND), 150 * USEC_MS);
    patience_silent(&p, 2 * MINUTE);
    patience_count(&p);
    patience_forgive(&p, 300 * USEC_MS); /* more than it was silent for */
    assert_false(patience_heard(&p, TOKEN_US, 2 * MINUTE + 200 * USEC_MS));
}

static void what_was_learnt_is_forgotten_after_five_to_ten_minutes(void **state)
{
    (void)state;
    for (usec begin = 0; begin < 10 * MINUTE; begin += MINUTE / 2) {
        struct patience p = {0};
        come_back(&p, USEC_MS, MINUTE);
        usec at = 2 * MINUTE + begin;
        come_back(&p, 600 * USEC_MS, at);
        for (usec t = at; t <= at + 5 * MINUTE; t += MINUTE / 2)
            assert_int_equal(patience_with(&p, TOKEN_US, t), 900 * USEC_MS);
        assert_int_equal(patience_with(&p, TOKEN_US, at + 10 * MINUTE), 0);
    }
}

/* The longest is forgotten, and what was seen since is not. */
static void what_is_seen_again_is_kept(void **state)
{
    (void)state;
    struct patience p = {0};
    come_back(&p, 800 * USEC_MS, 10 * MINUTE);
    for (usec t = 10 * MINUTE; t <= 30 * MINUTE; t += MINUTE) {
        come_back(&p, 300 * USEC_MS, t);
        assert_in_range(patience_with(&p, TOKEN_US, t), 450 * USEC_MS, 1200 * USEC_MS);
        if (t >= 20 * MINUTE)
            assert_int_equal(patience_with(&p, TOKEN_US, t), 450 * USEC_MS);
    }
}

static void only_a_wait_that_is_longer_by_a_quarter_is_told_again(void **state)
{
    (void)state;
    struct patience p = {0};
    come_back(&p, 400 * USEC_MS, MINUTE);
    assert_true(patience_is_news(&p, 600 * USEC_MS));
    assert_false(patience_is_news(&p, 600 * USEC_MS));
    assert_false(patience_is_news(&p, 750 * USEC_MS));
    assert_true(patience_is_news(&p, 751 * USEC_MS));
    come_back(&p, 400 * USEC_MS, 20 * MINUTE); /* all that was is forgotten */
    assert_true(patience_is_news(&p, 600 * USEC_MS));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_was_never_silent_is_waited_for_like_any_other),
        cmocka_unit_test(patience_is_half_as_long_again_as_the_longest_silence),
        cmocka_unit_test(patience_is_never_longer_than_token_timeout),
        cmocka_unit_test(a_silence_as_long_as_token_timeout_teaches_nothing),
        cmocka_unit_test(a_silence_counts_from_where_it_was_noticed_first),
        cmocka_unit_test(a_silence_that_may_have_been_ours_teaches_nothing),
        cmocka_unit_test(time_in_which_we_did_not_run_is_not_counted),
        cmocka_unit_test(what_was_learnt_is_forgotten_after_five_to_ten_minutes),
        cmocka_unit_test(what_is_seen_again_is_kept),
        cmocka_unit_test(only_a_wait_that_is_longer_by_a_quarter_is_told_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
