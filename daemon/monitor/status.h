/* SPDX-License-Identifier: MIT
 *
 * status.h - what a daemon reports of itself: 96 bytes, 18 words and then 12 half words, in this
 * order. They are what 5.0.1 has room for, so counters wrap.
 */
#ifndef SPREAD_MONITOR_STATUS_H
#define SPREAD_MONITOR_STATUS_H

#include "daemon/monitor/packet.h"

enum { MONITOR_STATUS_BODY = 96, MONITOR_STATUS_FIELDS = 30 };

struct monitor_status {
    /* words */
    int32_t sec;    /* since the daemon started */
    int32_t state;  /* membership: 1 operational, 2 own segment, 3 represented, 4 gathering,
                     * 5 forming, 6 recovery */
    int32_t gstate; /* groups: 1 operational, 2 transitional, 3 gathering, 4 both */
    int32_t packet_sent, packet_recv, packet_delivered;
    int32_t retrans;                         /* on request, in all; of these: */
    int32_t u_retrans, s_retrans, b_retrans; /* to one daemon, one segment, all */
    int32_t aru, my_aru, highest_seq;
    int32_t token_hurry, token_rounds;
    int32_t my_id, leader_id; /* VirtualIDs, as signed numbers; leader 0: no membership yet */
    int32_t message_delivered;
    /* half words */
    int32_t membership_changes;
    int32_t num_procs, num_segments; /* in the membership */
    int32_t window, personal_window;
    int32_t accelerated_ring, accelerated_window;
    int32_t num_sessions, num_groups;
    int32_t major_version, minor_version, patch_version;
};

/* The same list as a table, in wire order: for the codec and for whoever prints them all. */
struct monitor_status_field {
    const char *name;
    size_t at;      /* of its int32_t in struct monitor_status */
    unsigned width; /* on the wire */
};
extern const struct monitor_status_field monitor_status_fields[MONITOR_STATUS_FIELDS];

/* False: the body is shorter than a report. */
bool monitor_status_decode(struct monitor_status *s, struct reader body);
/* Cuts what does not fit its width. */
void monitor_status_encode(uint8_t body[MONITOR_STATUS_BODY], const struct monitor_status *s);

/* One value, by its line of the table. */
int32_t monitor_status_value(const struct monitor_status *s, const struct monitor_status_field *f);

#endif
