/* SPDX-License-Identifier: MIT
 *
 * dial.h - a connection to the daemon at an address.
 */
#ifndef SPREAD_DIAL_H
#define SPREAD_DIAL_H

#include "libspread/address.h"
#include "libspread/channel.h"
#include "libspread/tls.h"

enum dial_result {
    DIAL_CONNECTED,
    DIAL_UNKNOWN_HOST,
    DIAL_REFUSED, /* nobody listens there, or the system refuses us a socket */
    DIAL_TOO_LATE,
    DIAL_NOT_TRUSTED, /* TLS: we do not believe the daemon ... */
    DIAL_NOT_ADMITTED, /* ... or it does not believe us */
};

/* What came of it. */
struct dialled {
    struct channel channel; /* a blocking socket that exec closes, if connected; to be closed */
    usec deadline;          /* what remains of the time, as a point in it */
    int error;              /* errno of DIAL_REFUSED */
    char why[TLS_WHY];      /* of the last two */
};

/* Connects to a daemon, trying all addresses its host has, and does the handshake of TLS if that is
 * asked for. time_left: for connecting, NEVER for no limit; looking the host up does not count. */
enum dial_result dial(const struct address *a, usec time_left, struct dialled *d);

#endif
