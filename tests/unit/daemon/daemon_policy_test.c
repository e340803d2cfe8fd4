/* SPDX-License-Identifier: MIT
 *
 * Policies for slow readers: who waits, what is dropped, who is cut off, and what counts where they
 * disagree. r does not read; s sends.
 */
#include <stdio.h>

#include "daemon/session/crowd.h"
#include "libspread/wire/ask.h"
#include "tests/unit/daemon/world.h"

enum {
    BYTES = 96000,         /* that may wait; from an eighth of it on messages are left out */
    MARK = BYTES / 8 / 80, /* messages of 80 bytes */
    CROWD = BYTES * 10 / 16 / 80, /* more make others wait */
    PATIENCE_MS = 1000,
};

struct scene {
    struct world *w;
    struct peer_end *r, *s;
};

static void say(struct scene *t, enum slow_subject subject, const char *pattern, enum slow_policy policy)
{
    struct slow_lines *lines = &t->w->conf->slow_readers;
    struct slow_line *line = &lines->list[lines->count++];
    *line = (struct slow_line){.subject = subject, .policy = policy};
    snprintf(line->pattern, sizeof line->pattern, "%s", pattern);
}

/* r is in g and h, and has begun not to read. */
static struct scene begin(void)
{
    struct scene t = {.w = world_new(1, "NULL")};
    t.w->conf->max_session_bytes = BYTES;
    t.w->conf->slow_reader_patience_ms = PATIENCE_MS;
    t.r = world_join_as(t.w, "r");
    t.s = world_join_as(t.w, "s");
    peer_request(t.r, "r", FRAME_JOIN, "g");
    peer_request(t.r, "r", FRAME_JOIN, "h");
    t.r->taken = t.r->len;
    t.r->reads = false;
    return t;
}

static void end(struct scene *t)
{
    peer_free(t->r);
    peer_free(t->s);
    world_free(t->w);
}

static void cast(struct scene *t, uint32_t service, const char *group, int count)
{
    for (int i = 0; i < count; i++)
        peer_cast(t->s, "s", service, group, "");
}

/* s waits when it sends that. The message is gone afterwards. */
static bool waits(struct scene *t, uint32_t service, const char *group)
{
    struct frame_header h = {.type = service, .sender = name_private("s", "d1"), .num_groups = 1,
                             .hint = frame_hint(0)};
    uint8_t frame[FRAME_HEADER + NAME_FIELD] = {0};
    frame_encode(frame, &h);
    memcpy(frame + FRAME_HEADER, group, strlen(group));
    peer_send(t->s, frame, sizeof frame);
    return crowd_holds(t->s->session);
}

/* More waits than makes others wait; it has come in h, of which no line speaks. */
static void fill(struct scene *t)
{
    cast(t, FRAME_AGREED, "h", CROWD + 1);
    assert_true(t->r->session->uptake.presses);
}

/* r asks by its other connection. */
static bool asks(struct scene *t, uint32_t uid, enum ask_kind kind, uint8_t policy, uint64_t *dropped)
{
    struct peer from = {.local = true, .uid = uid};
    struct peer_end *p = world_connect_from(t->w, &from);
    struct ask question = {.kind = kind, .name = "r", .policy = policy};
    struct ask_answer answer;
    uint8_t bytes[ASK_MAX];
    peer_send(p, bytes, ask_encode(bytes, &question));
    assert_int_equal(p->len, ask_answer_len(kind));
    assert_true(ask_answered(p->bytes, kind, &answer));
    if (dropped)
        *dropped = answer.dropped;
    peer_free(p);
    return answer.done;
}

static int received(struct peer_end *p)
{
    int count = 0;
    for (const uint8_t *body; p->taken < p->len; count++)
        expect_frame(p, &body);
    return count;
}

/* -- drop ------------------------------------------------------------------------------------ */

static void drop_leaves_out_unreliable_messages_and_counts_them(void **state)
{
    (void)state;
    struct scene t = begin();
    uint64_t dropped = 1;
    say(&t, SLOW_OF_GROUP, "g", SLOW_DROP);
    assert_true(asks(&t, 0, ASK_DROPPED, 0, &dropped));
    assert_int_equal(dropped, 0);
    cast(&t, FRAME_UNRELIABLE, "g", MARK + 100); /* peer_send would wait for ever if s were held */
    assert_false(waits(&t, FRAME_UNRELIABLE, "g"));
    assert_int_equal(t.r->session->outbox.messages, MARK + 1);
    assert_true(asks(&t, 0, ASK_DROPPED, 0, &dropped));
    assert_int_equal(dropped, 100);
    t.r->reads = true;
    world_pass(t.w, PATIENCE_MS / 10);
    assert_int_equal(received(t.r), MARK + 1);
    cast(&t, FRAME_UNRELIABLE, "g", 5);
    assert_int_equal(received(t.r), 5);
    assert_true(asks(&t, 0, ASK_DROPPED, 0, &dropped));
    assert_int_equal(dropped, 100); /* exact, afterwards, too */
    assert_int_equal(daemon_counters(t.w->daemon)->dropped, 100);
    end(&t);
}

static void drop_never_leaves_out_an_ordered_message(void **state)
{
    (void)state;
    static const uint32_t services[] = {FRAME_RELIABLE, FRAME_FIFO, FRAME_CAUSAL, FRAME_AGREED, FRAME_SAFE};
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        struct scene t = begin();
        say(&t, SLOW_OF_GROUP, "g", SLOW_DROP);
        cast(&t, services[i], "g", CROWD + 1);
        assert_true(waits(&t, services[i], "g"));
        assert_true(crowd_holds(t.s->session));
        world_pass(t.w, PATIENCE_MS / 2);
        t.r->reads = true;
        world_pass(t.w, PATIENCE_MS / 10);
        assert_int_equal(received(t.r), CROWD + 2);
        assert_int_equal(t.r->session->dropped, 0);
        end(&t);
    }
}

/* Nor a notice, and nothing at all while little waits. */
static void drop_leaves_out_nothing_below_the_mark(void **state)
{
    (void)state;
    struct scene t = begin();
    say(&t, SLOW_OF_GROUP, "g", SLOW_DROP);
    cast(&t, FRAME_UNRELIABLE, "g", MARK);
    peer_request(t.s, "s", FRAME_JOIN, "g");
    world_pass(t.w, 10);
    assert_int_equal(t.r->session->dropped, 0);
    assert_int_equal(t.r->session->outbox.messages, MARK + 1);
    end(&t);
}

static void who_loses_messages_may_stop_for_good_and_holds_up_nobody(void **state)
{
    (void)state;
    struct scene t = begin();
    say(&t, SLOW_OF_GROUP, "g", SLOW_DROP);
    for (int i = 0; i < 100; i++) {
        cast(&t, FRAME_UNRELIABLE, "g", MARK);
        assert_false(crowd_holds(t.s->session));
        world_pass(t.w, PATIENCE_MS / 10);
    }
    assert_true(t.r->session->uptake.over && !t.r->closed);
    assert_int_equal(t.r->session->dropped + t.r->session->outbox.messages, 100 * MARK);
    assert_in_range(t.r->session->outbox.bytes, 1, BYTES / 8 + 80);
    end(&t);
}

/* As few bytes as they may have, a thousand messages are as many as may wait for one that stands still. */
static void drop_begins_at_the_number_of_messages_too(void **state)
{
    (void)state;
    struct scene t = begin();
    t.w->conf->max_session_bytes = 100 * BYTES;
    say(&t, SLOW_OF_GROUP, "g", SLOW_DROP);
    cast(&t, FRAME_UNRELIABLE, "g", 10);
    world_pass(t.w, 10); /* it is seen not to read */
    cast(&t, FRAME_UNRELIABLE, "g", 1100);
    assert_int_equal(t.r->session->outbox.messages, 1000);
    assert_int_equal(t.r->session->dropped, 110);
    world_pass(t.w, 3 * PATIENCE_MS);
    cast(&t, FRAME_UNRELIABLE, "g", 10);
    world_pass(t.w, 10);
    assert_false(t.r->closed); /* its patience is over, but no message was one too many */
    assert_int_equal(t.r->session->dropped, 120);
    end(&t);
}

/* -- cut ------------------------------------------------------------------------------------- */

static void cut_ends_it_at_the_number_of_messages_and_nobody_waits(void **state)
{
    (void)state;
    struct scene t = begin();
    say(&t, SLOW_OF_NAME, "r", SLOW_CUT);
    cast(&t, FRAME_AGREED, "g", 1000);
    assert_false(waits(&t, FRAME_UNRELIABLE, "nobody"));
    assert_false(t.r->closed);
    world_pass(t.w, 20);
    cast(&t, FRAME_AGREED, "g", 1);
    assert_true(t.r->closed);
    assert_int_equal(daemon_counters(t.w->daemon)->holds, 0);
    assert_non_null(strstr(t.w->last_log, "#r#d1 from the Unix socket as uid:0: does not read, session ended "
                                          "(1001 messages, 80080 bytes wait, the first for 20 ms; "
                                          "MaxSessionMessages is 1000); it was in 2 groups"));
    end(&t);
}

/* All in one turn, before its socket was tried. */
static void cut_ends_it_whenever_its_socket_is_tried(void **state)
{
    (void)state;
    struct scene t = begin();
    enum { COUNT = 1001, LEN = FRAME_HEADER + NAME_FIELD };
    uint8_t *bytes = calloc(COUNT, LEN);
    struct frame_header h = {.type = FRAME_AGREED, .sender = name_private("s", "d1"), .num_groups = 1,
                             .hint = frame_hint(0)};
    for (int i = 0; i < COUNT; i++) {
        frame_encode(bytes + i * LEN, &h);
        bytes[i * LEN + FRAME_HEADER] = 'g';
    }
    t.w->conf->max_session_bytes = 100 * BYTES;
    say(&t, SLOW_OF_GROUP, "g", SLOW_CUT);
    peer_send(t.s, bytes, COUNT * LEN);
    assert_true(t.r->closed);
    free(bytes);
    end(&t);
}

static void a_group_with_cut_ends_one_that_others_wait_for(void **state)
{
    (void)state;
    struct scene t = begin();
    t.w->conf->max_session_bytes = 100 * BYTES;
    say(&t, SLOW_OF_GROUP, "g", SLOW_CUT);
    cast(&t, FRAME_AGREED, "h", 10);
    world_pass(t.w, 10);
    cast(&t, FRAME_AGREED, "h", 990);
    assert_true(t.r->session->uptake.presses);
    cast(&t, FRAME_AGREED, "g", 1);
    assert_true(t.r->closed);
    end(&t);
}

/* -- who is right ---------------------------------------------------------------------------- */

/* What waits of a message to g, and to a group without a line: 'o' ordered ones, 'u' UNRELIABLE ones. */
static void check(struct scene *t, const char *to_g, const char *to_h)
{
    fill(t);
    static const struct {
        char letter;
        uint32_t service;
    } kinds[] = {{'o', FRAME_AGREED}, {'u', FRAME_UNRELIABLE}};
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < 2; i++) {
            const char *wanted = i ? to_h : to_g;
            if (waits(t, kinds[k].service, i ? "h" : "g") != (strchr(wanted, kinds[k].letter) != NULL))
                fail_msg("%c to %s", kinds[k].letter, i ? "h" : "g");
            if (crowd_holds(t->s->session)) { /* another one then; s goes with what it had */
                peer_free(t->s);
                t->s = world_join_as(t->w, "s");
            }
        }
    }
    end(t);
}

static void the_group_counts_where_no_line_is_of_the_client(void **state)
{
    (void)state;
    struct scene t = begin();
    say(&t, SLOW_OF_NAME, "other", SLOW_CUT);
    say(&t, SLOW_OF_PWORD, "*", SLOW_CUT); /* it has no user */
    check(&t, "ou", "ou");
    t = begin();
    say(&t, SLOW_OF_GROUP, "g*", SLOW_DROP);
    check(&t, "o", "ou");
    t = begin();
    say(&t, SLOW_OF_GROUP, "g*", SLOW_CUT);
    check(&t, "", "ou");
}

static void who_it_is_comes_before_which_group_it_is(void **state)
{
    (void)state;
    struct scene t = begin();
    say(&t, SLOW_OF_GROUP, "g", SLOW_DROP);
    say(&t, SLOW_OF_NAME, "r*", SLOW_HOLD);
    check(&t, "ou", "ou");
    t = begin();
    say(&t, SLOW_OF_GROUP, "*", SLOW_HOLD);
    say(&t, SLOW_OF_NAME, "r*", SLOW_DROP);
    check(&t, "o", "o");
}

static void a_user_is_who_it_is_too(void **state)
{
    (void)state;
    struct scene t = begin();
    identities_add_name(&t.r->session->identity, KNOWN_USER, "ticker");
    say(&t, SLOW_OF_PWORD, "tick*", SLOW_DROP);
    say(&t, SLOW_OF_NAME, "r", SLOW_HOLD);
    check(&t, "o", "o");
}

static void so_are_its_process_and_its_certificate(void **state)
{
    (void)state;
    struct scene t = begin();
    say(&t, SLOW_OF_UID, "0", SLOW_DROP); /* whose process world_join_as takes it for */
    check(&t, "o", "o");
    t = begin();
    identities_add_name(&t.r->session->identity, KNOWN_CERT, "a.feeds");
    say(&t, SLOW_OF_UID, "1000", SLOW_HOLD);
    say(&t, SLOW_OF_CERT, "*.feeds", SLOW_DROP);
    check(&t, "o", "o");
}

static void a_mailbox_may_ask_for_less_and_not_for_more(void **state)
{
    (void)state;
    struct scene t = begin();
    assert_true(asks(&t, 0, ASK_POLICY, SLOW_DROP, NULL));
    check(&t, "o", "o");
    t = begin();
    say(&t, SLOW_OF_GROUP, "g", SLOW_CUT);
    assert_true(asks(&t, 0, ASK_POLICY, SLOW_DROP, NULL));
    check(&t, "", "o");
    t = begin();
    say(&t, SLOW_OF_NAME, "r", SLOW_DROP);
    assert_true(asks(&t, 0, ASK_POLICY, SLOW_HOLD, NULL));
    check(&t, "o", "o");
    t = begin();
    assert_true(asks(&t, 0, ASK_POLICY, SLOW_CUT, NULL));
    check(&t, "", "");
    t = begin();
    assert_true(asks(&t, 0, ASK_POLICY, SLOW_CUT, NULL));
    assert_true(asks(&t, 0, ASK_POLICY, SLOW_HOLD, NULL)); /* the last one counts */
    check(&t, "ou", "ou");
}

static void nobody_asks_for_the_mailbox_of_another(void **state)
{
    (void)state;
    struct scene t = begin();
    uint64_t dropped = 7;
    assert_false(asks(&t, 5, ASK_POLICY, SLOW_CUT, NULL));
    assert_false(asks(&t, 5, ASK_DROPPED, 0, &dropped));
    assert_int_equal(dropped, 0);
    assert_int_equal(t.r->session->wish, SLOW_HOLD);
    check(&t, "ou", "ou");
}

static void what_is_said_while_it_presses_counts_at_once(void **state)
{
    (void)state;
    struct scene t = begin();
    fill(&t);
    assert_true(waits(&t, FRAME_UNRELIABLE, "g"));
    assert_true(asks(&t, 0, ASK_POLICY, SLOW_DROP, NULL));
    world_pass(t.w, 1);
    assert_false(crowd_holds(t.s->session));
    assert_true(waits(&t, FRAME_AGREED, "g"));
    say(&t, SLOW_OF_GROUP, "g", SLOW_CUT); /* as by a reload: at the next look */
    world_pass(t.w, 1);
    assert_true(crowd_holds(t.s->session));
    say(&t, SLOW_OF_NAME, "r", SLOW_CUT);
    world_pass(t.w, PATIENCE_MS / 20);
    assert_false(crowd_holds(t.s->session));
    end(&t);
}

/* -- events ---------------------------------------------------------------------------------- */

static uint64_t told(const struct scene *t, enum event_kind kind)
{
    return daemon_counters(t->w->daemon)->events[kind];
}

static void a_pause_is_told_of_once_and_when_it_is_over(void **state)
{
    (void)state;
    struct scene t = begin();
    say(&t, SLOW_OF_GROUP, "g", SLOW_DROP);
    cast(&t, FRAME_AGREED, "h", MARK / 2);
    world_pass(t.w, PATIENCE_MS / 2);
    assert_int_equal(told(&t, EVENT_BEHIND), 0); /* half of it, and no more */
    cast(&t, FRAME_AGREED, "h", 1);
    cast(&t, FRAME_UNRELIABLE, "g", MARK);
    assert_int_equal(told(&t, EVENT_BEHIND), 1);
    assert_non_null(strstr(t.w->last_log, "#r#d1 from the Unix socket as uid:0: is slow: 76 messages, 6080 bytes "
                                          "wait for it, the first for 500 ms; it is in 2 groups"));
    world_pass(t.w, PATIENCE_MS / 2);
    cast(&t, FRAME_UNRELIABLE, "g", MARK);
    assert_int_equal(told(&t, EVENT_BEHIND), 1);
    assert_int_equal(told(&t, EVENT_CAUGHT_UP), 0);
    uint64_t dropped = t.r->session->dropped;
    assert_true(dropped > 0);
    t.r->reads = true;
    world_pass(t.w, PATIENCE_MS / 10);
    assert_int_equal(told(&t, EVENT_CAUGHT_UP), 1);
    assert_int_equal(t.r->session->dropped_told, dropped);
    end(&t);
}

static void a_pause_that_is_short_is_not_told_of(void **state)
{
    (void)state;
    struct scene t = begin();
    fill(&t);
    world_pass(t.w, PATIENCE_MS / 10 - 40); /* its daemon looks every 25 ms */
    assert_int_equal(told(&t, EVENT_BEHIND), 0);
    t.r->reads = true;
    world_pass(t.w, PATIENCE_MS);
    assert_int_equal(told(&t, EVENT_BEHIND) + told(&t, EVENT_CAUGHT_UP), 0);
    t.r->reads = false;
    cast(&t, FRAME_AGREED, "h", 501); /* half of the messages that may wait */
    world_pass(t.w, PATIENCE_MS / 5);
    assert_int_equal(told(&t, EVENT_BEHIND), 1);
    end(&t);
}

static void one_that_ends_has_not_caught_up(void **state)
{
    (void)state;
    struct scene t = begin();
    fill(&t);
    world_pass(t.w, PATIENCE_MS / 2);
    assert_int_equal(told(&t, EVENT_BEHIND), 1);
    peer_hang_up(t.r);
    assert_int_equal(told(&t, EVENT_CAUGHT_UP), 0);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drop_leaves_out_unreliable_messages_and_counts_them),
        cmocka_unit_test(drop_never_leaves_out_an_ordered_message),
        cmocka_unit_test(drop_leaves_out_nothing_below_the_mark),
        cmocka_unit_test(who_loses_messages_may_stop_for_good_and_holds_up_nobody),
        cmocka_unit_test(drop_begins_at_the_number_of_messages_too),
        cmocka_unit_test(cut_ends_it_at_the_number_of_messages_and_nobody_waits),
        cmocka_unit_test(cut_ends_it_whenever_its_socket_is_tried),
        cmocka_unit_test(a_group_with_cut_ends_one_that_others_wait_for),
        cmocka_unit_test(the_group_counts_where_no_line_is_of_the_client),
        cmocka_unit_test(who_it_is_comes_before_which_group_it_is),
        cmocka_unit_test(a_user_is_who_it_is_too),
        cmocka_unit_test(so_are_its_process_and_its_certificate),
        cmocka_unit_test(a_mailbox_may_ask_for_less_and_not_for_more),
        cmocka_unit_test(nobody_asks_for_the_mailbox_of_another),
        cmocka_unit_test(what_is_said_while_it_presses_counts_at_once),
        cmocka_unit_test(a_pause_is_told_of_once_and_when_it_is_over),
        cmocka_unit_test(a_pause_that_is_short_is_not_told_of),
        cmocka_unit_test(one_that_ends_has_not_caught_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
