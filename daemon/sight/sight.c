/* SPDX-License-Identifier: MIT */
#include "daemon/sight/sight.h"

#include <stdio.h>
#include <string.h>

#include "daemon/config/in_force.h"
#include "daemon/config/options.h"

static const char *const names[SIGHT_PARTS] = {
    [SIGHT_DAEMON] = "daemon",     [SIGHT_DAEMONS] = "daemons", [SIGHT_SEGMENTS] = "segments",
    [SIGHT_SESSIONS] = "sessions", [SIGHT_GROUPS] = "groups",   [SIGHT_MEMBERS] = "members",
    [SIGHT_VIEWS] = "views",       [SIGHT_SAMPLES] = "samples", [SIGHT_CONFIGURATION] = "configuration",
};

const char *sight_part_name(enum sight_part part)
{
    return part < SIGHT_PARTS ? names[part] : NULL;
}

enum sight_part sight_part_of(const char *name)
{
    int part = 0;
    while (part < SIGHT_PARTS && strcmp(names[part], name) != 0)
        part++;
    return (enum sight_part)part;
}

void sight_begin(struct json *j, const char *name, const struct sight_moment *m)
{
    json_object(j, NULL);
    json_text(j, "name", name);
    json_seconds(j, "time", m->wall_us ? m->wall_us : NEVER);
}

void sight_end(struct json *j)
{
    json_end_object(j);
    text_put(j->out, "\n", 1);
}

void sight_write_cursor(struct json *j, uint64_t cursor)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)cursor);
    json_text(j, "cursor", text);
}

static void write_names(struct json *j, const char *key, const struct procset *set,
                        const struct conf *conf)
{
    json_list(j, key);
    for procset_each(i, set)
        if (i < conf->daemon_count)
            json_text(j, NULL, conf->daemons[i].name);
    json_end_list(j);
}

static void write_ip(struct json *j, const char *key, const struct ip *ip)
{
    char text[IP_TEXT];
    json_text(j, key, ip_text(ip, text));
}

/* -- this daemon ------------------------------------------------------------------------------- */

static void write_process(struct json *j, const struct sight_process *p)
{
    json_object(j, "process");
    json_number(j, "resident_bytes", p->resident);
    json_number(j, "virtual_bytes", p->virtual_size);
    json_number(j, "descriptors", p->descriptors);
    json_number(j, "descriptors_most", p->descriptors_most);
    json_seconds(j, "cpu", p->cpu);
    json_end_object(j);
}

void sight_write_self(struct json *j, const struct sight_self *s)
{
    char text[24];
    json_object(j, names[SIGHT_DAEMON]);
    json_text(j, "version", s->version);
    json_number(j, "id", s->id);
    json_number(j, "hash", s->hash);
    snprintf(text, sizeof text, "%016llx", (unsigned long long)s->incarnation);
    json_text(j, "incarnation", text);
    json_seconds(j, "up", s->up);
    json_text(j, "state", s->state);
    json_text(j, "groups_state", s->groups_state);
    json_truth(j, "in_view", s->in_view);
    json_number(j, "leader_id", s->leader_id);
    json_number(j, "view_time", s->view_time);
    json_truth(j, "reads", s->reads);
    json_truth(j, "sealed", s->sealed);
    json_number(j, "backlog", s->backlog);
    json_number(j, "sessions", s->open_sessions);
    json_number(j, "connections", s->sessions);
    json_number(j, "groups", s->groups);
    json_number(j, "clients", s->clients);
    json_number(j, "members", s->members);
    json_number(j, "window", (uint64_t)s->window);
    json_number(j, "personal_window", (uint64_t)s->personal_window);
    json_number(j, "accelerated_window", (uint64_t)s->accelerated_window);
    json_number(j, "packets_sent", s->packets_sent);
    json_number(j, "packets_received", s->packets_received);
    json_number(j, "packets_sent_again", s->packets_sent_again);
    write_process(j, &s->process);
    json_end_object(j);
}

/* -- other daemons ----------------------------------------------------------------------------- */

static void write_ways(struct json *j, const struct sight_daemon *d)
{
    json_object(j, "heard_by");
    json_seconds(j, "segment_address", d->ways[WAY_SEGMENT]);
    json_seconds(j, "data_port", d->ways[WAY_DATA]);
    json_seconds(j, "token_port", d->ways[WAY_TOKEN]);
    json_number(j, "largest_bytes", d->largest);
    json_end_object(j);
}

static void write_trouble(struct json *j, const struct sight_daemon *d)
{
    if (!d->trouble[0])
        return;
    json_object(j, "trouble");
    json_text(j, "text", d->trouble);
    json_seconds(j, "ago", d->trouble_ago);
    if (d->hash)
        json_number(j, "hash", d->hash);
    json_end_object(j);
}

void sight_write_daemon(struct json *j, const struct sight_daemon *d)
{
    json_object(j, NULL);
    json_text(j, "name", d->conf->name);
    json_number(j, "id", d->conf->id);
    write_ip(j, "address", &d->conf->ip);
    json_number(j, "segment", (uint64_t)d->conf->segment + 1);
    json_truth(j, "self", d->self);
    json_truth(j, "in_view", d->in_view);
    json_truth(j, "leader", d->leader);
    if (d->state)
        json_text(j, "state", d->state);
    else
        json_null(j, "state");
    if (!d->self) {
        json_seconds(j, "heard", d->heard);
        write_ways(j, d);
    }
    if (d->hears_known)
        write_names(j, "hears", &d->hears, d->all);
    else
        json_null(j, "hears");
    write_names(j, "not_both_ways", &d->bad, d->all);
    write_trouble(j, d);
    json_end_object(j);
}

void sight_write_segment(struct json *j, const struct sight_segment *s)
{
    const struct conf *conf = s->conf;
    struct procset all = conf_segment_set(conf, (int)(s->segment - conf->segments));
    struct procset there = procset_both(&all, s->view);
    json_object(j, NULL);
    json_number(j, "number", (uint64_t)(s->segment - conf->segments) + 1);
    json_number(j, "port", s->segment->port);
    json_list(j, "addresses");
    for (int i = 0; i < s->segment->address_count; i++)
        write_ip(j, NULL, &s->segment->addresses[i]);
    json_end_list(j);
    write_names(j, "daemons", &all, conf);
    write_names(j, "in_view", &there, conf);
    json_end_object(j);
}

/* -- clients and groups ------------------------------------------------------------------------ */

static void write_members(struct json *j, const char *key, const struct name *list, uint32_t count)
{
    json_list(j, key);
    for (uint32_t i = 0; i < count; i++)
        json_text(j, NULL, list[i].text);
    json_end_list(j);
}

void sight_write_session(struct json *j, const struct sight_session *s)
{
    json_object(j, NULL);
    json_text(j, "name", s->name);
    json_text(j, "from", s->from);
    json_text(j, "identity", s->identity);
    json_text(j, "state", s->state);
    json_truth(j, "tls", s->tls);
    json_truth(j, "notices", s->notices);
    json_number(j, "waiting_messages", s->waiting);
    json_number(j, "waiting_bytes", s->waiting_bytes);
    json_seconds(j, "oldest", s->oldest);
    json_seconds(j, "slow", s->slow);
    json_truth(j, "holds_others", s->holds_others);
    json_seconds(j, "held", s->held ? s->held_for : NEVER);
    json_number(j, "received_messages", s->received);
    json_number(j, "delivered_messages", s->delivered);
    json_number(j, "dropped_messages", s->dropped);
    json_number(j, "memory_bytes", s->memory);
    json_number(j, "group_count", s->group_count);
    write_members(j, "groups", s->groups, s->group_shown);
    json_end_object(j);
}

void sight_write_group(struct json *j, const struct sight_group *g)
{
    char id[48];
    snprintf(id, sizeof id, "%u %u %u", g->view[0], g->view[1], g->view[2]);
    json_object(j, NULL);
    json_text(j, "name", g->name->text);
    json_text(j, "id", id);
    json_number(j, "member_count", g->count);
    json_number(j, "local_count", g->local);
    write_members(j, "members", g->members, g->shown);
    json_end_object(j);
}

/* -- views ------------------------------------------------------------------------------------- */

/* A list, of the names with blanks between. */
static void write_split(struct json *j, const char *key, const char *members)
{
    json_list(j, key);
    for (const char *at = members; *at;) {
        char name[CONF_DAEMON_NAME];
        size_t len = strcspn(at, " ");
        snprintf(name, sizeof name, "%.*s", (int)len, at);
        json_text(j, NULL, name);
        at += len + (at[len] == ' ');
    }
    json_end_list(j);
}

static void write_view(struct json *j, const struct past_view *v, const struct sight_moment *m)
{
    json_object(j, NULL);
    json_seconds(j, "ago", m->now - v->at);
    json_seconds(j, "time", m->wall_us ? m->wall_us - (m->now - v->at) : NEVER);
    json_text(j, "leader", v->leader);
    json_number(j, "leader_id", v->leader_id);
    json_number(j, "view_time", v->time);
    write_split(j, "members", v->members);
    write_split(j, "joined", v->joined);
    write_split(j, "left", v->left);
    if (v->why)
        json_text(j, "reason", why_text(v->why));
    else
        json_null(j, "reason");
    json_text(j, "sentence", v->cause);
    json_end_object(j);
}

void sight_write_views(struct json *j, const struct history *h, const struct sight_moment *m)
{
    json_object(j, names[SIGHT_VIEWS]);
    json_number(j, "total", h->views_ever);
    json_seconds(j, "without_ring", history_lost(h, m->now));
    json_list(j, "list");
    for (uint32_t i = 0; i < h->count; i++)
        write_view(j, history_view(h, i), m);
    json_end_list(j);
    json_end_object(j);
}

/* -- the configuration ------------------------------------------------------------------------- */

static void write_change(void *context, const struct option *o, const char *value)
{
    struct json *j = context;
    bool secret = strcmp(o->name, "DaemonKeyFile") == 0 || strcmp(o->name, "TLSKeyFile") == 0;
    json_object(j, NULL);
    json_text(j, "name", o->name);
    json_text(j, "value", secret ? "(set)" : value);
    json_end_object(j);
}

void sight_write_configuration(struct json *j, const struct conf *conf)
{
    json_object(j, names[SIGHT_CONFIGURATION]);
    json_number(j, "hash", conf->hash);
    json_number(j, "segment_count", (uint64_t)conf->segment_count);
    json_number(j, "daemon_count", (uint64_t)conf->daemon_count);
    json_list(j, "changed");
    conf_each_change(conf, write_change, j);
    json_end_list(j);
    json_end_object(j);
}

/* -- samples ----------------------------------------------------------------------------------- */

/* In the order of "columns". */
static void write_sample(struct json *j, const struct sample *s, usec now)
{
    const usec times[] = {s->agreed_half, s->agreed_most,   s->safe_half,
                          s->safe_most,   s->rotation_half, s->rotation_most};
    const uint64_t totals[] = {s->messages,     s->bytes,         s->delivered,
                               s->delivered_bytes, s->ordered,    s->packets_sent,
                               s->packets_received, s->packets_sent_again, s->waiting,
                               s->sessions,     s->groups};
    json_list(j, NULL);
    json_seconds(j, NULL, now - s->at);
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++)
        json_number(j, NULL, totals[i]);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        json_seconds(j, NULL, times[i] ? times[i] : NEVER);
    json_end_list(j);
}

void sight_write_samples(struct json *j, const struct samples *s, usec since)
{
    static const char *const columns[] = {
        "ago",          "messages",         "bytes",              "delivered",   "delivered_bytes",
        "ordered",      "packets_sent",     "packets_received",   "packets_sent_again", "backlog",
        "sessions",     "groups",           "agreed_half",        "agreed_99",   "safe_half",
        "safe_99",      "rotation_half",    "rotation_99"};
    usec last = s->count ? samples_at(s, s->count - 1)->at : 0;
    json_object(j, names[SIGHT_SAMPLES]);
    json_list(j, "columns");
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        json_text(j, NULL, columns[i]);
    json_end_list(j);
    json_number(j, "to", last);
    json_list(j, "list");
    for (uint32_t i = 0; i < s->count; i++)
        if (samples_at(s, i)->at > since)
            write_sample(j, samples_at(s, i), last);
    json_end_list(j);
    json_end_object(j);
}
