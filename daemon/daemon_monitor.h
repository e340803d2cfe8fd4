/* SPDX-License-Identifier: MIT
 *
 * daemon_monitor.h - the room of monitors: what they ask is answered, what they order is done, or given
 * back to be done where it is more than this room's.
 */
#ifndef SPREAD_DAEMON_MONITOR_H
#define SPREAD_DAEMON_MONITOR_H

#include "daemon/daemon_shared.h"
#include "daemon/monitor/freshness.h"
#include "daemon/monitor/monitor.h"
#include "daemon/sight/sight.h"
#include "daemon/seal/trials.h"
#include "daemon/monitor/status.h"

enum {
    REPLIES_MAX = 64, /* that the I/O has not sent yet */
    TEXTS = 16,       /* that monitors are reading */
};

struct monitors_room {
    struct shared *shared;
    struct monitor_reply replies[REPLIES_MAX]; /* a queue that runs round */
    unsigned reply_first, reply_count;
    bool reload_asked;
    /* sealed packets of monitors */
    struct trials trials;
    struct freshness fresh;
    uint64_t sealed; /* answers so far */
    /* parts in JSON: how one is made, which daemon.c knows; those that are being read */
    bool (*show)(const void *context, const struct sight_question *q, struct text *text);
    const void *show_context;
    struct kept_text {
        uint32_t ticket; /* 0: none is kept here */
        bool sealed;     /* for those who have a key */
        usec until;
        struct text text;
    } texts[TEXTS];
    uint32_t ticket; /* of the last one */
    usec paid_until[2]; /* for parts: of those who have shown no key, and of others */
};

/* Parts take a while to answer, and anybody may ask in the name of a daemon's address: those who show no
 * key have a tenth of a second of each for it, at a price that is more than any of it takes, and those who do
 * another one. */
static inline bool monitors_may_ask(struct monitors_room *m, bool sealed, usec price)
{
    usec now = m->shared->now, from = m->paid_until[sealed] > now ? m->paid_until[sealed] : now;
    if (from > now + USEC_SECOND)
        return false;
    m->paid_until[sealed] = from + 10 * price;
    return true;
}

/* -- daemon_report.c ------------------------------------------------------------------------- */

void report_status(const struct shared *d, size_t sessions, struct monitor_status *s);

/* -- daemon_records.c ------------------------------------------------------------------------ */

/* Fills in what the flight recorder has of what is asked for; data: room for PART_DATA bytes. */
void records_answer(const struct shared *d, const struct part_question *q, uint8_t data[PART_DATA],
                    struct part_answer *a);

/* -- daemon_parts.c -------------------------------------------------------------------------- */

/* Fills in the piece that is asked for. It lies in a text of m's, until the next call. */
void parts_answer(struct monitors_room *m, const struct part_question *q, bool sealed, struct part_answer *a);
void parts_fini(struct monitors_room *m);

/* -- daemon_monitor.c ------------------------------------------------------------------------ */

/* What came to the data port and is no packet of a daemon. sessions: how many there are, for reports.
 * True: this daemon is to leave. */
bool monitor_on_datagram(struct monitors_room *m, const struct datagram_in *in, size_t sessions);
bool monitor_next_reply(struct monitors_room *m, struct monitor_reply *out);
/* True once after a reload was asked for, as soon as no change of view is under way. */
bool monitor_take_reload(struct monitors_room *m);

#endif
