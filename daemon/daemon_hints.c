/* SPDX-License-Identifier: MIT
 *
 * What the log says of daemons that are not heard: what to look at, and what is known here of the
 * ways that are open. Nothing of it decides anything.
 */
#include <stdio.h>

#include "daemon/daemon_inside.h"

enum { LONE_AFTER_US = 10 * USEC_SECOND };

const char *hints_silence(const struct daemon *d, unsigned who, char text[HINT_TEXT])
{
    usec last = who < CONF_DAEMONS_MAX ? ways_last(&d->ways[who]) : 0;
    text[0] = '\0';
    if (last)
        snprintf(text, HINT_TEXT, ": nothing has come from it for %llu ms",
                 (unsigned long long)((d->now - last) / USEC_MS));
    return text;
}

/* "UDP ports 4803 and 4804 of segment 1, its multicast address 239.0.0.1" */
static int add_segment(const struct daemon *d, int segment, char *text, size_t size)
{
    const struct conf_segment *s = &d->parts.conf->segments[segment];
    char ip[IP_TEXT];
    const struct ip *address = &s->addresses[0];
    const char *kind = ip_is_multicast(address) ? "multicast " : "";
    int len = snprintf(text, size, "UDP ports %u and %u", s->port, s->port + 1u);
    if (s->address_count > 0 && len < (int)size)
        len += snprintf(text + len, size - (size_t)len, " and the %saddress %s", kind,
                        ip_text(address, ip));
    if (len < (int)size)
        len += snprintf(text + len, size - (size_t)len, " of segment %d", segment + 1);
    return len < (int)size ? len : (int)size - 1;
}

const char *hints_look_at(const struct daemon *d, unsigned a, unsigned b, char text[HINT_TEXT])
{
    const struct conf *conf = d->parts.conf;
    if (a >= (unsigned)conf->daemon_count || b >= (unsigned)conf->daemon_count)
        return "the network"; /* a reload has just removed one */
    int first = conf->daemons[a].segment, second = conf->daemons[b].segment;
    int len = add_segment(d, first, text, HINT_TEXT);
    if (second != first) {
        len += snprintf(text + len, HINT_TEXT - (size_t)len, ", ");
        len += add_segment(d, second, text + len, HINT_TEXT - (size_t)len);
    }
    snprintf(text + len, HINT_TEXT - (size_t)len, ", and whether packets of %zu bytes pass",
             core_largest_packet(d->core));
    return text;
}

const char *hints_ways(const struct daemon *d, unsigned a, unsigned b, char text[HINT_TEXT])
{
    static const char *const thoughts[HINTS] = {
        [HINT_NOTHING] = "nothing: it may be that it is cut off, or that a firewall stands between",
        [HINT_SEGMENT] = "all but what goes to the address of the segment: it may be that that is "
                         "not passed on",
        [HINT_DATA_PORT] = "only what goes to the second port: it may be that the first one is "
                           "blocked, or the address of the segment",
        [HINT_TOKEN_PORT] = "only what goes to the first port: it may be that the second one is "
                            "blocked",
        [HINT_OTHER_WAY] = "something by every way: it may be that the other direction is broken, "
                           "or that only large packets are lost",
    };
    unsigned self = (unsigned)d->parts.self, other = a == self ? b : a;
    const struct conf *conf = d->parts.conf;
    text[0] = '\0';
    if ((a != self && b != self) || other >= (unsigned)conf->daemon_count)
        return text;
    const struct ways *w = &d->ways[other];
    bool near = conf->daemons[other].segment == conf->daemons[self].segment;
    int len = snprintf(text, HINT_TEXT, "; from %s came here in the last minute %s",
                       conf->daemons[other].name, thoughts[ways_hint(w, near, d->now)]);
    if (w->largest > 0 && len < HINT_TEXT)
        snprintf(text + len, HINT_TEXT - (size_t)len, " (the largest had %zu bytes)", w->largest);
    return text;
}

/* -- a daemon that hears nobody ------------------------------------------------------------- */

static bool hears_somebody(const struct daemon *d)
{
    for (int i = 0; i < CONF_DAEMONS_MAX; i++)
        if (ways_last(&d->ways[i]))
            return true;
    return false;
}

void hints_begin(struct daemon *d)
{
    d->lone_at = d->parts.conf->daemon_count > 1 ? d->now + LONE_AFTER_US : NEVER;
}

void hints_on_time(struct daemon *d)
{
    char text[HINT_TEXT];
    unsigned self = (unsigned)d->parts.self;
    if (d->now < d->lone_at)
        return;
    d->lone_at = NEVER;
    if (hears_somebody(d))
        return;
    log_event(d->parts.log, LOG_MEMBERSHIP | LOG_PRINT, LEVEL_WARNING,
              "none of the other %d daemons of the configuration has been heard since the start: if "
              "any of them runs, look at %s",
              d->parts.conf->daemon_count - 1, hints_look_at(d, self, self, text));
}
