/* SPDX-License-Identifier: MIT
 *
 * Times from submit to delivery, and the histograms that they are counted in.
 */
#include "daemon/sight/latency.h"
#include "tests/support/test.h"

static const struct histogram none;

static void each_message_has_the_time_since_its_own_submission(void **state)
{
    struct latency l = {0};
    (void)state;
    for (int i = 0; i < 3; i++)
        latency_on_submit(&l, 1000);
    latency_on_submit(&l, 5000);
    for (int i = 0; i < 3; i++)
        latency_on_delivery(&l, false, 6000); /* 5000 us: up to 8192 */
    latency_on_delivery(&l, true, 6000); /* 1000 us: up to 1024 */
    latency_end_run(&l);
    assert_int_equal(l.agreed.counts[13], 3);
    assert_int_equal(l.safe.counts[10], 1);
    assert_int_equal(l.agreed.sum_us, 15000);
    assert_int_equal(l.safe.sum_us, 1000);
    latency_fini(&l);
}

static void many_that_wait_are_kept_apart(void **state)
{
    struct latency l = {0};
    (void)state;
    for (usec t = 0; t < 1000; t++) {
        latency_on_submit(&l, 10 * t);
        latency_on_submit(&l, 10 * t);
        if (t >= 500) {
            latency_on_delivery(&l, false, 10 * t); /* of 500 steps ago, and later of fewer */
            latency_on_delivery(&l, false, 10 * t);
        }
    }
    latency_end_run(&l);
    assert_int_equal(histogram_count(&l.agreed, &none), 1000);
    assert_int_equal(l.agreed.counts[13], 1000); /* 5000 us each */
    for (int i = 0; i < 1000; i++)
        latency_on_delivery(&l, false, 10000);
    assert_int_equal(l.delivered, l.submitted);
    assert_int_equal(l.used, 1); /* what is over is not kept */
    latency_fini(&l);
}

static void a_step_holds_times_up_to_its_bound(void **state)
{
    struct histogram h = {.sum_us = 0};
    (void)state;
    for (usec t = 0; t <= 4; t++)
        histogram_note(&h, t, 1);
    assert_int_equal(h.counts[0], 2); /* 0 and 1 */
    assert_int_equal(h.counts[1], 1); /* 2 */
    assert_int_equal(h.counts[2], 2); /* 3 and 4 */
    histogram_note(&h, histogram_bound(HISTOGRAM_BOUNDS - 1), 1);
    histogram_note(&h, histogram_bound(HISTOGRAM_BOUNDS - 1) + 1, 1);
    histogram_note(&h, UINT64_MAX / 2, 1);
    assert_int_equal(h.counts[HISTOGRAM_BOUNDS - 1], 1);
    assert_int_equal(h.counts[HISTOGRAM_BOUNDS], 2);
}

static void quantiles_are_bounds_of_what_came_since(void **state)
{
    struct histogram before = {.sum_us = 0}, now;
    (void)state;
    for (int i = 0; i < 1000; i++)
        histogram_note(&before, 1000000, 1);
    now = before;
    assert_int_equal(histogram_quantile(&now, &before, 0.5), 0);
    for (int i = 0; i < 98; i++)
        histogram_note(&now, 100, 1);
    histogram_note(&now, 3000, 1);
    histogram_note(&now, 3000, 1);
    assert_int_equal(histogram_quantile(&now, &before, 0.5), 128);
    assert_int_equal(histogram_quantile(&now, &before, 0.98), 128);
    assert_int_equal(histogram_quantile(&now, &before, 0.99), 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_message_has_the_time_since_its_own_submission),
        cmocka_unit_test(many_that_wait_are_kept_apart),
        cmocka_unit_test(a_step_holds_times_up_to_its_bound),
        cmocka_unit_test(quantiles_are_bounds_of_what_came_since),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
