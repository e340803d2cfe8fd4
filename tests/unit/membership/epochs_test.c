/* SPDX-License-Identifier: MIT
 *
 * Epochs: those that we propose are above all others, those that we accept above all that we have
 * (rule F3), and those that cannot be are not believed.
 */
#include "tests/support/test.h"

#include "daemon/membership/epochs.h"

static void what_is_proposed_is_above_all_that_is_known(void **state)
{
    struct epochs e = {.seen = 100, .promised = 200};
    (void)state;
    assert_int_equal(epochs_propose(&e, 50, 60), 202);
    assert_int_equal(epochs_propose(&e, 300, 60), 302);
    assert_int_equal(epochs_propose(&e, 50, 400), 402);
    epochs_see(&e, 500);
    assert_int_equal(epochs_propose(&e, 50, 400), 502);
    epochs_see(&e, 499); /* less is no news */
    assert_int_equal(epochs_propose(&e, 50, 400), 504);
}

static void what_was_proposed_or_accepted_is_not_accepted_again(void **state)
{
    struct epochs e = {0};
    (void)state;
    epochs_accept(&e, 10);
    assert_false(epochs_allow(&e, 9));
    assert_false(epochs_allow(&e, 10));
    assert_true(epochs_allow(&e, 11));
    uint64_t mine = epochs_propose(&e, 0, 0);
    assert_int_equal(mine, 12);
    assert_false(epochs_allow(&e, mine));
    assert_true(epochs_allow(&e, mine + 1));
}

static void what_was_only_seen_may_be_accepted(void **state)
{
    struct epochs e = {0};
    (void)state;
    epochs_see(&e, 20);
    assert_true(epochs_allow(&e, 15));
}

static void an_epoch_may_be_ahead_of_ours_by_32_bits_of_seconds(void **state)
{
    const uint64_t far = UINT32_MAX;
    const struct epochs e = {.seen = 1000};
    (void)state;
    assert_true(epochs_believe(&e, 1000 + far, 10));
    assert_false(epochs_believe(&e, 1001 + far, 10));
    assert_true(epochs_believe(&e, 2000 + far, 2000));
    assert_false(epochs_believe(&e, 2001 + far, 2000));
    assert_true(epochs_believe(&e, 0, 2000));
    assert_false(epochs_believe(&e, UINT64_MAX, 2000));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_proposed_is_above_all_that_is_known),
        cmocka_unit_test(what_was_proposed_or_accepted_is_not_accepted_again),
        cmocka_unit_test(what_was_only_seen_may_be_accepted),
        cmocka_unit_test(an_epoch_may_be_ahead_of_ours_by_32_bits_of_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
