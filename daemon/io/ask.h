/* SPDX-License-Identifier: MIT
 *
 * ask.h - asks the kernels of other daemons' hosts whether they live, by a connection that is closed
 * as soon as something is known.
 */
#ifndef SPREAD_IO_ASK_H
#define SPREAD_IO_ASK_H

#include <event2/event.h>

#include "daemon/daemon.h"

struct asker;

struct asker *asker_new(struct event_base *base, struct daemon *daemon);
void asker_free(struct asker *a);
/* Asks what the daemon wants to know; to be called at the end of a turn. */
void asker_step(struct asker *a);

#endif
