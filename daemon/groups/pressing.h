/* SPDX-License-Identifier: MIT
 *
 * pressing.h - clients, of whichever daemon, that do not keep up, and what is sent to whom of them.
 *
 * For r of group g that presses, every message to g or to r waits at the daemon of its sender. Asked
 * for each message while anybody presses, so what was found for a group is kept with it until somebody
 * joins, leaves, presses or does not any more.
 */
#ifndef SPREAD_GROUPS_PRESSING_H
#define SPREAD_GROUPS_PRESSING_H

#include "daemon/base/usec.h"
#include "daemon/groups/member.h"

enum { PRESSERS_MAX = 4096 }; /* who comes on top of these presses nobody */

struct presser {
    struct name name;
    uint8_t waits; /* which messages do for it (packet/pressure.h) */
    usec until; /* of another daemon's client that it said last; NEVER: ours */
};

struct pressing {
    struct presser *list; /* in no order */
    uint32_t count, size;
    uint64_t stamp; /* what was kept with groups before it is void */
};

void pressing_fini(struct pressing *p);
/* From now on these messages wait for it, until then at most; 0: none any more. True: some did that do no
 * more. */
bool pressing_set(struct pressing *p, const struct name *who, uint8_t waits, usec until);
/* Those of other daemons that have not been heard of since now press no more. True: there was one. */
bool pressing_expire(struct pressing *p, usec now);
/* When that is to be asked; NEVER: nobody of another daemon presses. */
usec pressing_deadline(const struct pressing *p);
/* Somebody has joined or left. */
static inline void pressing_void(struct pressing *p)
{
    p->stamp++;
}

/* Which messages wait. */
uint8_t pressing_client(const struct pressing *p, const struct name *who);
uint8_t pressing_group(const struct pressing *p, const struct members *m, struct group *g);

#endif
