/* SPDX-License-Identifier: MIT
 *
 * dial.h - a connected socket to the daemon at an address.
 */
#ifndef SPREAD_DIAL_H
#define SPREAD_DIAL_H

#include "libspread/address.h"
#include "libspread/stream.h"

enum dial_result {
    DIAL_CONNECTED,
    DIAL_UNKNOWN_HOST,
    DIAL_REFUSED, /* nobody listens there, or the system refuses us a socket */
    DIAL_TOO_LATE,
};

/* Connects to a daemon, trying all addresses its host has. time_left: for connecting, NEVER for no
 * limit; looking the host up does not count. *fd: a blocking socket that exec closes,
 * or -errno where it is DIAL_REFUSED; *deadline:
 * what remains of the time, as a point in it. */
enum dial_result dial(const struct address *a, usec time_left, int *fd, usec *deadline);

#endif
