/* SPDX-License-Identifier: MIT */
#include "tools/monitor/top.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/io/clock.h"
#include "tools/monitor/batch.h"
#include "tools/monitor/gather.h"

enum { CLIENTS = 100, ANSWER_US = 800 * USEC_MS };

static const char *const orders[TOP_ORDERS] = {
    [TOP_LAG] = "lag", [TOP_RATE] = "rate", [TOP_MEMORY] = "memory"};

enum top_order top_order_of(const char *name)
{
    int order = 0;
    while (order < TOP_ORDERS && strcmp(orders[order], name) != 0)
        order++;
    return (enum top_order)order;
}

static struct procset everybody(const struct conf *conf)
{
    struct procset all = {{0}};
    for (int i = 0; i < conf->daemon_count; i++)
        procset_add(&all, (unsigned)i);
    return all;
}

/* What steers a terminal is left out. */
static void copy(char *to, size_t size, const char *text)
{
    size_t len = 0;
    for (; *text && len + 1 < size; text++)
        to[len++] = (unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text;
    to[len] = '\0';
}

/* -- daemons ------------------------------------------------------------------------------------- */

/* A second, since the last time. */
static double rate(double before, double now, double seconds)
{
    return before > 0 && now >= before && seconds > 0 ? (now - before) / seconds : 0;
}

static void take_daemon(struct top_daemon *d, const struct value *page, double seconds)
{
    const struct value *v = value_at(page, "daemon");
    struct top_daemon old = *d;
    *d = (struct top_daemon){.answers = v != NULL};
    if (!v)
        return;
    copy(d->state, sizeof d->state, value_text(v, "state"));
    d->in_view = value_is_true(v, "in_view");
    d->up = value_number(v, "up");
    d->sessions = value_number(v, "sessions");
    d->groups = value_number(v, "groups");
    d->backlog = value_number(v, "backlog");
    d->memory = value_number(value_at(v, "process"), "resident_bytes");
    d->packets_sent = value_number(v, "packets_sent");
    d->packets_received = value_number(v, "packets_received");
    d->packets_again = value_number(v, "packets_sent_again");
    d->sent = rate(old.packets_sent, d->packets_sent, seconds);
    d->received = rate(old.packets_received, d->packets_received, seconds);
    d->again = rate(old.packets_again, d->packets_again, seconds);
}

/* What is said of the last view, asked for when there is another one. */
static void take_view(struct top *t, struct gather *g, int daemon, const struct value *page)
{
    struct value *values[CONF_DAEMONS_MAX];
    struct procset one = procset_of((unsigned)daemon);
    double time = value_number(value_at(page, "daemon"), "view_time");
    if (time <= t->view_time)
        return;
    gather_page(g, &one, "views", "", 1, 0, values);
    const struct value *list = value_at(value_at(values[daemon], "views"), "list");
    if (list && list->first) {
        t->view_time = time;
        copy(t->view, sizeof t->view, value_text(list->first, "sentence"));
    }
    for (int i = 0; i < CONF_DAEMONS_MAX; i++)
        value_free(values[i]);
}

/* -- clients ------------------------------------------------------------------------------------- */

static void find_rate(const struct top *t, struct top_client *c, double seconds)
{
    c->rate = -1;
    for (size_t i = 0; i < t->count_before; i++)
        if (t->before[i].daemon == c->daemon && name_equal(&t->before[i].name, &c->name) &&
            c->total >= t->before[i].total && seconds > 0)
            c->rate = (c->total - t->before[i].total) / seconds;
}

static void take_clients(struct top *t, int daemon, const struct value *page, double seconds)
{
    const struct value *list = value_at(value_at(page, "sessions"), "list");
    for (const struct value *v = list ? list->first : NULL; v && t->count < TOP_ROWS; v = v->next) {
        struct top_client *c = &t->clients[t->count++];
        *c = (struct top_client){.daemon = daemon};
        copy(c->name.text, sizeof c->name.text, value_text(v, "name"));
        copy(c->from, sizeof c->from, value_text(v, "from"));
        c->waiting = value_number(v, "waiting_messages");
        c->bytes = value_number(v, "waiting_bytes");
        c->oldest = value_is_null(v, "oldest") ? -1 : value_number(v, "oldest");
        c->memory = value_number(v, "memory_bytes");
        c->total = value_number(v, "received_messages") + value_number(v, "delivered_messages");
        find_rate(t, c, seconds);
    }
}

static int by_weight(const void *a, const void *b)
{
    const struct top_client *one = a, *other = b;
    if (one->weight != other->weight)
        return one->weight > other->weight ? -1 : 1;
    return strcmp(one->name.text, other->name.text);
}

void top_sort(struct top *t)
{
    for (struct top_client *c = t->clients; c < t->clients + t->count; c++)
        c->weight = t->order == TOP_RATE ? c->rate : t->order == TOP_MEMORY ? c->memory : c->waiting;
    qsort(t->clients, t->count, sizeof *t->clients, by_weight);
}

/* -- looking ------------------------------------------------------------------------------------- */

void top_look(struct top *t)
{
    struct value *values[CONF_DAEMONS_MAX];
    struct procset all = everybody(t->station->conf);
    struct gather g;
    usec now = clock_now();
    double seconds = t->asked_at ? (double)(now - t->asked_at) / USEC_SECOND : 0;
    struct top_client *swap = t->before;
    t->before = t->clients;
    t->clients = swap;
    t->count_before = t->count;
    t->count = 0;
    t->asked_at = now;
    gather_init(&g, t->station, ANSWER_US);
    gather_page(&g, &all, "daemon", "", 0, 0, values);
    struct procset there = {{0}};
    for procset_each(i, &all) {
        take_daemon(&t->daemons[i], values[i], seconds);
        if (!values[i])
            continue;
        procset_add(&there, (unsigned)i);
        take_view(t, &g, i, values[i]);
        value_free(values[i]);
    }
    gather_init(&g, t->station, ANSWER_US);
    gather_page(&g, &there, "sessions", "", CLIENTS, 0, values);
    for procset_each(i, &there) {
        take_clients(t, i, values[i], seconds);
        value_free(values[i]);
    }
    top_sort(t);
}

int top_json(const struct station *s, usec limit)
{
    static const char *const parts[] = {"daemon", "sessions"};
    struct value *values[CONF_DAEMONS_MAX];
    struct procset all = everybody(s->conf);
    const char *separator = "[\n  ";
    bool whole = true;
    for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++) {
        struct gather g;
        gather_init(&g, s, limit);
        gather_page(&g, &all, parts[p], "", CLIENTS, 0, values);
        for procset_each(i, &all) {
            whole = whole && values[i];
            if (!values[i])
                continue;
            fputs(separator, stdout);
            value_print(values[i]);
            separator = ",\n  ";
            value_free(values[i]);
        }
    }
    fputs(separator[0] == '[' ? "[]\n" : "\n]\n", stdout);
    return whole ? BATCH_DONE : BATCH_UNANSWERED;
}
