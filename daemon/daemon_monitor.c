/* SPDX-License-Identifier: MIT
 *
 * Monitors: what they ask for is reported or done, and whatever happens is told in the log, but for
 * what is only reported.
 */
#include <string.h>

#include "daemon/daemon_monitor.h"
#include "daemon/monitor/status.h"

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

/* -- status -------------------------------------------------------------------------------- */

static int32_t low_31_bits(uint64_t seq)
{
    return (int32_t)(seq & INT32_MAX);
}

static int32_t at_most_16_bits(size_t n)
{
    return n < INT16_MAX ? (int32_t)n : INT16_MAX;
}

static int segments_of(const struct monitors_room *m)
{
    const struct conf *conf = shared_conf(m->shared);
    int count = 0, last = -1;
    for procset_each(i, &m->shared->view.members) {
        count += conf->daemons[i].segment != last;
        last = conf->daemons[i].segment;
    }
    return count;
}

static void report_ring(const struct monitors_room *m, struct monitor_status *s)
{
    struct ring_counters c = core_counters(m->shared->core);
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
    s->token_rounds = (int32_t)core_rounds(m->shared->core, m->shared->now);
}

static void report_membership(const struct monitors_room *m, struct monitor_status *s)
{
    bool has_view = m->shared->view.leader_id != 0;
    s->state = core_monitor_state(m->shared->core);
    s->gstate = (int32_t)groups_state(m->shared->groups);
    s->leader_id = (int32_t)m->shared->view.leader_id;
    s->membership_changes = (int32_t)core_views_installed(m->shared->core);
    s->num_procs = has_view ? procset_count(&m->shared->view.members) : 0;
    s->num_segments = has_view ? segments_of(m) : 0;
}

static void report_windows(const struct monitors_room *m, struct monitor_status *s)
{
    struct ring_windows w = core_windows(m->shared->core);
    s->window = at_most_16_bits((size_t)w.window);
    s->personal_window = at_most_16_bits((size_t)w.personal);
    s->accelerated_ring = shared_conf(m->shared)->accelerated_runs;
    s->accelerated_window = at_most_16_bits((size_t)w.accelerated);
}

static void report(const struct monitors_room *m, size_t sessions, struct monitor_status *s)
{
    *s = (struct monitor_status){
        .sec = (int32_t)((m->shared->now - m->shared->started_at) / USEC_SECOND),
        .my_id = (int32_t)shared_me(m->shared)->id,
        .message_delivered = (int32_t)m->shared->counters.messages_delivered,
        .num_sessions = at_most_16_bits(sessions),
        .num_groups = at_most_16_bits(groups_count(m->shared->groups)),
        .major_version = 5, /* the version whose monitor understands this */
        .minor_version = 0,
        .patch_version = 1,
    };
    report_membership(m, s);
    report_ring(m, s);
    report_windows(m, s);
}

/* A monitor that asks faster than the I/O sends is not worth memory. */
static void answer(struct monitors_room *m, const struct monitor_order *order,
                   const struct monitor_packet *p)
{
    uint8_t bytes[MONITOR_PACKET_MAX];
    if (order->report_port == 0 || m->reply_count == REPLIES_MAX) {
        m->shared->counters.replies_dropped++;
        return;
    }
    struct monitor_reply *r = &m->replies[(m->reply_first + m->reply_count++) % REPLIES_MAX];
    r->to = shared_conf(m->shared)->daemons[order->report_to].ip;
    r->port = order->report_port;
    r->len = monitor_packet_encode(bytes, p);
    memcpy(r->bytes, bytes, r->len);
}

static void answer_status(struct monitors_room *m, const struct monitor_order *order,
                          size_t sessions)
{
    uint8_t body[MONITOR_STATUS_BODY];
    struct monitor_status s;
    report(m, sessions, &s);
    monitor_status_encode(body, &s);
    answer(m, order,
           &(struct monitor_packet){.type = MONITOR_STATUS,
                                    .process = shared_me(m->shared)->id,
                                    .body = reader_of(body, sizeof body)});
}

static void answer_hash(struct monitors_room *m, const struct monitor_order *order)
{
    answer(m, order,
           &(struct monitor_packet){.type = MONITOR_HASH,
                                    .process = shared_me(m->shared)->id,
                                    .hash = shared_conf(m->shared)->hash});
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

static void obey(struct monitors_room *m, const struct monitor_order *order,
                 const struct datagram_in *in, size_t sessions)
{
    switch (order->command) {
    case COMMAND_STATUS:
        answer_status(m, order, sessions);
        break;
    case COMMAND_HASH:
        answer_hash(m, order);
        break;
    case COMMAND_PARTITION:
        obey_partition(m, order, in);
        break;
    case COMMAND_TERMINATE:
        if (!m->shared->leaving)
            tell(m, in, EVENT_TERMINATE, 0);
        break;
    case COMMAND_FLOW:
        obey_flow(m, order, in);
        break;
    case COMMAND_RELOAD:
        if (!m->reload_asked)
            tell(m, in, EVENT_RELOAD_ASKED, 0);
        m->reload_asked = true;
        break;
    case COMMAND_NONE:
    case COMMANDS:
        break;
    }
}

bool monitor_on_datagram(struct monitors_room *m, const struct datagram_in *in, size_t sessions)
{
    struct monitor_order order;
    const struct in_force *f = &m->shared->in_force;
    enum why v = monitor_judge(f->conf, f->self, in->bytes, in->len, &in->source, &order);
    if (v != MONITOR_OBEYED) {
        tell_refusal(m, v, order.command, in);
        return false;
    }
    tell(m, in, EVENT_MONITOR_OBEYED, order.command);
    obey(m, &order, in, sessions);
    return order.command == COMMAND_TERMINATE;
}

bool monitor_take_reload(struct monitors_room *m)
{
    if (!m->reload_asked || core_state(m->shared->core) != CORE_OPER)
        return false;
    m->reload_asked = false;
    return true;
}
