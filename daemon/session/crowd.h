/* SPDX-License-Identifier: MIT
 *
 * crowd.h - senders are taken up more slowly while much waits for some receiver.
 *
 * One read takes up hundreds of messages in microseconds. A receiver that reads
 * all the time but has to wait for a processor would have more than
 * MaxSessionMessages waiting before it ran again, and be cut off. So while more
 * than half of that waits for anybody, clients are read no faster than 5.0.1
 * could, which gave its receivers some fifteen microseconds a message. Who never
 * reads is cut off as ever, and holds up senders for milliseconds until then.
 */
#ifndef SPREAD_SESSION_CROWD_H
#define SPREAD_SESSION_CROWD_H

#include "daemon/config/conf.h"
#include "daemon/session/session.h"

struct crowd {
    uint32_t sessions; /* for which more than half the limit waits */
    usec read_at;      /* clients are not read before; 0: at any time */
};

/* More waits for s than may. */
bool crowd_exceeded(const struct session *s, const struct conf *conf);

/* What waits for s has changed, or its state. */
void crowd_on_change(struct crowd *c, struct session *s, const struct conf *conf);
/* So many messages were taken up from a client. */
void crowd_on_taken(struct crowd *c, uint32_t messages, usec now);
void crowd_on_time(struct crowd *c, usec now);

/* When crowd_on_time is due; NEVER: not at all. Until then no client is to be read. */
usec crowd_deadline(const struct crowd *c);

/* How many bytes to take up in one read at most: of the smallest messages half a limit. */
size_t crowd_read_most(const struct conf *conf);

#endif
