/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <string.h>

#include "tests/unit/ring/rig.h"

static int begin(void **state)
{
    *state = rig_new("ABC", 'B');
    return 0;
}

static int end(void **state)
{
    rig_free(*state);
    return 0;
}

/* Freezes, and makes a plan in which so many packets exist, bit i for number i + 1. */
static struct commit plan_of(struct rig *rig, const char *members, const char *together,
                             uint32_t count, uint8_t present)
{
    static struct accept a;
    ring_freeze(rig->ring, &a);
    struct commit c = rig_plan(rig, members, together);
    c.present = (struct seqmap){.from = 0, .count = count};
    c.present.bits[0] = present;
    return c;
}

static void a_freeze_tells_what_is_here_and_takes_nothing_more(void **state)
{
    struct rig *rig = *state;
    static struct accept a;
    rig_data(rig, 'A', 1, "a", SERVICE_AGREED);
    rig_data(rig, 'A', 3, "c", SERVICE_AGREED);
    ring_freeze(rig->ring, &a);
    assert_int_equal(a.aru, 1);
    assert_int_equal(a.high, 3);
    assert_int_equal(a.stable, 0);
    assert_false(seqmap_has(&a.have, 2));
    assert_true(seqmap_has(&a.have, 3));
    assert_true(rig_data(rig, 'A', 2, "b", SERVICE_AGREED)); /* ours, but too late */
    CHECK_DELIVERED(rig, "a");
}

static void packets_still_come_in_while_the_ring_is_only_stopped(void **state)
{
    struct rig *rig = *state;
    ring_stop(rig->ring);
    rig_data(rig, 'A', 1, "a", SERVICE_AGREED);
    CHECK_DELIVERED(rig, "a");
    struct token t = rig_next_token(rig, 1, 1);
    rig_token(rig, 'A', &t);
    CHECK_SENT(rig, "");
}

static void agreed_messages_in_a_row_belong_to_the_old_view(void **state)
{
    struct rig *rig = *state;
    rig_data(rig, 'A', 1, "a", SERVICE_AGREED);
    rig_data(rig, 'C', 2, "b", SERVICE_AGREED);
    struct commit c = plan_of(rig, "AB", "AB", 2, 3);
    rig_install(rig, &c);
    CHECK_DELIVERED(rig, "ab{AB}<AB>");
}

static void an_unstable_safe_message_and_what_follows_it_is_transitional(void **state)
{
    struct rig *rig = *state;
    rig_data(rig, 'A', 1, "s", SERVICE_SAFE);
    rig_data(rig, 'A', 2, "t", SERVICE_SAFE);
    rig_data(rig, 'A', 3, "a", SERVICE_AGREED);
    struct commit c = plan_of(rig, "AB", "AB", 3, 7);
    c.stable = 1; /* somebody knows that all have the first */
    rig_install(rig, &c);
    CHECK_DELIVERED(rig, "s{AB}ta<AB>");
}

static void behind_a_hole_only_packets_of_those_that_came_along_go_up(void **state)
{
    struct rig *rig = *state;
    rig_data(rig, 'A', 1, "a", SERVICE_AGREED);
    rig_data(rig, 'A', 3, "3", SERVICE_AGREED);
    rig_data(rig, 'C', 4, "4", SERVICE_AGREED);
    rig_data(rig, 'A', 5, "5", SERVICE_AGREED);
    struct commit c = plan_of(rig, "AB", "AB", 5, 0x1d);
    rig_install(rig, &c);
    CHECK_DELIVERED(rig, "a{AB}35<AB>");
}

static void obligations_of_failed_attempts_count_too(void **state)
{
    struct rig *rig = *state;
    rig_data(rig, 'C', 2, "c", SERVICE_AGREED);
    struct commit c = plan_of(rig, "AB", "AB", 2, 2);
    procset_add(&c.obligations, 2);
    rig_install(rig, &c);
    CHECK_DELIVERED(rig, "{AB}c<AB>");
}

static void the_plan_is_complete_once_every_packet_of_it_is_here(void **state)
{
    struct rig *rig = *state;
    static struct seqmap missing;
    rig_data(rig, 'A', 1, "a", SERVICE_AGREED);
    struct commit c = plan_of(rig, "AB", "AB", 3, 7);
    ring_plan(rig->ring, &c);
    assert_false(ring_is_complete(rig->ring));
    ring_missing(rig->ring, &missing);
    assert_int_equal(seqmap_size(&missing), 2);
    uint64_t attempt = ring_id_tag(&c.ring);
    assert_true(rig_rdata(rig, 'A', 'C', 3, "c", attempt));
    assert_true(rig_rdata(rig, 'A', 'C', 3, "c", attempt)); /* once more: no harm */
    assert_false(ring_is_complete(rig->ring));
    assert_false(rig_rdata(rig, 'A', 'C', 2, "b", attempt + 1)); /* of another attempt */
    assert_true(rig_rdata(rig, 'A', 'A', 2, "b", attempt));
    assert_true(ring_is_complete(rig->ring));
    rig_install(rig, &c);
    CHECK_DELIVERED(rig, "abc{AB}<AB>");
}

static void what_the_plan_does_not_know_is_not_taken(void **state)
{
    struct rig *rig = *state;
    struct commit c = plan_of(rig, "AB", "AB", 1, 0);
    ring_plan(rig->ring, &c);
    assert_true(ring_is_complete(rig->ring));
    rig_rdata(rig, 'A', 'A', 1, "x", ring_id_tag(&c.ring));
    rig_rdata(rig, 'A', 'A', 9, "x", ring_id_tag(&c.ring));
    rig_install(rig, &c);
    CHECK_DELIVERED(rig, "{AB}<AB>");
}

static void wanted_packets_that_are_here_are_sent_for_the_ring_to_come(void **state)
{
    struct rig *rig = *state;
    static struct seqmap wanted;
    struct procset to = procset_of(0);
    for (uint64_t seq = 1; seq <= 4; seq++)
        if (seq != 2)
            rig_data(rig, 'A', seq, "x", SERVICE_AGREED);
    struct commit c = plan_of(rig, "AB", "AB", 4, 0xd);
    ring_plan(rig->ring, &c);
    wanted = (struct seqmap){.from = 0, .count = 4, .bits = {0xf}};
    assert_int_equal(ring_resend(rig->ring, &wanted, &to, 2), 2);
    CHECK_SENT(rig, "R1R3");
    assert_int_equal(ring_resend(rig->ring, &wanted, &to, 2), 1);
    CHECK_SENT(rig, "R4");
    assert_int_equal(seqmap_size(&wanted), 1);
    assert_true(seqmap_has(&wanted, 2));
}

static void what_had_no_number_yet_waits_for_the_next_view(void **state)
{
    struct rig *rig = *state;
    rig_submit(rig, LANE_CLIENTS, "later", SERVICE_SAFE);
    struct commit c = plan_of(rig, "B", "B", 0, 0);
    rig_install(rig, &c);
    CHECK_DELIVERED(rig, "{B}<B>later");
}

static void numbers_start_again_at_1_in_the_next_view(void **state)
{
    struct rig *rig = *state;
    rig_data(rig, 'A', 1, "old", SERVICE_AGREED);
    struct commit c = plan_of(rig, "ABC", "ABC", 1, 1);
    rig_install(rig, &c);
    rig_data(rig, 'A', 1, "new", SERVICE_AGREED);
    CHECK_DELIVERED(rig, "old{ABC}<ABC>new");
}

/* A first fragment of origin, whose rest is still to come. */
static void begin_message(struct rig *rig, unsigned origin)
{
    static uint8_t bytes[] = "half";
    struct message m;
    struct part half = {.flags = PART_FIRST, .len = sizeof bytes, .bytes = bytes};
    assert_false(assembly_add(&rig->ring->assemblies, origin, true, &half, &m));
    assert_non_null(rig->ring->assemblies.of[origin].block);
}

static void half_a_message_ends_with_the_view_it_began_in(void **state)
{
    struct rig *rig = *state;
    begin_message(rig, 0);
    struct commit c = plan_of(rig, "ABC", "ABC", 0, 0);
    rig_install(rig, &c);
    assert_null(rig->ring->assemblies.of[0].block);
}

/* A is C now, and C is A. */
static void under_another_configuration_what_is_kept_follows_its_sender(void **state)
{
    static const uint16_t turned[PROCS_MAX] = {2, 1, 0};
    struct rig *rig = *state;
    rig_data(rig, 'A', 2, "b", SERVICE_AGREED);
    begin_message(rig, 0);
    uint32_t life_of_a = ring_members(rig->ring)->inc[0];
    ring_stop(rig->ring);
    ring_renumber(rig->ring, turned);
    assert_int_equal(window_get(&rig->ring->window, 2)->origin, 2);
    assert_null(rig->ring->assemblies.of[0].block);
    assert_non_null(rig->ring->assemblies.of[2].block);
    assert_int_equal(ring_members(rig->ring)->inc[2], life_of_a);
}

static void a_plan_that_begins_behind_what_is_here_is_none(void **state)
{
    struct rig *rig = *state;
    rig_data(rig, 'A', 1, "a", SERVICE_AGREED);
    struct commit c = plan_of(rig, "AB", "AB", 1, 1);
    c.present.from = c.resend.from = c.stable = 1; /* as far as we are */
    assert_int_equal(ring_judge_plan(rig->ring, &c), NO_DOUBT);
    c.present.from = c.resend.from = 2;
    assert_int_equal(ring_judge_plan(rig->ring, &c), DOUBT_PLAN);
}

static void the_first_packet_of_a_plan_may_be_what_is_missing(void **state)
{
    struct rig *rig = *state;
    rig_data(rig, 'A', 2, "b", SERVICE_AGREED);
    struct commit c = plan_of(rig, "AB", "AB", 2, 3);
    ring_plan(rig->ring, &c);
    assert_false(ring_is_complete(rig->ring));
    rig_rdata(rig, 'A', 'A', 1, "a", ring_id_tag(&c.ring));
    assert_true(ring_is_complete(rig->ring));
}

static void the_transitional_view_has_the_epoch_before_the_regular_one(void **state)
{
    struct rig *rig = *state;
    struct effect e;
    struct commit c = plan_of(rig, "AB", "AB", 0, 0);
    ring_plan(rig->ring, &c);
    ring_install(rig->ring, rig->now);
    assert_true(effects_next(&rig->effects, &e));
    assert_int_equal(e.kind, EFFECT_TRANSITIONAL);
    assert_int_equal(e.view->time, c.ring.epoch - 1);
    assert_true(effects_next(&rig->effects, &e));
    assert_int_equal(e.kind, EFFECT_REGULAR);
    assert_int_equal(e.view->time, c.ring.epoch);
}

static void a_view_begins_with_clients_shut_out_and_with_nothing_of_the_view_before(void **state)
{
    struct rig *rig = *state;
    rig_submit(rig, LANE_CLIENTS, "m", SERVICE_AGREED);
    struct token t = rig_next_token(rig, 0, 0);
    rig_token(rig, 'A', &t);
    assert_int_equal(ring_counters(rig->ring).rounds, 1);
    assert_false(ring_is_flushed(rig->ring));
    struct commit c = plan_of(rig, "AB", "AB", 1, 1);
    ring_plan(rig->ring, &c);
    ring_install(rig->ring, rig->now);
    assert_false(rig->ring->lane_open);
    assert_int_equal(ring_counters(rig->ring).rounds, 0);
    assert_true(ring_is_flushed(rig->ring));
}

enum { LONG_TEXT = 2999 };

/* A message of more than one packet, of which the token lets one out. Returns its text. */
static const char *send_in_part(struct rig *rig)
{
    static char text[LONG_TEXT + 1];
    memset(text, 'x', LONG_TEXT);
    rig_submit(rig, LANE_CLIENTS, text, SERVICE_AGREED);
    struct token t = rig_next_token(rig, 0, 0);
    t.window = 1;
    rig_token(rig, 'A', &t);
    assert_int_equal(rig->token.seq, 1);
    return text;
}

static void what_was_sent_in_part_starts_over_in_the_next_view(void **state)
{
    struct rig *rig = *state;
    send_in_part(rig);
    CHECK_DELIVERED(rig, "");
    struct commit c = plan_of(rig, "B", "B", 1, 1);
    rig_install(rig, &c);
    rig_drain(rig);
    assert_int_equal(strlen(rig->delivered), strlen("{B}<B>") + LONG_TEXT);
}

/* The same where a token still goes round. */
static void what_was_sent_in_part_starts_over_in_a_view_of_two(void **state)
{
    struct rig *rig = *state;
    const char *text = send_in_part(rig);
    struct commit c = plan_of(rig, "AB", "AB", 1, 1);
    rig_install(rig, &c);
    CHECK_DELIVERED(rig, "{AB}<AB>");
    rig_forget(rig);
    struct token t = rig_next_token(rig, 0, 0);
    rig_token(rig, 'A', &t);
    assert_int_equal(rig->token.seq, 3);
    CHECK_DELIVERED(rig, text);
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH_RIG(a_freeze_tells_what_is_here_and_takes_nothing_more),
        WITH_RIG(packets_still_come_in_while_the_ring_is_only_stopped),
        WITH_RIG(agreed_messages_in_a_row_belong_to_the_old_view),
        WITH_RIG(an_unstable_safe_message_and_what_follows_it_is_transitional),
        WITH_RIG(behind_a_hole_only_packets_of_those_that_came_along_go_up),
        WITH_RIG(obligations_of_failed_attempts_count_too),
        WITH_RIG(the_plan_is_complete_once_every_packet_of_it_is_here),
        WITH_RIG(what_the_plan_does_not_know_is_not_taken),
        WITH_RIG(wanted_packets_that_are_here_are_sent_for_the_ring_to_come),
        WITH_RIG(what_had_no_number_yet_waits_for_the_next_view),
        WITH_RIG(numbers_start_again_at_1_in_the_next_view),
        WITH_RIG(half_a_message_ends_with_the_view_it_began_in),
        WITH_RIG(a_plan_that_begins_behind_what_is_here_is_none),
        WITH_RIG(the_first_packet_of_a_plan_may_be_what_is_missing),
        WITH_RIG(the_transitional_view_has_the_epoch_before_the_regular_one),
        WITH_RIG(a_view_begins_with_clients_shut_out_and_with_nothing_of_the_view_before),
        WITH_RIG(what_was_sent_in_part_starts_over_in_the_next_view),
        WITH_RIG(what_was_sent_in_part_starts_over_in_a_view_of_two),
        WITH_RIG(under_another_configuration_what_is_kept_follows_its_sender),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
