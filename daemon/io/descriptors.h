/* SPDX-License-Identifier: MIT
 *
 * descriptors.h - how many descriptors there are, and one in reserve: when there are no more it is
 * given up to accept one last client, who is told why it cannot come in.
 *
 * The reserve is an eventfd: it has no path, which a changed root folder would lack, and unlike a
 * duplicate of another descriptor it also has a place of its own in the table of the whole system.
 */
#ifndef SPREAD_IO_DESCRIPTORS_H
#define SPREAD_IO_DESCRIPTORS_H

#include "daemon/base/usec.h"
#include "daemon/config/conf.h"

/* As many as the system lets us have. */
void descriptors_raise(void);
/* Whether a daemon of that configuration can be opened and served with those that are left, and a
 * client let in; false with a line in why, and a warning where there are few. */
bool descriptors_suffice(const struct conf *conf, int self, char *why, size_t why_size);

struct reserve {
    int fd; /* -1: there is none */
    bool scarce;
    usec since_last; /* when there was no descriptor for a client last */
    uint64_t refused;
};

void reserve_init(struct reserve *r);
void reserve_fini(struct reserve *r);

/* The reserve is there again; false: not yet. */
bool reserve_take(struct reserve *r);
/* Closes it; false if there is none. */
bool reserve_give_up(struct reserve *r);

/* A client could not be let in, and was refused or waits. True: that begins a spell. */
bool reserve_note(struct reserve *r, bool refused, usec now);
/* Whether that spell is over, and how many were refused: another descriptor can be had, and none was
 * missing for a second. */
bool reserve_is_over(struct reserve *r, uint64_t *refused, usec now);

#endif
