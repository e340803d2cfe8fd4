/* SPDX-License-Identifier: MIT
 *
 * Gathers what is shown: with daemon_sight_clients.c the one file that looks into all rooms for it, and
 * changes none.
 */
#include "daemon/daemon_sight.h"

#include <string.h>

#include "daemon/daemon_sight_inside.h"
#include "daemon/sight/metrics.h"

#ifndef SPREAD_VERSION_TEXT
#define SPREAD_VERSION_TEXT "unknown"
#endif

enum { FEW = 20 }; /* sessions and groups beside all the other parts */

/* -- this daemon ----------------------------------------------------------------------------- */

static const char *groups_state_name(enum groups_state s)
{
    static const char *const names[] = {[GROUPS_STEADY] = "steady",
                                        [GROUPS_TRANSITIONAL] = "transitional",
                                        [GROUPS_GATHERING] = "gathering",
                                        [GROUPS_INTERRUPTED] = "interrupted"};
    return names[s];
}

bool daemon_is_ready(const struct daemon *d)
{
    return d->shared.view.leader_id != 0 && core_state(d->shared.core) == CORE_OPER &&
           groups_state(d->shared.groups) == GROUPS_STEADY && !d->shared.leaving;
}

bool daemon_is_lone(const struct daemon *d)
{
    return shared_conf(&d->shared)->daemon_count > 1 && !d->peers.heard_one;
}

static void gather_self(const struct daemon *d, const struct sight_process *process, usec now,
                        struct sight_self *s)
{
    const struct shared *h = &d->shared;
    struct ring_windows windows = core_windows(h->core);
    struct ring_counters ring = core_counters(h->core);
    *s = (struct sight_self){
        .version = SPREAD_VERSION_TEXT,
        .state = core_state_name(core_state(h->core)),
        .groups_state = groups_state_name(groups_state(h->groups)),
        .id = shared_me(h)->id,
        .hash = shared_conf(h)->hash,
        .up = now - h->started_at,
        .in_view = daemon_is_ready(d),
        .leader_id = h->view.leader_id,
        .view_time = h->view.time,
        .incarnation = core_incarnation(h->core),
        .sessions = d->clients.table.count,
        .open_sessions = table_named(&d->clients.table),
        .groups = groups_count(h->groups),
        .clients = groups_clients(h->groups),
        .members = groups_members(h->groups),
        .backlog = core_backlog(h->core),
        .reads = d->clients.reading,
        .window = windows.window,
        .personal_window = windows.personal,
        .accelerated_window = windows.accelerated,
        .sealed = seal_is_on(h->seal),
        .packets_sent = ring.packets_sent,
        .packets_received = ring.packets_received,
        .packets_sent_again = ring_counters_resent(&ring),
    };
    if (process)
        s->process = *process;
}

/* -- daemons --------------------------------------------------------------------------------- */

static void gather_trouble(const struct shared *h, unsigned i, usec now, struct sight_daemon *s,
                           char text[SENTENCE_TEXT])
{
    const struct event_record *e = &h->history.troubles[i];
    text[0] = '\0';
    s->trouble = text;
    if (!e->at)
        return;
    event_sentence(e, shared_conf(h), text);
    s->trouble_ago = now - e->at;
    if (e->kind == EVENT_REFUSED && e->why == REFUSED_HASH)
        s->hash = (uint32_t)e->number[0];
}

/* A daemon of our view hears all the others of it: their tokens come round. */
static void gather_hearing(const struct shared *h, unsigned i, usec now, struct sight_daemon *s)
{
    enum core_state state;
    s->bad = core_not_with(h->core, i, now);
    if (s->self) {
        s->state = core_state_name(core_state(h->core));
        s->hears_known = true;
        for (int k = 0; k < shared_conf(h)->daemon_count; k++)
            if (k != (int)i && sight_ago(ways_last(&h->ways[k]), now) < WAYS_LATELY_US)
                procset_add(&s->hears, (unsigned)k);
    } else if (s->in_view) {
        s->state = core_state_name(CORE_OPER);
        s->hears_known = true;
        s->hears = h->view.members;
        procset_remove(&s->hears, i);
    } else if (core_saying(h->core, i, &state, &s->hears)) {
        s->state = core_state_name(state);
        s->hears_known = true;
    }
}

static void show_daemon(const struct shared *h, unsigned i, usec now, struct json *j)
{
    const struct ways *ways = &h->ways[i];
    char trouble[SENTENCE_TEXT];
    struct sight_daemon s = {
        .conf = &shared_conf(h)->daemons[i],
        .all = shared_conf(h),
        .self = i == h->in_force.self,
        .in_view = h->view.leader_id && procset_has(&h->view.members, i),
        .heard = sight_ago(ways_last(ways), now),
        .largest = ways->largest,
    };
    s.leader = s.in_view && s.conf->id == h->view.leader_id;
    for (int k = 0; k < WAYS; k++)
        s.ways[k] = sight_ago(ways->at[k], now);
    gather_hearing(h, i, now, &s);
    gather_trouble(h, i, now, &s, trouble);
    sight_write_daemon(j, &s);
}

static void show_daemons(const struct shared *h, usec now, struct json *j)
{
    json_list(j, sight_part_name(SIGHT_DAEMONS));
    for (int i = 0; i < shared_conf(h)->daemon_count; i++)
        show_daemon(h, (unsigned)i, now, j);
    json_end_list(j);
}

static void show_segments(const struct shared *h, struct json *j)
{
    const struct conf *conf = shared_conf(h);
    struct procset nobody = {{0}};
    json_list(j, sight_part_name(SIGHT_SEGMENTS));
    for (int i = 0; i < conf->segment_count; i++)
        sight_write_segment(
            j, &(struct sight_segment){.conf = conf,
                                       .segment = &conf->segments[i],
                                       .view = h->view.leader_id ? &h->view.members : &nobody});
    json_end_list(j);
}

/* -- parts ----------------------------------------------------------------------------------- */

static struct sight_moment moment_of(const struct daemon *d, usec now)
{
    uint64_t wall = d->wall_us ? d->wall_us + (now - d->wall_at) : 0;
    return (struct sight_moment){now, wall};
}

static void show_self(const struct showing *w, const struct sight_process *process)
{
    struct sight_self self;
    gather_self(w->d, process, w->now, &self);
    sight_write_self(w->json, &self);
}

static void show_part(struct showing *w, const struct sight_process *process)
{
    const struct shared *h = &w->d->shared;
    const struct sight_moment moment = moment_of(w->d, w->now);
    switch (w->question->part) {
    case SIGHT_DAEMON:
        show_self(w, process);
        break;
    case SIGHT_DAEMONS:
        show_daemons(h, w->now, w->json);
        break;
    case SIGHT_SEGMENTS:
        show_segments(h, w->json);
        break;
    case SIGHT_SESSIONS:
        sight_sessions(w);
        break;
    case SIGHT_GROUPS:
        sight_groups(w);
        break;
    case SIGHT_MEMBERS:
        sight_members(w);
        break;
    case SIGHT_VIEWS:
        sight_write_views(w->json, &h->history, &moment);
        break;
    case SIGHT_CONFIGURATION:
        sight_write_configuration(w->json, shared_conf(h));
        break;
    case SIGHT_SAMPLES:
        sight_write_samples(w->json, &w->d->samples, w->question->since);
        break;
    case SIGHT_PARTS:
        break;
    }
}

static void begin(const struct showing *w)
{
    const struct sight_moment moment = moment_of(w->d, w->now);
    sight_begin(w->json, shared_me(&w->d->shared)->name, &moment);
}

bool daemon_show(const struct daemon *d, const struct sight_question *q,
                 const struct sight_process *process, usec now, struct text *text)
{
    struct json json = {.out = text};
    struct showing w = {
        .d = d, .now = now, .json = &json, .question = q, .grant = sight_grant(d, q->asker)};
    if (q->part == SIGHT_MEMBERS && !sight_has_group(&w))
        return false;
    begin(&w);
    show_part(&w, process);
    sight_end(&json);
    return true;
}

void daemon_show_all(const struct daemon *d, const struct identity *asker,
                     const struct sight_process *process, usec now, struct text *text)
{
    struct json json = {.out = text};
    struct sight_question q = {.limit = FEW};
    struct showing w = {
        .d = d, .now = now, .json = &json, .question = &q, .grant = sight_grant(d, asker)};
    begin(&w);
    for (int part = 0; part < SIGHT_PARTS; part++) {
        q.part = (enum sight_part)part;
        if (q.part != SIGHT_MEMBERS && q.part != SIGHT_SAMPLES)
            show_part(&w, process);
    }
    sight_end(&json);
}

/* -- metrics --------------------------------------------------------------------------------- */

static void show_slowest(const struct daemon *d, usec now, struct text *text)
{
    const struct session *slowest[METRICS_SESSIONS];
    struct sight_session list[METRICS_SESSIONS];
    struct session_texts texts[METRICS_SESSIONS];
    uint32_t count = table_slowest(&d->clients.table, slowest, METRICS_SESSIONS);
    for (uint32_t i = 0; i < count; i++)
        list[i] = sight_session(d, slowest[i], now, &texts[i]);
    metrics_write_sessions(text, list, count);
}

void daemon_show_metrics(const struct daemon *d, const struct sight_process *process, usec now,
                         struct text *text)
{
    const struct shared *h = &d->shared;
    struct sight_self self;
    struct ring_counters ring = core_counters(h->core);
    gather_self(d, process, now, &self);
    struct metrics m = {
        .counters = &h->counters,
        .ring = &ring,
        .history = &h->history,
        .latency = &h->latency,
        .rotations = core_rotations(h->core),
        .log_lost = h->report.log ? h->report.log->lost : 0,
        .self = &self,
        .name = shared_me(h)->name,
        .views = core_views_installed(h->core),
        .daemons = (uint32_t)shared_conf(h)->daemon_count,
        .in_view = h->view.leader_id ? (uint32_t)procset_count(&h->view.members) : 0,
        .now = now,
    };
    metrics_write(text, &m);
    show_slowest(d, now, text);
}

/* -- samples --------------------------------------------------------------------------------- */

bool daemon_samples_due(const struct daemon *d, usec now)
{
    return samples_due(&d->samples, now);
}

void daemon_sample(struct daemon *d, usec now, uint64_t wall_us)
{
    const struct shared *h = &d->shared;
    const struct counters *c = &h->counters;
    struct ring_counters ring = core_counters(h->core);
    struct sample one = {
        .at = now,
        .messages = c->messages_in,
        .bytes = c->bytes_in,
        .delivered = c->deliveries,
        .delivered_bytes = c->bytes_out,
        .ordered = c->messages_ordered,
        .packets_sent = ring.packets_sent,
        .packets_received = ring.packets_received,
        .packets_sent_again = ring_counters_resent(&ring),
        .waiting = core_backlog(h->core),
        .sessions = (uint32_t)table_named(&d->clients.table),
        .groups = (uint32_t)groups_count(h->groups),
    };
    d->wall_us = wall_us;
    d->wall_at = now;
    samples_add(&d->samples, one, &h->latency.agreed, &h->latency.safe, core_rotations(h->core));
}
