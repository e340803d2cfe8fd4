/* SPDX-License-Identifier: MIT
 *
 * peers.h - what a daemon tells of the others: when it heard each, by which key, and what came in the
 * name of each that it could not open. 5.0.1 knows nothing of it.
 *
 *   offset size
 *     0    4 each   packets that were not opened, by what was wrong: 1 to 6 of enum peer_trouble
 *    24    8 each   daemons, by their places in the file:
 *                     key id of what was heard last, 0: open; for itself, of what it seals
 *                     what was wrong last, of enum peer_trouble
 *                     seconds since it was heard: 16 bits, 0xffff: never
 *                     seconds since something was wrong: 16 bits
 *                     key id of that
 *                     zero
 *
 * Words are in the sender's byte order, as in all packets of monitors. A question is as long as its
 * answer, with zeros: nobody can have others sent more than he sends.
 */
#ifndef SPREAD_MONITOR_PEERS_H
#define SPREAD_MONITOR_PEERS_H

#include "daemon/monitor/packet.h"

enum peer_trouble {
    TROUBLE_NONE,
    TROUBLE_OPEN,   /* not sealed, and it has keys */
    TROUBLE_SEALED, /* sealed, and it has none */
    TROUBLE_KEY,    /* sealed with a key that it has not */
    TROUBLE_TAG,    /* not what was sealed with the key of that number */
    TROUBLE_REPLAY, /* has come before */
    TROUBLE_TRIALS, /* of processes that are not known; too many */
    TROUBLES,
};

enum { PEERS_NEVER = 0xffff };

struct monitor_peers {
    uint32_t unopened[TROUBLES]; /* by what was wrong */
    struct peer_report {
        uint8_t key_id, trouble_key;
        enum peer_trouble trouble;
        uint16_t heard_s, trouble_s;
    } peers[PROCS_MAX];
};

/* Of the question, and of its answer. */
size_t monitor_peers_len(int procs);
/* False: too short for so many daemons, or a trouble that there is not. */
bool monitor_peers_decode(struct monitor_peers *p, struct reader body, int procs);
void monitor_peers_encode(uint8_t body[MONITOR_BODY_MAX], const struct monitor_peers *p, int procs);

/* "not sealed" and so on. */
const char *peer_trouble_text(enum peer_trouble t);

#endif
