/* SPDX-License-Identifier: MIT
 *
 * Monitors: what they ask for is reported or done, and whatever happens is told in the log, but for
 * what is only reported.
 */
#include <string.h>

#include "daemon/daemon_monitor.h"
#include "daemon/monitor/peers.h"

_Static_assert((int)ENVELOPE_MAX <= (int)MONITOR_REPLY, "an answer fits, sealed or not");

enum { RECORDS_PRICE_US = 100, PIECE_PRICE_US = 10 };

/* A packet of a monitor, and what is to be done. */
struct asked {
    const struct datagram_in *in;
    struct monitor_order order;
    bool sealed; /* in this envelope */
    struct envelope envelope;
};

/* -- telling ------------------------------------------------------------------------------- */

static void tell(struct monitors_room *m, const struct datagram_in *in, enum event_kind kind,
                 uint64_t number)
{
    struct event_record e = event_about(kind, NO_PROC, number);
    ip_text(&in->source, e.from);
    events_tell(m->shared, &e);
}

static void tell_refusal(struct monitors_room *m, enum why why, enum monitor_command c,
                         const struct datagram_in *in)
{
    bool of_ours = why >= MONITOR_NOT_DANGEROUS;
    struct event_record e = event_of(of_ours ? EVENT_MONITOR_REFUSED : EVENT_MONITOR_IGNORED, why);
    ip_text(&in->source, e.from);
    e.number[0] = c;
    e.number[1] = shared_conf(m->shared)->hash;
    events_tell(m->shared, &e);
}

/* -- answers ------------------------------------------------------------------------------- */

static const struct seal_key *key_of(const struct keyring *keys, uint8_t id)
{
    for (int i = 0; i < keys->count; i++)
        if (keys->keys[i].id == id)
            return &keys->keys[i];
    return &keys->keys[keys->sending];
}

/* As it was asked, so it is answered: with the key of the question, which the monitor has. */
static size_t seal_answer(struct monitors_room *m, const struct asked *a, const uint8_t *bytes,
                          size_t len, uint8_t sealed[ENVELOPE_MAX])
{
    uint64_t life = core_incarnation(m->shared->core);
    struct envelope e = {
        .from = FROM_DAEMON,
        .life = life,
        .number = ++m->sealed,
        .moment = {life, m->shared->now},
        .question = {a->envelope.life, a->envelope.number},
        .packet = bytes,
        .len = len,
    };
    return envelope_seal(&e, key_of(seal_keys(m->shared->seal), a->envelope.key_id), sealed);
}

/* A monitor that asks faster than the I/O sends is not worth memory. */
static void answer(struct monitors_room *m, const struct asked *a, const struct monitor_packet *p)
{
    uint8_t bytes[MONITOR_PACKET_MAX];
    if (a->order.report_port == 0 || m->reply_count == REPLIES_MAX) {
        m->shared->counters.replies_dropped++;
        return;
    }
    struct monitor_reply *r = &m->replies[(m->reply_first + m->reply_count++) % REPLIES_MAX];
    r->to = shared_conf(m->shared)->daemons[a->order.report_to].ip;
    r->port = a->order.report_port;
    r->len = monitor_packet_encode(bytes, p);
    if (a->sealed)
        r->len = seal_answer(m, a, bytes, r->len, r->bytes);
    else
        memcpy(r->bytes, bytes, r->len);
}

static void answer_status(struct monitors_room *m, const struct asked *a, size_t sessions)
{
    uint8_t body[MONITOR_STATUS_BODY];
    struct monitor_status s;
    report_status(m->shared, sessions, &s);
    monitor_status_encode(body, &s);
    answer(m, a,
           &(struct monitor_packet){.type = MONITOR_STATUS,
                                    .process = shared_me(m->shared)->id,
                                    .body = reader_of(body, sizeof body)});
}

static void answer_hash(struct monitors_room *m, const struct asked *a)
{
    answer(m, a,
           &(struct monitor_packet){.type = MONITOR_HASH,
                                    .process = shared_me(m->shared)->id,
                                    .hash = shared_conf(m->shared)->hash});
}

static uint16_t seconds_since(const struct monitors_room *m, usec at)
{
    usec s = (m->shared->now - at) / USEC_SECOND;
    return at == 0 || s >= PEERS_NEVER ? PEERS_NEVER : (uint16_t)s;
}

static enum peer_trouble trouble_of(enum why why)
{
    return why < REFUSED_OPEN ? TROUBLE_NONE
                              : (enum peer_trouble)((int)TROUBLE_OPEN + (int)(why - REFUSED_OPEN));
}

static void report_peers(const struct monitors_room *m, struct monitor_peers *all)
{
    const struct shared *d = m->shared;
    *all = (struct monitor_peers){.unopened = {0}};
    for (enum why why = REFUSED_OPEN; why <= REFUSED_TRIALS; why++)
        all->unopened[trouble_of(why)] = (uint32_t)d->counters.reasons[why];
    for (int i = 0; i < shared_conf(d)->daemon_count; i++)
        all->peers[i] = (struct peer_report){
            .key_id = seal_last_key(d->seal, (unsigned)i),
            .heard_s = seconds_since(m, ways_last(&d->ways[i])),
            .trouble = trouble_of(d->unopened[i].why),
            .trouble_key = d->unopened[i].key_id,
            .trouble_s = seconds_since(m, d->unopened[i].at),
        };
    const struct keyring *keys = seal_keys(d->seal);
    all->peers[d->in_force.self].key_id = seal_is_on(d->seal) ? keys->keys[keys->sending].id : 0;
}

static void answer_peers(struct monitors_room *m, const struct asked *a)
{
    uint8_t body[MONITOR_BODY_MAX];
    struct monitor_peers all;
    int procs = shared_conf(m->shared)->daemon_count;
    report_peers(m, &all);
    monitor_peers_encode(body, &all, procs);
    answer(m, a,
           &(struct monitor_packet){.type = MONITOR_PEERS,
                                    .process = shared_me(m->shared)->id,
                                    .body = reader_of(body, monitor_peers_len(procs))});
}

static void answer_part(struct monitors_room *m, const struct asked *a)
{
    const struct part_question *q = &a->order.part;
    uint8_t body[MONITOR_BODY_MAX], data[PART_DATA];
    struct part_answer told = {.id = q->id, .status = PART_UNKNOWN};
    memcpy(told.part, q->part, PART_NAME);
    bool events = strcmp(q->part, "events") == 0;
    if (!monitors_may_ask(m, a->sealed, events ? RECORDS_PRICE_US : PIECE_PRICE_US))
        told.status = PART_NOT_NOW;
    else if (events)
        records_answer(m->shared, q, data, &told);
    else
        parts_answer(m, q, a->sealed, &told);
    size_t len = part_answer_encode(body, &told);
    answer(m, a,
           &(struct monitor_packet){.type = MONITOR_PART,
                                    .process = shared_me(m->shared)->id,
                                    .body = reader_of(body, len)});
}

bool monitor_next_reply(struct monitors_room *m, struct monitor_reply *out)
{
    if (m->reply_count == 0)
        return false;
    *out = m->replies[m->reply_first];
    m->reply_first = (m->reply_first + 1) % REPLIES_MAX;
    m->reply_count--;
    return true;
}

/* -- commands ------------------------------------------------------------------------------ */

/* The daemons that are not cut off from us. */
static struct procset heard(const struct monitors_room *m)
{
    struct procset s = {{0}};
    for (int i = 0; i < shared_conf(m->shared)->daemon_count; i++)
        if (!partition_cuts(&m->shared->partition, (unsigned)i, m->shared->in_force.self,
                            m->shared->now))
            procset_add(&s, (unsigned)i);
    return s;
}

static void tell_partition(struct monitors_room *m, const struct datagram_in *in,
                           const struct procset *heard)
{
    bool cut = procset_count(heard) < shared_conf(m->shared)->daemon_count;
    struct event_record e = event_about(cut ? EVENT_PARTITION : EVENT_PARTITION_OVER, NO_PROC,
                                        PARTITION_LASTS_S);
    e.set = *heard;
    ip_text(&in->source, e.from);
    events_tell(m->shared, &e);
}

/* Monitors send everything twice, and a partition every 25 s: only what changes something is told.
 */
static void obey_partition(struct monitors_room *m, const struct monitor_order *order,
                           const struct datagram_in *in)
{
    struct procset before = heard(m);
    partition_set(&m->shared->partition, order->component, shared_conf(m->shared)->daemon_count,
                  m->shared->now);
    struct procset after = heard(m);
    if (!procset_equal(&before, &after))
        tell_partition(m, in, &after);
}

static void obey_flow(struct monitors_room *m, const struct monitor_order *order,
                      const struct datagram_in *in)
{
    struct ring_windows w = {order->window, order->personal, order->accelerated};
    struct ring_windows before = core_windows(m->shared->core);
    core_set_windows(m->shared->core, &w);
    w = core_windows(m->shared->core);
    if (w.window == before.window && w.personal == before.personal &&
        w.accelerated == before.accelerated)
        return;
    struct event_record e = event_about(EVENT_WINDOWS, NO_PROC, (uint64_t)w.window);
    e.number[1] = (uint64_t)w.personal;
    e.number[2] = (uint64_t)w.accelerated;
    ip_text(&in->source, e.from);
    events_tell(m->shared, &e);
}

static void obey(struct monitors_room *m, const struct asked *a, size_t sessions)
{
    switch (a->order.command) {
    case COMMAND_STATUS:
        answer_status(m, a, sessions);
        break;
    case COMMAND_HASH:
        answer_hash(m, a);
        break;
    case COMMAND_PEERS:
        answer_peers(m, a);
        break;
    case COMMAND_PART:
        answer_part(m, a);
        break;
    case COMMAND_PARTITION:
        obey_partition(m, &a->order, a->in);
        break;
    case COMMAND_TERMINATE:
        if (!m->shared->leaving)
            tell(m, a->in, EVENT_TERMINATE, 0);
        break;
    case COMMAND_FLOW:
        obey_flow(m, &a->order, a->in);
        break;
    case COMMAND_RELOAD:
        if (!m->reload_asked)
            tell(m, a->in, EVENT_RELOAD_ASKED, 0);
        m->reload_asked = true;
        break;
    case COMMAND_NONE:
    case COMMANDS:
        break;
    }
}

/* -- in ------------------------------------------------------------------------------------ */

/* Opening one takes as long as making a key does, so there is a bound on how many are. */
static enum why open_envelope(struct monitors_room *m, struct asked *a, uint8_t room[ENVELOPE_ROOM])
{
    const struct keyring *keys = seal_keys(m->shared->seal);
    a->sealed = true;
    if (!trials_may(&m->trials, m->shared->now))
        return MONITOR_TOO_MANY;
    return envelope_open(&a->envelope, FROM_MONITOR, keys, a->in->bytes, a->in->len, room);
}

static enum monitor_trust trust_in(struct monitors_room *m, const struct asked *a)
{
    if (!a->sealed)
        return seal_keys(m->shared->seal)->count > 0 ? TRUST_OPEN : TRUST_ALL;
    /* Questions show no moment. */
    return freshness_take(&m->fresh, &a->envelope, core_incarnation(m->shared->core), m->shared->now);
}

static enum why judge(struct monitors_room *m, struct asked *a)
{
    uint8_t room[ENVELOPE_ROOM];
    const struct in_force *f = &m->shared->in_force;
    const uint8_t *packet = a->in->bytes;
    size_t len = a->in->len;
    if (envelope_is(packet, len)) {
        enum why why = open_envelope(m, a, room);
        if (why != MONITOR_OBEYED)
            return why;
        packet = a->envelope.packet;
        len = a->envelope.len;
    }
    return monitor_judge(f->conf, f->self, packet, len, &a->in->source, trust_in(m, a), &a->order);
}

bool monitor_on_datagram(struct monitors_room *m, const struct datagram_in *in, size_t sessions)
{
    struct asked a = {.in = in};
    enum why why = judge(m, &a);
    if (why != MONITOR_OBEYED) {
        tell_refusal(m, why, a.order.command, in);
        return false;
    }
    tell(m, in, EVENT_MONITOR_OBEYED, a.order.command);
    obey(m, &a, sessions);
    return a.order.command == COMMAND_TERMINATE;
}

bool monitor_take_reload(struct monitors_room *m)
{
    if (!m->reload_asked || core_state(m->shared->core) != CORE_OPER)
        return false;
    m->reload_asked = false;
    return true;
}
