/* SPDX-License-Identifier: MIT */
#include "daemon/sight/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/base/text.h"
#include "daemon/membership/core.h"

void history_init(struct history *h, usec now)
{
    h->ring_lost_at = now;
}

static void forget(struct past_view *v)
{
    free(v->members);
    free(v->joined);
    free(v->left);
    free(v->cause);
    *v = (struct past_view){0};
}

void history_fini(struct history *h)
{
    for (int i = 0; i < HISTORY_VIEWS; i++)
        forget(&h->views[i]);
}

/* -- what leads to a view ---------------------------------------------------------------------- */

static bool has_ring(uint64_t state)
{
    return state == CORE_OPER || state == CORE_LEAVING;
}

static void on_state(struct history *h, const struct event_record *e)
{
    if (has_ring(e->number[0]) && !has_ring(e->number[1])) {
        h->why = e->why;
        h->ring_lost_at = e->at;
    } else if (has_ring(e->number[1]) && h->ring_lost_at != NEVER) {
        h->ring_lost_us += e->at - h->ring_lost_at;
        h->ring_lost_at = NEVER;
    }
}

static bool is_cause(enum event_kind kind)
{
    switch (kind) {
    case EVENT_SUSPECT:
    case EVENT_PAUSED:
    case EVENT_RESTARTED:
    case EVENT_ONE_WAY:
    case EVENT_EVICTED:
    case EVENT_MUTE:
    case EVENT_LEFT_OUT:
    case EVENT_LEFT_BEHIND:
    case EVENT_LEAVES:
    case EVENT_SLOW:
    case EVENT_RELOADED:
        return true;
    default:
        return false;
    }
}

static void add_cause(struct history *h, const struct event_record *e, const struct conf *conf)
{
    char text[SENTENCE_TEXT];
    size_t len = strlen(h->cause);
    event_sentence(e, conf, text);
    if (!strstr(h->cause, text))
        snprintf(h->cause + len, sizeof h->cause - len, "%s%s", len ? "; " : "", text);
}

/* -- views ------------------------------------------------------------------------------------- */

static char *names_of(const struct procset *set, const struct conf *conf)
{
    struct text t = {0};
    text_put(&t, "", 0);
    for procset_each(i, set)
        if (i < conf->daemon_count)
            text_add(&t, "%s%s", t.len ? " " : "", conf->daemons[i].name);
    return t.bytes;
}

static char *sentence_of(const struct history *h, const struct past_view *v)
{
    struct text t = {0};
    if (v->left[0])
        text_add(&t, "without %s", v->left);
    if (v->joined[0])
        text_add(&t, "%swith %s", t.len ? ", " : "", v->joined);
    if (t.len == 0)
        text_add(&t, "with the same daemons");
    if (h->cause[0])
        text_add(&t, ": %s", h->cause);
    else if (h->why)
        text_add(&t, ": %s", why_text(h->why));
    return t.bytes;
}

static void on_view(struct history *h, const struct event_record *e, const struct conf *conf)
{
    struct past_view *v = &h->views[h->next];
    struct procset joined = procset_minus(&e->set, &h->members);
    struct procset left = procset_minus(&h->members, &e->set);
    forget(v);
    v->at = e->at;
    v->leader_id = (uint32_t)e->number[0];
    v->time = (uint32_t)e->number[1];
    snprintf(v->leader, sizeof v->leader, "%.*s", (int)sizeof v->leader - 1, e->who.text);
    v->members = names_of(&e->set, conf);
    v->joined = names_of(&joined, conf);
    v->left = names_of(&left, conf);
    v->why = h->why;
    v->cause = sentence_of(h, v);
    h->members = e->set;
    h->reasons[REASON_VIEW][h->why]++;
    h->next = (h->next + 1) % HISTORY_VIEWS;
    h->count += h->count < HISTORY_VIEWS;
    h->views_ever++;
    h->why = WHY_NONE;
    h->cause[0] = '\0';
}

void history_on_renumbered(struct history *h, const struct procset *members)
{
    h->members = *members;
    memset(h->troubles, 0, sizeof h->troubles);
}

/* -- reasons ----------------------------------------------------------------------------------- */

static int reason_of(enum event_kind kind)
{
    switch (kind) {
    case EVENT_REFUSED:
    case EVENT_UNOPENED:
        return REASON_PACKET;
    case EVENT_DOUBT:
        return REASON_DOUBT;
    case EVENT_CONNECT_REFUSED:
    case EVENT_CONNECT_LATE:
        return REASON_CONNECT;
    case EVENT_REJECTED:
    case EVENT_MALFORMED:
        return REASON_REQUEST;
    case EVENT_CLOSED:
        return REASON_END;
    case EVENT_MONITOR_IGNORED:
    case EVENT_MONITOR_REFUSED:
        return REASON_MONITOR;
    case EVENT_STATUS_REFUSED:
        return REASON_STATUS;
    default:
        return REASONS;
    }
}

static void note_trouble(struct history *h, const struct event_record *e)
{
    bool is_trouble = e->kind == EVENT_REFUSED || e->kind == EVENT_UNOPENED ||
                      e->kind == EVENT_OTHER_SPREAD || e->kind == EVENT_DOUBT ||
                      e->kind == EVENT_DISAGREES;
    if (is_trouble && e->daemon < CONF_DAEMONS_MAX)
        h->troubles[e->daemon] = *e;
}

void history_on_event(struct history *h, const struct event_record *e, const struct conf *conf)
{
    int of = reason_of(e->kind);
    if (of < REASONS)
        h->reasons[of][e->why]++;
    note_trouble(h, e);
    if (e->kind == EVENT_STATE)
        on_state(h, e);
    else if (e->kind == EVENT_VIEW)
        on_view(h, e, conf);
    else if (is_cause(e->kind))
        add_cause(h, e, conf);
}
