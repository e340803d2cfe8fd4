/* SPDX-License-Identifier: MIT
 *
 * The captures played against a daemon in memory: what it and its groups make is, byte for byte,
 * what 5.0.1 made. It can also do what no configuration asks of spreadd: refuse requests by policy.
 */
#include <stdio.h>

#include "tests/golden/captures.h"
#include "tests/support/test.h"
#include "tests/unit/daemon/world.h"

enum { CONNS = 26 };

struct stage {
    struct world *world;
    struct peer_end *conns[CONNS]; /* by letter */
    struct peer_end *ghost;
    const struct capture *capture;
};

static struct peer_end **conn_of(struct stage *s, char label)
{
    return &s->conns[label - 'A'];
}

/* -- what each capture needs --------------------------------------------------------------- */

static struct world *world_of(const struct capture *c)
{
    if (strcmp(c->name, "reject_no_method_available") == 0)
        return world_new(1, "");
    if (strcmp(c->name, "reject_message") == 0)
        return world_new_guarded("allow any { connect * send two }");
    if (strcmp(c->name, "auth_pword") == 0) { /* its hash was one that lets nobody in any more */
        struct world *w = world_new(1, "PWORD");
        assert_int_equal(auth_read_users(w->auth, "user1:$6$salt$hash-of-today\n"), 0);
        return w;
    }
    if (strcmp(c->name, "auth_ip") == 0) {
        struct world *w = world_new(1, "NULL IP");
        assert_int_equal(auth_read_rules(w->auth, "127.0.0.1\n"), 0);
        w->auth->required = AUTH_IP;
        return w;
    }
    return world_new(1, "NULL");
}

/* C of auth_ip is the only one that was not on TCP and whose capture depends on it. */
static struct peer_end *connect_as(struct stage *s, char label)
{
    static const struct peer tcp = {.ip = {.family = 4, .bytes = {127, 0, 0, 1}}, .port = 40000};
    if (strcmp(s->capture->name, "auth_ip") == 0 && label != 'C')
        return world_connect_from(s->world, &tcp);
    return world_connect(s->world);
}

static void hear_all(struct stage *s)
{
    for (size_t i = 0; i < CONNS; i++)
        if (s->conns[i])
            s->conns[i]->taken = s->conns[i]->len;
}

/* Somebody comes and goes: two changes each time. */
static void raise_index(struct stage *s, unsigned by)
{
    struct peer_end *passer = world_join_as(s->world, "passer");
    assert_int_equal(by % 2, 0);
    for (unsigned i = 0; i < by; i += 2) {
        peer_request(passer, "passer", FRAME_JOIN, s->capture->group);
        peer_request(passer, "passer", FRAME_LEAVE, s->capture->group);
    }
    peer_free(passer);
}

static void prepare(struct stage *s)
{
    const struct capture *c = s->capture;
    for (const char *label = c->open; *label; label++)
        *conn_of(s, *label) = world_join_as(s->world, capture_name(*label));
    for (const char *label = c->members; *label; label++)
        peer_request(*conn_of(s, *label), capture_name(*label), FRAME_JOIN, c->group);
    if (c->index > strlen(c->members))
        raise_index(s, c->index - (unsigned)strlen(c->members));
    hear_all(s);
}

/* -- playing ------------------------------------------------------------------------------- */

/* What the capture's invisible client did to cause e, if it was the cause. */
static void let_ghost_act(struct stage *s, const struct capture_event *e)
{
    char ghost_group[NAME_FIELD];
    snprintf(ghost_group, sizeof ghost_group, "#%s#d1", s->capture->ghost);
    if (!s->capture->ghost[0] || e->len < FRAME_HEADER || e->from_client)
        return;
    struct frame_header h;
    frame_decode(&h, e->bytes);
    const char *changed = (const char *)e->bytes + e->len - NAME_FIELD;
    if ((h.type & FRAME_BY_JOIN) && strcmp(changed, ghost_group) == 0) {
        s->ghost = world_join_as(s->world, s->capture->ghost);
        peer_request(s->ghost, s->capture->ghost, FRAME_JOIN, h.sender.text);
    } else if (strcmp(h.sender.text, ghost_group) == 0) {
        peer_send(s->ghost, e->bytes, e->len);
    }
}

/* It is "secret" in the recording. */
static void judge_passwords(struct world *w)
{
    struct login_question q;
    while (daemon_next_login(w->daemon, &q))
        daemon_on_login(w->daemon, q.number, strcmp(q.password, "secret") == 0, w->now);
    world_turn(w);
}

static void expect_recorded(struct peer_end *p, const struct capture_event *e)
{
    if (p->len - p->taken < e->len || !capture_matches(e, p->bytes + p->taken))
        fail_msg("not as recorded: %s", e->note);
    p->taken += e->len;
}

/* The daemon's end of stream is there, or comes by itself for one that was refused. */
static void expect_end(struct peer_end *p)
{
    expect_nothing(p);
    assert_true(p->closed || p->session->state == SESSION_REFUSED);
}

static void play_event(struct stage *s, const struct capture_event *e)
{
    struct peer_end **p = conn_of(s, e->conn);
    if (!*p)
        *p = connect_as(s, e->conn);
    let_ghost_act(s, e);
    switch (e->kind) {
    case CAPTURED_BYTES:
        judge_passwords(s->world);
        if (e->from_client)
            peer_send(*p, e->bytes, e->len);
        else
            expect_recorded(*p, e);
        break;
    case CAPTURED_SILENCE:
        expect_nothing(*p);
        break;
    case CAPTURED_CLOSE:
        if (!e->from_client)
            expect_end(*p);
        peer_free(*p);
        *p = NULL;
        break;
    case CAPTURED_OUTSIDE:
        fail_msg("%s: one daemon is not enough", e->note);
    }
}

static void play(const struct capture *c)
{
    struct stage s = {.capture = c, .world = world_of(c)};
    print_message("  %s\n", c->name);
    prepare(&s);
    for (size_t i = 0; i < c->count; i++)
        play_event(&s, &c->events[i]);
    for (size_t i = 0; i < CONNS; i++)
        if (s.conns[i])
            expect_nothing(s.conns[i]); /* nobody has heard more than was recorded */
    for (size_t i = 0; i < CONNS; i++)
        if (s.conns[i])
            peer_free(s.conns[i]);
    if (s.ghost)
        peer_free(s.ghost);
    world_free(s.world);
}

/* Those that need another daemon, an hour glass, or must be answered otherwise: replay_test.py. */
static bool is_played(const struct capture *c)
{
    static const char *const elsewhere[] = {
        "close_on_silent_connect",  "close_on_split_connect",      "connect_daemon_assigned_name",
        "forty_four_groups",        "network_partition_and_merge", "reject_name_length_mismatch",
        "reject_auth_short_choice", "malformed_oversize",
    };
    for (size_t i = 0; i < COUNT_OF(elsewhere); i++)
        if (strcmp(c->name, elsewhere[i]) == 0)
            return false;
    return true;
}

static void the_daemon_says_what_was_recorded(void **state)
{
    size_t count, played = 0;
    struct capture *list = captures_load(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        if (!is_played(&list[i]))
            continue;
        play(&list[i]);
        played++;
    }
    captures_free(list, count);
    assert_true(played >= 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_daemon_says_what_was_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
