/* SPDX-License-Identifier: MIT
 *
 * Prometheus' text format: labels that would break out, and histograms that add up.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/sight/metrics.h"
#include "tests/support/test.h"

static struct metrics lent(struct sight_self *self, struct history *h, const char *name)
{
    static const struct counters counters;
    static const struct ring_counters ring;
    static struct latency latency;
    latency = (struct latency){.agreed = {.counts = {[3] = 2, [HISTOGRAM_BOUNDS] = 1}, .sum_us = 17}};
    *self = (struct sight_self){.version = "6"};
    return (struct metrics){.counters = &counters,
                            .ring = &ring,
                            .history = h,
                            .latency = &latency,
                            .rotations = &latency.safe,
                            .self = self,
                            .name = name};
}

static void expect_line(const struct text *t, const char *line)
{
    char whole[256];
    snprintf(whole, sizeof whole, "\n%s\n", line);
    if (!strstr(t->bytes, whole))
        fail_msg("there is no line %s in %s", line, t->bytes);
}

static void labels_do_not_break_out(void **state)
{
    struct text t = {0};
    struct sight_self self;
    struct history *h = test_calloc(1, sizeof *h);
    (void)state;
    struct metrics m = lent(&self, h, "a\"b\\c\nd\xe9");
    metrics_write(&t, &m);
    expect_line(&t, "spread_build_info{version=\"6\",daemon=\"a\\\"b\\\\c\\nd\\\\xe9\"} 1");
    text_fini(&t);
    test_free(h);
}

static void buckets_count_all_below_and_end_with_the_count(void **state)
{
    struct text t = {0};
    struct sight_self self;
    struct history *h = test_calloc(1, sizeof *h);
    (void)state;
    struct metrics m = lent(&self, h, "d1");
    metrics_write(&t, &m);
    expect_line(&t, "spread_delivery_latency_seconds_bucket{service=\"agreed\",le=\"0.000004\"} 0");
    expect_line(&t, "spread_delivery_latency_seconds_bucket{service=\"agreed\",le=\"0.000008\"} 2");
    expect_line(&t, "spread_delivery_latency_seconds_bucket{service=\"agreed\",le=\"16.777216\"} 2");
    expect_line(&t, "spread_delivery_latency_seconds_bucket{service=\"agreed\",le=\"+Inf\"} 3");
    expect_line(&t, "spread_delivery_latency_seconds_sum{service=\"agreed\"} 0.000017");
    expect_line(&t, "spread_delivery_latency_seconds_count{service=\"agreed\"} 3");
    expect_line(&t, "spread_token_rotation_seconds_bucket{le=\"+Inf\"} 0");
    expect_line(&t, "spread_token_rotation_seconds_count 0");
    text_fini(&t);
    test_free(h);
}

static void reasons_are_labels_and_those_of_none_are_left_out(void **state)
{
    struct text t = {0};
    struct sight_self self;
    struct history *h = test_calloc(1, sizeof *h);
    (void)state;
    h->reasons[REASON_PACKET][REFUSED_HASH] = 5;
    struct metrics m = lent(&self, h, "d1");
    metrics_write(&t, &m);
    char line[256];
    snprintf(line, sizeof line, "spread_datagrams_refused_total{reason=\"%s\"} 5",
             why_text(REFUSED_HASH));
    expect_line(&t, line);
    assert_null(strstr(t.bytes, why_text(REFUSED_TAG)));
    text_fini(&t);
    test_free(h);
}

static void sessions_have_one_line_in_each_family(void **state)
{
    struct text t = {0};
    struct sight_session s[] = {{.name = "#a\"#d1", .waiting = 3, .waiting_bytes = 99, .oldest = 1500000},
                                {.name = "#b#d1", .oldest = NEVER}};
    (void)state;
    metrics_write_sessions(&t, s, 2);
    expect_line(&t, "spread_session_waiting_messages{session=\"#a\\\"#d1\"} 3");
    expect_line(&t, "spread_session_waiting_bytes{session=\"#a\\\"#d1\"} 99");
    expect_line(&t, "spread_session_oldest_seconds{session=\"#a\\\"#d1\"} 1.500000");
    expect_line(&t, "spread_session_oldest_seconds{session=\"#b#d1\"} 0.000000");
    text_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_do_not_break_out),
        cmocka_unit_test(buckets_count_all_below_and_end_with_the_count),
        cmocka_unit_test(reasons_are_labels_and_those_of_none_are_left_out),
        cmocka_unit_test(sessions_have_one_line_in_each_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
