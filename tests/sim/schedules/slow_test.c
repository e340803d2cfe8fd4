/* SPDX-License-Identifier: MIT
 *
 * Programs that pause, stop, or send before they read, at one of three daemons, and those who send to
 * them from another: each course by itself, with a patience of 200 ms.
 */
#include "tests/sim/schedules/scene.h"

#include <stdio.h>

enum {
    PATIENCE = 200 * USEC_MS,
    HOLD_MOST = PATIENCE + 20 * USEC_MS,
    SOON = 20 * USEC_MS,
    MESSAGES_MOST = 1000, /* that may wait for one whose patience is over */
    BYTES_MOST = 200000, /* ten sixteenths of it press */
    BYTES_MORE = 400000, /* than so many messages have */
    SIZE = 100,
    STEP = 100,          /* us: a flow sends two messages in it */
    PROGRAMS_MOST = 20,
};

/* One that sends so many messages as fast as it may; afterwards it reads. */
struct flow {
    struct client *client;
    uint32_t service;
    const char *group;
    uint32_t left;
    usec last, longest; /* when it sent, and the longest time in which it could not */
};

static const struct client_pace quick = {.in_most = 200000, .out_most = 8000, .take = 1 << 20, .every = 200};

static void begin_with(struct scene *s, uint32_t bytes)
{
    struct load_options load = {.seed = 1, .groups = 1};
    struct world_options world = {.daemons = 3, .segments = 1, .max_session_messages = MESSAGES_MOST,
                                  .max_session_bytes = bytes, .patience_ms = PATIENCE / USEC_MS,
                                  .group_policies = SLOW_DROP << 2 | SLOW_CUT << 4}; /* of g1 and g2 */
    scene_set(s, &world, &load);
    for (int i = 0; i < 3; i++)
        world_start(s->world, i);
    scene_meet(s);
}

static void begin(struct scene *s)
{
    begin_with(s, BYTES_MOST);
}

static struct client *member(struct scene *s, int daemon, const char *name, const char *group,
                             const struct client_pace *pace)
{
    struct client_events events = group_check_events(s->groups);
    struct client *c = client_connect(s->world, daemon, name, true, &events);
    assert_true(c->open);
    client_join(c, group);
    scene_run(s, SOON);
    client_set_pace(c, pace);
    return c;
}

static void send_some(struct world *w, void *context)
{
    struct flow *f = context;
    if (!f->client->session)
        return;
    if (f->longest < w->now - f->last)
        f->longest = w->now - f->last;
    for (int i = 0; i < 2 && f->left > 0 && !client_is_blocked(f->client); i++, f->left--) {
        client_send(f->client, f->service, f->group, SIZE);
        f->last = w->now;
    }
    if (f->left > 0)
        world_call(w, w->now + STEP, send_some, f);
    else if (!f->client->reads)
        client_read(f->client, true);
}

static void flow_of(struct scene *s, struct flow *f, struct client *c, uint32_t service, const char *group,
                    uint32_t count)
{
    *f = (struct flow){.client = c, .service = service, .group = group, .left = count, .last = s->world->now};
    send_some(s->world, f);
}

static void flow_begin(struct scene *s, struct flow *f, struct client *c, const char *group, uint32_t count)
{
    flow_of(s, f, c, FRAME_AGREED, group, count);
}

/* -- one that does not read ------------------------------------------------------------------ */

static void one_that_never_reads_holds_others_once_and_is_cut_off(void **state)
{
    struct scene s;
    struct flow to_it, aside;
    (void)state;
    begin(&s);
    struct client *never = member(&s, 0, "never", "g", &quick);
    struct client *sender = member(&s, 1, "sender", "h", &quick);
    struct client *other = member(&s, 1, "other", "h", &quick);
    client_read(never, false);
    flow_begin(&s, &to_it, sender, "g", 6000);
    flow_begin(&s, &aside, other, "h", 6000);
    scene_run(&s, 2 * USEC_SECOND);
    assert_null(never->session);
    assert_int_equal(pace_check_cut(s.pace), 1);
    assert_int_equal(to_it.left, 0);
    assert_in_range(to_it.longest, PATIENCE / 2, HOLD_MOST);
    assert_int_equal(aside.left, 0);
    assert_in_range(aside.longest, 0, SOON);
    scene_end(&s);
}

static void one_whose_group_goes_quiet_costs_nobody_anything(void **state)
{
    struct scene s;
    struct flow f;
    (void)state;
    begin(&s);
    struct client_pace little = quick;
    little.in_most = 500;
    struct client *quiet = member(&s, 0, "quiet", "g", &little);
    struct client *sender = member(&s, 1, "sender", "h", &quick);
    client_read(quiet, false);
    flow_begin(&s, &f, sender, "g", MESSAGES_MOST - 20);
    scene_run(&s, 2 * USEC_SECOND);
    assert_int_equal(f.left, 0);
    flow_begin(&s, &f, sender, "g", 10);
    scene_run(&s, SOON);
    assert_int_equal(f.left, 0);
    assert_non_null(quiet->session);
    client_read(quiet, true); /* and all is there */
    scene_end(&s);
}

/* -- one that pauses ------------------------------------------------------------------------- */

static void one_that_pauses_within_its_patience_loses_nothing(void **state)
{
    struct scene s;
    struct flow flows[3];
    (void)state;
    begin(&s);
    struct client_pace pausing = quick;
    pausing.reads_for = 60 * USEC_MS;
    pausing.pauses_for = PATIENCE - 10 * USEC_MS;
    struct client *reader = member(&s, 0, "reader", "g", &pausing);
    for (int i = 0; i < 3; i++)
        flow_begin(&s, &flows[i], member(&s, i, "sender", "h", &quick), "g", 4000);
    for (int i = 0; i < 100 && flows[0].left + flows[1].left + flows[2].left > 0; i++)
        scene_run(&s, 100 * USEC_MS);
    for (int i = 0; i < 3; i++)
        assert_int_equal(flows[i].left, 0);
    assert_non_null(reader->session);
    assert_int_equal(pace_check_cut(s.pace), 0);
    assert_true(pace_check_held(s.pace) > 0);
    scene_end(&s);
}

static void who_is_held_goes_on_as_soon_as_the_reader_has_read(void **state)
{
    struct scene s;
    struct flow f;
    (void)state;
    begin(&s);
    struct client *reader = member(&s, 0, "reader", "g", &quick);
    struct client *sender = member(&s, 1, "sender", "h", &quick);
    client_read(reader, false);
    flow_begin(&s, &f, sender, "g", 2000);
    scene_run(&s, PATIENCE / 2);
    assert_true(daemon_holds(sender->session));
    uint64_t before = sender->session->received;
    client_read(reader, true);
    scene_run(&s, SOON);
    assert_true(sender->session->received > before + 2);
    scene_end(&s);
}

static void one_that_reads_again_has_patience_again(void **state)
{
    struct scene s;
    struct flow f;
    (void)state;
    begin(&s);
    struct client_pace slow = {.in_most = 200000, .out_most = 8000, .take = 400, .every = 5 * USEC_MS};
    struct client *reader = member(&s, 0, "reader", "g", &slow);
    struct client *sender = member(&s, 1, "sender", "h", &quick);
    client_read(reader, false);
    flow_begin(&s, &f, sender, "g", 200000 / 180 + MESSAGES_MOST - 60); /* its socket is full */
    scene_run(&s, 2 * PATIENCE);
    client_read(reader, true);
    scene_run(&s, SOON);
    flow_begin(&s, &f, sender, "g", 100);
    for (int i = 0; i < 100 && f.left > 0; i++)
        scene_run(&s, 100 * USEC_MS);
    assert_int_equal(f.left, 0);
    assert_non_null(reader->session);
    client_set_pace(reader, &quick);
    scene_end(&s);
}

/* It takes ten kilobytes a second, for ever; another keeps up with what it is sent but for short pauses,
 * so that senders are let go again and again. */
static void who_sends_to_one_that_is_always_behind_is_never_held_longer(void **state)
{
    struct scene s;
    struct flow f, lively;
    (void)state;
    begin(&s);
    struct client_pace slow = {.in_most = 4000, .out_most = 8000, .take = 100, .every = 10 * USEC_MS};
    struct client_pace pausing = quick;
    pausing.reads_for = 20 * USEC_MS;
    pausing.pauses_for = PATIENCE / 2;
    struct client *reader = member(&s, 0, "reader", "g", &slow);
    member(&s, 0, "pausing", "k", &pausing);
    struct client *sender = member(&s, 1, "sender", "h", &quick);
    struct client *other = member(&s, 2, "other", "h", &quick);
    flow_begin(&s, &f, sender, "g", 3000);
    flow_begin(&s, &lively, other, "k", 20000);
    scene_run(&s, 5 * SOON);
    uint64_t before = sender->session->received;
    assert_true(daemon_holds(sender->session));
    scene_run(&s, 2 * USEC_SECOND); /* W1 is asked all the time */
    assert_non_null(reader->session);
    assert_true(f.left > 0);
    assert_in_range(sender->session->received - before, 2 * USEC_SECOND / HOLD_MOST, 2 * USEC_SECOND / PATIENCE + 1);
    client_set_pace(reader, &quick);
    scene_end(&s);
}

/* -- policies: g1 has drop, g2 has cut ------------------------------------------------------- */

/* Whether UNRELIABLE messages to group are dropped for reader, who does not read and is at another daemon
 * than who sends them; and ordered ones never are. */
static void check_drop(struct scene *s, struct client *reader, const char *group)
{
    struct flow loose, ordered;
    struct ask_answer said;
    struct client *sender = member(s, 1, "sender", "h", &quick);
    struct client *other = member(s, 2, "other", "h", &quick);
    client_read(reader, false);
    flow_of(s, &loose, sender, FRAME_UNRELIABLE, group, 6000);
    scene_run(s, PATIENCE / 2);
    flow_begin(s, &ordered, other, group, 800);
    scene_run(s, PATIENCE / 4);
    assert_true(daemon_holds(other->session));
    scene_run(s, 2 * USEC_SECOND);
    assert_int_equal(loose.left + ordered.left, 0);
    assert_in_range(loose.longest, 0, SOON);
    assert_non_null(reader->session);
    assert_int_equal(pace_check_cut(s->pace), 0);
    client_read(reader, true);
    scene_run(s, PATIENCE); /* W4 */
    assert_true(client_ask(reader, ASK_DROPPED, 0, &said));
    assert_true(client_is_served(reader));
    assert_in_range(said.dropped, 1000, 5999);
    assert_int_equal(said.dropped, reader->session->dropped);
    scene_end(s);
}

static void of_a_group_with_drop_unreliable_messages_are_left_out_and_counted(void **state)
{
    struct scene s;
    (void)state;
    begin(&s);
    check_drop(&s, member(&s, 0, "reader", "g1", &quick), "g1");
}

static void who_asks_for_drop_loses_unreliable_messages_of_any_group(void **state)
{
    struct scene s;
    struct ask_answer said;
    (void)state;
    begin(&s);
    struct client *reader = member(&s, 0, "reader", "g", &quick);
    assert_true(client_ask(reader, ASK_POLICY, SLOW_DROP, &said));
    check_drop(&s, reader, "g");
}

/* Nobody waits for reader, who is cut off with one message more than may wait. */
static void check_cut(struct scene *s, struct client *reader, const char *group)
{
    struct flow f;
    struct client *sender = member(s, 1, "sender", "h", &quick);
    client_read(reader, false);
    flow_begin(s, &f, sender, group, 6000);
    scene_run(s, PATIENCE * 3 / 4);
    assert_null(reader->session); /* it has read nothing for less than its patience */
    scene_run(s, PATIENCE);
    assert_int_equal(pace_check_cut(s->pace), 1);
    assert_int_equal(f.left, 0);
    assert_in_range(f.longest, 0, SOON);
    scene_end(s);
}

static void of_a_group_with_cut_who_does_not_read_is_cut_off_at_once(void **state)
{
    struct scene s;
    (void)state;
    begin_with(&s, BYTES_MORE);
    check_cut(&s, member(&s, 0, "reader", "g2", &quick), "g2");
}

static void who_asks_for_cut_is_cut_off_at_once(void **state)
{
    struct scene s;
    struct ask_answer said;
    (void)state;
    begin_with(&s, BYTES_MORE);
    struct client *reader = member(&s, 0, "reader", "g", &quick);
    assert_true(client_ask(reader, ASK_POLICY, SLOW_CUT, &said));
    check_cut(&s, reader, "g");
}

/* It may ask for less than it would have, not for more. */
static void of_a_group_with_cut_hold_is_asked_for_in_vain(void **state)
{
    struct scene s;
    struct ask_answer said;
    (void)state;
    begin_with(&s, BYTES_MORE);
    struct client *reader = member(&s, 0, "reader", "g2", &quick);
    assert_true(client_ask(reader, ASK_POLICY, SLOW_HOLD, &said));
    check_cut(&s, reader, "g2");
}

/* -- circles --------------------------------------------------------------------------------- */

/* All send to a common group before they read the first message. */
static void circle(int programs)
{
    struct scene s;
    struct flow flows[PROGRAMS_MOST];
    char name[16];
    begin(&s);
    for (int i = 0; i < programs; i++) {
        snprintf(name, sizeof name, "p%d", i);
        flows[i].client = member(&s, i % 3, name, "g", &quick);
    }
    for (int i = 0; i < programs; i++) {
        client_read(flows[i].client, false);
        flow_begin(&s, &flows[i], flows[i].client, "g", 3000);
    }
    scene_run(&s, 10 * USEC_SECOND);
    for (int i = 0; i < programs; i++) {
        assert_true(flows[i].left == 0 || !flows[i].client->session);
        assert_in_range(flows[i].longest, 0, HOLD_MOST);
    }
    scene_end(&s);
}

static void a_circle_of_two_ends(void **state)
{
    (void)state;
    circle(2);
}

static void a_circle_of_twenty_ends(void **state)
{
    (void)state;
    circle(PROGRAMS_MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_never_reads_holds_others_once_and_is_cut_off),
        cmocka_unit_test(one_whose_group_goes_quiet_costs_nobody_anything),
        cmocka_unit_test(one_that_pauses_within_its_patience_loses_nothing),
        cmocka_unit_test(who_is_held_goes_on_as_soon_as_the_reader_has_read),
        cmocka_unit_test(one_that_reads_again_has_patience_again),
        cmocka_unit_test(who_sends_to_one_that_is_always_behind_is_never_held_longer),
        cmocka_unit_test(of_a_group_with_drop_unreliable_messages_are_left_out_and_counted),
        cmocka_unit_test(who_asks_for_drop_loses_unreliable_messages_of_any_group),
        cmocka_unit_test(of_a_group_with_cut_who_does_not_read_is_cut_off_at_once),
        cmocka_unit_test(who_asks_for_cut_is_cut_off_at_once),
        cmocka_unit_test(of_a_group_with_cut_hold_is_asked_for_in_vain),
        cmocka_unit_test(a_circle_of_two_ends),
        cmocka_unit_test(a_circle_of_twenty_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
