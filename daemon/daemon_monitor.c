/* SPDX-License-Identifier: MIT
 *
 * Monitors: what they ask for is reported or done, and whatever happens is told in the log, but for
 * what is only reported.
 */
#include <string.h>

#include "daemon/daemon_inside.h"
#include "daemon/monitor/status.h"

/* -- telling ------------------------------------------------------------------------------- */

static void tell(struct daemon *d, const struct datagram_in *in, enum event_kind kind,
                 uint64_t number)
{
    struct event_record e = event_about(kind, NO_PROC, number);
    ip_text(&in->source, e.from);
    events_tell(d, &e);
}

static void tell_refusal(struct daemon *d, enum why why, enum monitor_command c,
                         const struct datagram_in *in)
{
    bool of_ours = why >= MONITOR_NOT_DANGEROUS;
    struct event_record e = event_of(of_ours ? EVENT_MONITOR_REFUSED : EVENT_MONITOR_IGNORED, why);
    ip_text(&in->source, e.from);
    e.number[0] = c;
    e.number[1] = d->parts.conf->hash;
    events_tell(d, &e);
}

/* -- status -------------------------------------------------------------------------------- */

static int32_t low_31_bits(uint64_t seq)
{
    return (int32_t)(seq & INT32_MAX);
}

static int32_t at_most_16_bits(size_t n)
{
    return n < INT16_MAX ? (int32_t)n : INT16_MAX;
}

static int segments_of(const struct daemon *d)
{
    const struct conf *conf = d->parts.conf;
    int count = 0, last = -1;
    for procset_each(i, &d->view.members) {
        count += conf->daemons[i].segment != last;
        last = conf->daemons[i].segment;
    }
    return count;
}

static void report_ring(const struct daemon *d, struct monitor_status *s)
{
    struct ring_counters c = core_counters(d->core);
    s->packet_sent = (int32_t)c.packets_sent;
    s->packet_recv = (int32_t)c.packets_received;
    s->packet_delivered = (int32_t)c.packets_delivered;
    s->u_retrans = (int32_t)c.resent_one;
    s->s_retrans = (int32_t)c.resent_segment;
    s->b_retrans = (int32_t)c.resent_all;
    s->retrans = (int32_t)(c.resent_one + c.resent_segment + c.resent_all);
    s->aru = low_31_bits(c.aru);
    s->my_aru = low_31_bits(c.own_aru);
    s->highest_seq = low_31_bits(c.high);
    s->token_hurry = (int32_t)c.hurries;
    s->token_rounds = (int32_t)core_rounds(d->core, d->now);
}

static void report_membership(const struct daemon *d, struct monitor_status *s)
{
    bool has_view = d->view.leader_id != 0;
    s->state = core_monitor_state(d->core);
    s->gstate = (int32_t)groups_state(d->groups);
    s->leader_id = (int32_t)d->view.leader_id;
    s->membership_changes = (int32_t)core_views_installed(d->core);
    s->num_procs = has_view ? procset_count(&d->view.members) : 0;
    s->num_segments = has_view ? segments_of(d) : 0;
}

static void report_windows(const struct daemon *d, struct monitor_status *s)
{
    struct ring_windows w = core_windows(d->core);
    s->window = at_most_16_bits((size_t)w.window);
    s->personal_window = at_most_16_bits((size_t)w.personal);
    s->accelerated_ring = d->parts.conf->accelerated_runs;
    s->accelerated_window = at_most_16_bits((size_t)w.accelerated);
}

static void report(const struct daemon *d, struct monitor_status *s)
{
    *s = (struct monitor_status){
        .sec = (int32_t)((d->now - d->started_at) / USEC_SECOND),
        .my_id = (int32_t)d->parts.conf->daemons[d->parts.self].id,
        .message_delivered = (int32_t)d->counters.messages_delivered,
        .num_sessions = at_most_16_bits(d->table.count),
        .num_groups = at_most_16_bits(groups_count(d->groups)),
        .major_version = 5, /* the version whose monitor understands this */
        .minor_version = 0,
        .patch_version = 1,
    };
    report_membership(d, s);
    report_ring(d, s);
    report_windows(d, s);
}

/* A monitor that asks faster than the I/O sends is not worth memory. */
static void answer(struct daemon *d, const struct monitor_order *order,
                   const struct monitor_packet *p)
{
    uint8_t bytes[MONITOR_PACKET_MAX];
    if (order->report_port == 0 || d->reply_count == REPLIES_MAX) {
        d->counters.replies_dropped++;
        return;
    }
    struct monitor_reply *r = &d->replies[(d->reply_first + d->reply_count++) % REPLIES_MAX];
    r->to = d->parts.conf->daemons[order->report_to].ip;
    r->port = order->report_port;
    r->len = monitor_packet_encode(bytes, p);
    memcpy(r->bytes, bytes, r->len);
}

static void answer_status(struct daemon *d, const struct monitor_order *order)
{
    uint8_t body[MONITOR_STATUS_BODY];
    struct monitor_status s;
    report(d, &s);
    monitor_status_encode(body, &s);
    answer(d, order,
           &(struct monitor_packet){.type = MONITOR_STATUS,
                                    .process = d->parts.conf->daemons[d->parts.self].id,
                                    .body = reader_of(body, sizeof body)});
}

static void answer_hash(struct daemon *d, const struct monitor_order *order)
{
    answer(d, order,
           &(struct monitor_packet){.type = MONITOR_HASH,
                                    .process = d->parts.conf->daemons[d->parts.self].id,
                                    .hash = d->parts.conf->hash});
}

bool daemon_next_reply(struct daemon *d, struct monitor_reply *out)
{
    if (d->reply_count == 0)
        return false;
    *out = d->replies[d->reply_first];
    d->reply_first = (d->reply_first + 1) % REPLIES_MAX;
    d->reply_count--;
    return true;
}

/* -- commands ------------------------------------------------------------------------------ */

/* The daemons that are not cut off from us. */
static struct procset heard(const struct daemon *d)
{
    struct procset s = {{0}};
    for (int i = 0; i < d->parts.conf->daemon_count; i++)
        if (!partition_cuts(&d->partition, (unsigned)i, (unsigned)d->parts.self, d->now))
            procset_add(&s, (unsigned)i);
    return s;
}

static void tell_partition(struct daemon *d, const struct datagram_in *in,
                           const struct procset *heard)
{
    bool cut = procset_count(heard) < d->parts.conf->daemon_count;
    struct event_record e = event_about(cut ? EVENT_PARTITION : EVENT_PARTITION_OVER, NO_PROC,
                                        PARTITION_LASTS_S);
    e.set = *heard;
    ip_text(&in->source, e.from);
    events_tell(d, &e);
}

/* Monitors send everything twice, and a partition every 25 s: only what changes something is told.
 */
static void obey_partition(struct daemon *d, const struct monitor_order *order,
                           const struct datagram_in *in)
{
    struct procset before = heard(d);
    partition_set(&d->partition, order->component, d->parts.conf->daemon_count, d->now);
    struct procset after = heard(d);
    if (!procset_equal(&before, &after))
        tell_partition(d, in, &after);
}

static void obey_flow(struct daemon *d, const struct monitor_order *order,
                      const struct datagram_in *in)
{
    struct ring_windows w = {order->window, order->personal, order->accelerated};
    struct ring_windows before = core_windows(d->core);
    core_set_windows(d->core, &w);
    w = core_windows(d->core);
    if (w.window == before.window && w.personal == before.personal &&
        w.accelerated == before.accelerated)
        return;
    struct event_record e = event_about(EVENT_WINDOWS, NO_PROC, (uint64_t)w.window);
    e.number[1] = (uint64_t)w.personal;
    e.number[2] = (uint64_t)w.accelerated;
    ip_text(&in->source, e.from);
    events_tell(d, &e);
}

static void obey(struct daemon *d, const struct monitor_order *order, const struct datagram_in *in)
{
    switch (order->command) {
    case COMMAND_STATUS:
        answer_status(d, order);
        break;
    case COMMAND_HASH:
        answer_hash(d, order);
        break;
    case COMMAND_PARTITION:
        obey_partition(d, order, in);
        break;
    case COMMAND_TERMINATE:
        if (d->leaving)
            break;
        tell(d, in, EVENT_TERMINATE, 0);
        d->leave_asked = true;
        break;
    case COMMAND_FLOW:
        obey_flow(d, order, in);
        break;
    case COMMAND_RELOAD:
        if (!d->reload_asked)
            tell(d, in, EVENT_RELOAD_ASKED, 0);
        d->reload_asked = true;
        break;
    case COMMAND_NONE:
    case COMMANDS:
        break;
    }
}

void monitor_on_datagram(struct daemon *d, const struct datagram_in *in)
{
    struct monitor_order order;
    enum why v =
        monitor_judge(d->parts.conf, d->parts.self, in->bytes, in->len, &in->source, &order);
    if (v != MONITOR_OBEYED) {
        tell_refusal(d, v, order.command, in);
        return;
    }
    tell(d, in, EVENT_MONITOR_OBEYED, order.command);
    obey(d, &order, in);
}

bool daemon_take_reload(struct daemon *d)
{
    if (!d->reload_asked || core_state(d->core) != CORE_OPER)
        return false;
    d->reload_asked = false;
    return true;
}
