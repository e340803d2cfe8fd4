/* SPDX-License-Identifier: MIT */
#include "daemon/events/report.h"

#include <stdio.h>

#include "daemon/events/remedy.h"
#include "daemon/events/sentence.h"

static struct quiet *of_daemon(struct report *r, int what, const struct event_record *e)
{
    return &r->of_daemon[what][e->daemon < CONF_DAEMONS_MAX ? e->daemon : CONF_DAEMONS_MAX];
}

/* True: it is told now; *left_out is how many before it were not. */
static bool is_told(struct report *r, const struct event_record *e, uint64_t *left_out)
{
    *left_out = 0;
    switch (e->kind) {
    case EVENT_REFUSED:
        if (e->why == REFUSED_SELF || e->why == REFUSED_PARTITION)
            return false; /* wherever the system loops multicast; and a monitor wanted it */
        if (e->why == REFUSED_HASH)
            return quiet_backs_off(of_daemon(r, 0, e), e->at, left_out);
        if (e->why == REFUSED_VERSION)
            return quiet_backs_off(of_daemon(r, 1, e), e->at, left_out);
        return quiet_may_speak(&r->of_reason[e->why], e->at, left_out);
    case EVENT_UNOPENED:
        return e->why != REFUSED_REPLAY && /* which networks do, too */
               quiet_backs_off(&r->of_seal[e->why - REFUSED_OPEN][e->daemon], e->at, left_out);
    case EVENT_OTHER_SPREAD:
        return quiet_backs_off(of_daemon(r, 2, e), e->at, left_out);
    case EVENT_MONITOR_IGNORED:
    case EVENT_MONITOR_REFUSED:
        return e->why != MONITOR_AGAIN &&
               quiet_may_speak(&r->of_command[e->number[0] % COMMANDS][e->why], e->at, left_out);
    case EVENT_STATUS_REFUSED:
        return quiet_backs_off(&r->of_reason[e->why], e->at, left_out);
    case EVENT_DOUBT:
    case EVENT_CONNECT_REFUSED:
    case EVENT_CONNECT_LATE:
    case EVENT_MALFORMED:
    case EVENT_REJECTED:
        return quiet_may_speak(&r->of_reason[e->why], e->at, left_out);
    case EVENT_UNSOUND:
    case EVENT_TAKEN_FROM_GROUP:
    case EVENT_CUT_OFF:
    case EVENT_CROWDED:
    case EVENT_KEEPS_UP:
    case EVENT_BEHIND:
    case EVENT_CAUGHT_UP:
        return quiet_may_speak(&r->of_kind[e->kind], e->at, left_out);
    default:
        return true;
    }
}

void report_on_event(struct report *r, const struct event_record *e, const struct conf *conf,
                     const char *advice)
{
    char text[SENTENCE_TEXT], more[64] = "";
    uint64_t left_out;
    if (!log_shows(r->log, event_types(e->kind), event_level(e->kind)) || !is_told(r, e, &left_out))
        return;
    if (left_out > 0)
        snprintf(more, sizeof more, "; %llu more since the last such line",
                 (unsigned long long)left_out);
    const char *remedy = event_remedy(e);
    log_event(r->log, event_types(e->kind), event_level(e->kind), "%s%s%s%s%s", event_sentence(e, conf, text),
              advice, remedy ? "; " : "", remedy ? remedy : "", more);
}
