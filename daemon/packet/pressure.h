/* SPDX-License-Identifier: MIT
 *
 * pressure.h - what one daemon tells the others, in the control lane, of a client that does not keep
 * up: who sends to it is to wait; or need not any more.
 *
 *   kind 1, waits 1, length of the connection's name 1, the name
 *
 * The daemon in the client's name is the one that says it, for nobody speaks for others' clients. The
 * first byte of each message of the control lane says which kind it is of.
 */
#ifndef SPREAD_PACKET_PRESSURE_H
#define SPREAD_PACKET_PRESSURE_H

#include "daemon/packet/bytes.h"
#include "libspread/wire/names.h"

enum { CONTROL_TELLING = 1, CONTROL_PRESSURE = 2 }; /* kinds */

enum { PRESSURE_MAX = 3 + PRIVATE_NAME_MAX };

struct pressure {
    char connection[PRIVATE_NAME_MAX + 1];
    bool on;
};

void pressure_give(struct writer *w, const struct pressure *p);
/* False: it is none, or does not hold. */
bool pressure_take(struct reader *r, struct pressure *p);

#endif
