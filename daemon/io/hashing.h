/* SPDX-License-Identifier: MIT
 *
 * hashing.h - hashes passwords beside the loop, in threads of their own (pool.h). All they share with it
 * is a job each: they know nothing of sessions. To end waits for the hashes that are being made.
 */
#ifndef SPREAD_IO_HASHING_H
#define SPREAD_IO_HASHING_H

#include <event2/event.h>

#include "daemon/daemon.h"

struct hashing;

struct hashing *hashing_new(struct event_base *base, struct daemon *daemon);
void hashing_free(struct hashing *h);
/* Begins what the daemon wants to know, as far as threads are free; to be called at the end of a
 * turn. */
void hashing_step(struct hashing *h);

#endif
