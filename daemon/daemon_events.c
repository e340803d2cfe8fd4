/* SPDX-License-Identifier: MIT
 *
 * The stream of events of this daemon: a record gets its time and names here, and goes to each of its
 * readers: the counts, the log, and the one that the daemon's owner has named.
 */
#include <string.h>

#include "daemon/daemon_shared.h"

static struct name name_of(const struct shared *d, unsigned proc)
{
    const struct conf *conf = shared_conf(d);
    struct name name = {{0}};
    if (proc < (unsigned)conf->daemon_count)
        strncpy(name.text, conf->daemons[proc].name, NAME_FIELD - 1);
    else if (proc != NO_PROC)
        name.text[0] = '?'; /* a reload has just removed it */
    return name;
}

/* What only this daemon knows of what the core tells. */
static void complete(const struct shared *d, struct event_record *e)
{
    if (e->kind == EVENT_ROUNDABOUT)
        e->other = d->in_force.self;
    if (e->kind == EVENT_SUSPECT || e->kind == EVENT_MUTE)
        e->number[0] = hints_silence_ms(d, e->daemon);
    if (e->kind == EVENT_ONE_WAY)
        hints_ways(d, e);
    if (e->daemon != NO_PROC)
        e->who = name_of(d, e->daemon);
    if (e->other != NO_PROC)
        e->whom = name_of(d, e->other);
}

void events_tell(struct shared *d, struct event_record *e)
{
    char advice[HINT_TEXT];
    e->at = d->now;
    complete(d, e);
    d->counters.events[e->kind]++;
    d->counters.reasons[e->why]++;
    report_on_event(&d->report, e, shared_conf(d), hints_advice(d, e, advice));
    history_on_event(&d->history, e, shared_conf(d));
    if (d->on_event)
        d->on_event(d->events_context, e);
}

void events_tell_kind(struct shared *d, enum event_kind kind, uint64_t number)
{
    struct event_record e = event_about(kind, NO_PROC, number);
    events_tell(d, &e);
}
