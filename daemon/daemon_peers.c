/* SPDX-License-Identifier: MIT
 *
 * Other daemons: their datagrams in, ours out, and what there is to tell a person about them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/daemon_inside.h"

void peers_free_all(struct daemon *d)
{
    for (size_t i = d->relay_next; i < d->relay_count; i++)
        block_unref(d->relays[i].block);
    free(d->relays);
    block_unref(d->sending.block);
}

static const char *name_of(const struct daemon *d, unsigned proc)
{
    return proc < (unsigned)d->parts.conf->daemon_count ? d->parts.conf->daemons[proc].name : "?";
}

/* -- in ------------------------------------------------------------------------------------ */

/* Who of our file has that address: "daemon d2", "daemons d2, d3", or "a stranger". Where several
 * share an address, as on one machine, it is told less often for all of them. Returns the first. */
static unsigned name_source(const struct daemon *d, const struct ip *source, char text[HINT_TEXT])
{
    const struct conf *conf = d->parts.conf;
    unsigned first = STRANGER;
    int len = 0;
    for (int i = 0; i < conf->daemon_count; i++) {
        if (i == d->parts.self || !ip_equal(&conf->daemons[i].ip, source))
            continue;
        if (len < HINT_TEXT)
            len += snprintf(text + len, HINT_TEXT - (size_t)len, "%s%s",
                            first == STRANGER ? "daemon " : " or ", conf->daemons[i].name);
        first = first == STRANGER ? (unsigned)i : first;
    }
    if (first == STRANGER)
        snprintf(text, HINT_TEXT, "a stranger");
    return first;
}

/* Of each daemon with another file or program, soon and then less and less often, for it may run for
 * days; of all else, which anybody can send, once a second of each reason, whoever sends it. */
static bool is_to_be_told(struct daemon *d, enum admission why, unsigned who, uint64_t *left_out)
{
    if (why == REFUSED_HASH)
        return quiet_backs_off(&d->quiet_other_hash[who], d->now, left_out);
    if (why == REFUSED_VERSION)
        return quiet_backs_off(&d->quiet_other_version[who], d->now, left_out);
    return quiet_may_speak(&d->quiet_datagram[why], d->now, left_out);
}

/* Our own packets come back wherever the system loops multicast, which is no news. */
static void tell_refusal(struct daemon *d, enum admission why, const struct ip *source,
                         const struct packet_header *h)
{
    char text[IP_TEXT], name[HINT_TEXT];
    uint64_t left_out;
    d->counters.datagrams_refused++;
    if (why == REFUSED_SELF || why == REFUSED_PARTITION)
        return;
    unsigned who = name_source(d, source, name);
    if (!is_to_be_told(d, why, who, &left_out))
        return;
    log_event(d->parts.log, LOG_NETWORK | LOG_PRINT, LEVEL_WARNING,
              "packet from %s (%s) ignored: %s (hash %u, ours %u); %llu more since the last such "
              "line",
              ip_text(source, text), name, admission_text(why),
              why == REFUSED_LENGTH ? 0 : h->hash, d->parts.conf->hash,
              (unsigned long long)left_out);
}

/* It would be one of our ring if it ran this program. */
static void tell_other_spread(struct daemon *d, int who, const struct ip *source)
{
    char text[IP_TEXT];
    uint64_t left_out;
    d->counters.datagrams_refused++;
    d->counters.other_spreads++;
    if (!quiet_backs_off(&d->quiet_other_spread[who], d->now, &left_out))
        return;
    log_event(d->parts.log, LOG_NETWORK | LOG_PRINT, LEVEL_WARNING,
              "packet from %s ignored: another Spread, such as 5.0.1, runs there in the place of "
              "daemon %s; its daemons and ours cannot be in one ring; %llu more since the last "
              "such line",
              ip_text(source, text), name_of(d, (unsigned)who), (unsigned long long)left_out);
}

static void on_stranger(struct daemon *d, const struct datagram_in *in)
{
    struct received none = {0};
    int who = monitor_other_spread(d->parts.conf, in->bytes, in->len, &in->source, in->token_port);
    if (who >= 0)
        tell_other_spread(d, who, &in->source);
    else if (in->token_port)
        tell_refusal(d, REFUSED_LENGTH, &in->source, &none.header);
    else
        monitor_on_datagram(d, in);
}

static void pass_on(struct daemon *d, const struct received *p, const struct datagram_in *in)
{
    if (d->relay_count == d->relay_size) {
        d->relay_size = d->relay_size ? 2 * d->relay_size : 16;
        d->relays = memory_grow(d->relays, d->relay_size * sizeof d->relays[0]);
    }
    d->relays[d->relay_count++] = (struct sending){
        .to = {.kind = TO_SEGMENT},
        .block = block_ref(p->block),
        .bytes = in->bytes,
        .len = (uint32_t)in->len,
    };
}

void peers_on_datagram(struct daemon *d, const struct datagram_in *in)
{
    struct admit a = {d->parts.conf, (uint16_t)d->parts.self, core_incarnation(d->core)};
    struct received p = {.block = in->block, .own_address = in->own_address};
    if (!packet_is_ours(in->bytes, in->len)) {
        on_stranger(d, in);
        return;
    }
    enum admission verdict = admit(&a, in->bytes, in->len, &in->source, &p);
    if (verdict == ADMITTED &&
        partition_cuts(&d->partition, p.header.sender, (unsigned)d->parts.self, d->now))
        verdict = REFUSED_PARTITION;
    if (verdict != ADMITTED) {
        tell_refusal(d, verdict, &in->source, &p.header);
        return;
    }
    d->counters.datagrams_in++;
    if (ip_equal(&in->source, &d->parts.conf->daemons[p.header.sender].ip))
        ways_note(&d->ways[p.header.sender], in->own_address, in->token_port, in->len, d->now);
    if (route_passes_on(d->parts.conf, (uint16_t)d->parts.self, &p))
        pass_on(d, &p, in);
    core_on_packet(d->core, &p, d->now);
}

void peers_on_unreachable(struct daemon *d, uint16_t proc, const uint8_t *quoted, size_t len)
{
    struct packet_header h;
    if (packet_header_decode_cut(&h, quoted, len))
        core_on_unreachable(d->core, proc, h.incarnation, h.counter, d->now);
}

/* -- out ----------------------------------------------------------------------------------- */

/* The next packet, in d->sending, with its routes. */
static bool next_sending(struct daemon *d)
{
    block_unref(d->sending.block);
    d->sending.block = NULL;
    d->route_at = 0;
    d->routes.count = 0;
    if (d->relay_next < d->relay_count) {
        d->sending = d->relays[d->relay_next++];
    } else {
        d->relay_next = d->relay_count = 0;
        if (!core_next_sending(d->core, &d->sending)) {
            d->sending.block = NULL;
            return false;
        }
    }
    route(d->parts.conf, (uint16_t)d->parts.self, &d->sending.to, d->sending.token_port,
          &d->routes);
    return true;
}

bool peers_have_datagrams(const struct daemon *d)
{
    return d->route_at < d->routes.count || d->relay_next < d->relay_count ||
           core_has_sending(d->core);
}

bool daemon_next_datagram(struct daemon *d, struct datagram_out *out)
{
    while (d->route_at == d->routes.count)
        if (!next_sending(d))
            return false;
    const struct route *r = &d->routes.list[d->route_at++];
    *out = (struct datagram_out){
        .segment = r->segment,
        .proc = r->proc,
        .token_port = d->sending.token_port && !r->segment,
        .block = block_ref(d->sending.block),
        .bytes = d->sending.bytes,
        .len = d->sending.len,
    };
    d->counters.datagrams_out++;
    return true;
}

/* -- the log ------------------------------------------------------------------------------- */

void peers_log_note(struct daemon *d, const struct note *n)
{
    const struct log *log = d->parts.log;
    const char *who = name_of(d, n->who), *other = name_of(d, n->other);
    char text[HINT_TEXT], more[HINT_TEXT];
    switch (n->kind) {
    case NOTE_STATE:
        log_event(log, LOG_MEMBERSHIP, LEVEL_INFO, "membership: %s", n->detail);
        break;
    case NOTE_SUSPECT:
        log_event(log, LOG_MEMBERSHIP | LOG_PRINT, LEVEL_WARNING, "daemon %s does not answer%s", who,
                  hints_silence(d, n->who, text));
        break;
    case NOTE_PAUSED:
        log_event(log, LOG_MEMBERSHIP | LOG_PRINT, LEVEL_WARNING,
                  "daemon %s does not answer, but its host does: it stands still, and is waited for "
                  "up to %u ms",
                  who, d->parts.conf->timeouts.token);
        break;
    case NOTE_RESTARTED:
        log_event(log, LOG_MEMBERSHIP | LOG_PRINT, LEVEL_WARNING, "daemon %s has restarted", who);
        break;
    case NOTE_KEPT_OUT:
        log_event(log, LOG_MEMBERSHIP | LOG_PRINT, LEVEL_WARNING,
                  "daemon %s starts anew all the time: it is not let in for %s", who, n->detail);
        break;
    case NOTE_ONE_WAY:
        log_event(log, LOG_MEMBERSHIP | LOG_PRINT, LEVEL_WARNING,
                  "daemons %s and %s do not hear each other both ways: they are not put into one "
                  "ring until they do%s; look at %s",
                  who, other, hints_ways(d, n->who, n->other, more),
                  hints_look_at(d, n->who, n->other, text));
        break;
    case NOTE_ROUNDABOUT:
        log_event(log, LOG_MEMBERSHIP | LOG_PRINT, LEVEL_WARNING,
                  "what daemon %s sends comes to %s only when it is sent again: that way is broken",
                  who, d->name);
        break;
    case NOTE_MUTE:
        log_event(log, LOG_MEMBERSHIP | LOG_PRINT, LEVEL_WARNING,
                  "what daemon %s sends does not arrive although it hears the others: put out of the "
                  "ring%s",
                  who, hints_silence(d, n->who, text));
        break;
    case NOTE_LEFT_OUT:
        log_event(log, LOG_MEMBERSHIP | LOG_PRINT, LEVEL_WARNING,
                  "daemon %s is left out of the ring: more daemons come that do not hear it both "
                  "ways",
                  who);
        break;
    case NOTE_EVICTED:
        log_event(log, LOG_MEMBERSHIP | LOG_PRINT, LEVEL_WARNING,
                  "daemon %s receives nothing although it answers: put out of the ring", who);
        break;
    case NOTE_LEFT_BEHIND:
        log_event(log, LOG_MEMBERSHIP | LOG_PRINT, LEVEL_WARNING,
                  "the other daemons have gone on without us (seen at %s)", who);
        break;
    case NOTE_LEAVES:
        log_event(log, LOG_MEMBERSHIP | LOG_PRINT, LEVEL_INFO, "daemon %s stops", who);
        break;
    case NOTE_DOUBT:
        log_event(log, LOG_NETWORK | LOG_PRINT, LEVEL_WARNING, "packet of daemon %s ignored: %s",
                  who, n->detail);
        break;
    case NOTE_SLOW:
        log_event(log, LOG_MEMBERSHIP | LOG_PRINT, LEVEL_WARNING,
                  "this process did not run for %s: the machine is overloaded or it was stopped",
                  n->detail);
        break;
    case NOTE_KINDS:
        break;
    }
}

/* One segment of the view, as 5.0.1 prints it. */
static void log_segment(const struct daemon *d, int segment)
{
    const struct conf *conf = d->parts.conf;
    const struct conf_segment *s = &conf->segments[segment];
    char line[512], ip[IP_TEXT];
    int count = 0;
    for (int i = 0; i < s->daemon_count; i++)
        count += procset_has(&d->view.members, (unsigned)(s->first_daemon + i));
    int len = snprintf(line, sizeof line, "\t%d\t", count);
    for (int i = 0; i < s->address_count && len < (int)sizeof line; i++)
        len += snprintf(line + len, sizeof line - (size_t)len, "[%s]:%u ",
                        ip_text(&s->addresses[i], ip), s->port);
    log_event(d->parts.log, LOG_MEMBERSHIP, LEVEL_PRINT, "%s", line);
    for (int i = s->first_daemon; i < s->first_daemon + s->daemon_count; i++) {
        const struct conf_daemon *one = &conf->daemons[i];
        if (procset_has(&d->view.members, (unsigned)i))
            log_event(d->parts.log, LOG_MEMBERSHIP, LEVEL_PRINT, "\t\t%-20s\t%s\tID: %-16u",
                      one->name, ip_text(&one->ip, ip), one->id);
    }
}

static const char *leader_name(const struct daemon *d)
{
    int leader = conf_find_id(d->parts.conf, d->view.leader_id);
    return leader >= 0 ? d->parts.conf->daemons[leader].name : "?";
}

void peers_log_view(struct daemon *d)
{
    const struct log *log = d->parts.log;
    const struct conf *conf = d->parts.conf;
    if (!log_shows(log, LOG_MEMBERSHIP, LEVEL_PRINT))
        return;
    /* The line below has the leader's id with a sign, as 5.0.1 writes it and scripts read it. */
    log_event(log, LOG_MEMBERSHIP, LEVEL_INFO, "membership: the leader is daemon %s, id %u",
              leader_name(d), d->view.leader_id);
    log_event(log, LOG_MEMBERSHIP, LEVEL_PRINT, "Membership id is ( %d, %d)",
              (int32_t)d->view.leader_id, (int32_t)d->view.time);
    log_event(log, LOG_MEMBERSHIP, LEVEL_PRINT, "--------------------");
    log_event(log, LOG_MEMBERSHIP, LEVEL_PRINT, "Configuration at %s is:", d->name);
    log_event(log, LOG_MEMBERSHIP, LEVEL_PRINT, "Num Segments %d", conf->segment_count);
    for (int i = 0; i < conf->segment_count; i++)
        log_segment(d, i);
    log_event(log, LOG_MEMBERSHIP, LEVEL_PRINT, "====================");
}

struct group_printer {
    const struct log *log;
    int number;
};

static void log_group(void *context, const struct name *group, const struct group_view_id *id,
                      const struct name *names, size_t count)
{
    struct group_printer *p = context;
    (void)id;
    log_event(p->log, LOG_GROUPS, LEVEL_PRINT, "[%d] group %s with %zu members:", p->number++,
              group->text, count);
    for (size_t i = 0; i < count; i++)
        log_event(p->log, LOG_GROUPS, LEVEL_PRINT, "\t[%zu] %s", i + 1, names[i].text);
    log_event(p->log, LOG_GROUPS, LEVEL_PRINT, "----------------------");
}

void peers_log_groups(struct daemon *d)
{
    struct group_printer p = {.log = d->parts.log, .number = 1};
    if (!log_shows(d->parts.log, LOG_GROUPS, LEVEL_INFO))
        return; /* 5.0.1 prints it always; with many groups nobody wants it unasked */
    log_event(p.log, LOG_GROUPS, LEVEL_PRINT, "++++++++++++++++++++++");
    log_event(p.log, LOG_GROUPS, LEVEL_PRINT, "Num of groups: %zu", groups_count(d->groups));
    groups_each(d->groups, log_group, &p);
}
