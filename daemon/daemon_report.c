/* SPDX-License-Identifier: MIT
 *
 * The status as monitors of 5.0.1 ask for it, in numbers of 16 and 32 bits.
 */
#include "daemon/daemon_monitor.h"

static int32_t low_31_bits(uint64_t seq)
{
    return (int32_t)(seq & INT32_MAX);
}

static int32_t at_most_16_bits(size_t n)
{
    return n < INT16_MAX ? (int32_t)n : INT16_MAX;
}

static int segments_of(const struct shared *d)
{
    const struct conf *conf = shared_conf(d);
    int count = 0, last = -1;
    for procset_each(i, &d->view.members) {
        count += conf->daemons[i].segment != last;
        last = conf->daemons[i].segment;
    }
    return count;
}

static void report_ring(const struct shared *d, struct monitor_status *s)
{
    struct ring_counters c = core_counters(d->core);
    s->packet_sent = (int32_t)c.packets_sent;
    s->packet_recv = (int32_t)c.packets_received;
    s->packet_delivered = (int32_t)c.packets_delivered;
    s->u_retrans = (int32_t)c.resent_one;
    s->s_retrans = (int32_t)c.resent_segment;
    s->b_retrans = (int32_t)c.resent_all;
    s->retrans = (int32_t)ring_counters_resent(&c);
    s->aru = low_31_bits(c.aru);
    s->my_aru = low_31_bits(c.own_aru);
    s->highest_seq = low_31_bits(c.high);
    s->token_hurry = (int32_t)c.hurries;
    s->token_rounds = (int32_t)core_rounds(d->core, d->now);
}

static void report_membership(const struct shared *d, struct monitor_status *s)
{
    bool has_view = d->view.leader_id != 0;
    s->state = core_monitor_state(d->core);
    s->gstate = (int32_t)groups_state(d->groups);
    s->leader_id = (int32_t)d->view.leader_id;
    s->membership_changes = (int32_t)core_views_installed(d->core);
    s->num_procs = has_view ? procset_count(&d->view.members) : 0;
    s->num_segments = has_view ? segments_of(d) : 0;
}

static void report_windows(const struct shared *d, struct monitor_status *s)
{
    struct ring_windows w = core_windows(d->core);
    s->window = at_most_16_bits((size_t)w.window);
    s->personal_window = at_most_16_bits((size_t)w.personal);
    s->accelerated_ring = shared_conf(d)->accelerated_runs;
    s->accelerated_window = at_most_16_bits((size_t)w.accelerated);
}

void report_status(const struct shared *d, size_t sessions, struct monitor_status *s)
{
    *s = (struct monitor_status){
        .sec = (int32_t)((d->now - d->started_at) / USEC_SECOND),
        .my_id = (int32_t)shared_me(d)->id,
        .message_delivered = (int32_t)d->counters.messages_delivered,
        .num_sessions = at_most_16_bits(sessions),
        .num_groups = at_most_16_bits(groups_count(d->groups)),
        .major_version = 5, /* the version whose monitor understands this */
        .minor_version = 0,
        .patch_version = 1,
    };
    report_membership(d, s);
    report_ring(d, s);
    report_windows(d, s);
}
