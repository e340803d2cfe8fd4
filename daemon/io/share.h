/* SPDX-License-Identifier: MIT
 *
 * share.h - how much is read of one client in a turn, so that nobody waits long for what another says.
 *
 * What bytes cost differs by a hundred times: 256 KiB are two messages of 100,000 bytes or 2,300 empty ones,
 * which take 1.6 ms; to a group of a thousand, or by TLS, more. So it is learned by the time that reading and
 * ordering took: what fits, but no less than half as much at once, for a page may have had to be fetched
 * meanwhile; and little by little more while all that was asked for was there and took little, so that who
 * alternates what is cheap with what is not gains nothing by it.
 */
#ifndef SPREAD_IO_SHARE_H
#define SPREAD_IO_SHARE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "daemon/base/usec.h"

enum {
    SHARE_US = 200, /* that one client may take of a turn */
    SHARE_LEAST = 4 << 10,
    SHARE_FIRST = 64 << 10,
    SHARE_MOST = 256 << 10, /* from here on it is all that there is room for */
    SHARE_GROWS = 32,       /* by a 32nd */
};

struct share {
    size_t bytes;
};

static inline void share_init(struct share *s)
{
    s->bytes = SHARE_FIRST;
}

/* Makes the room no larger than the share. Returns its pieces. */
static inline int share_trim(const struct share *s, struct iovec *iov, int count)
{
    size_t left = s->bytes;
    for (int i = 0; i < count && s->bytes < SHARE_MOST; i++) {
        if (iov[i].iov_len >= left) {
            iov[i].iov_len = left;
            return i + 1;
        }
        left -= iov[i].iov_len;
    }
    return count;
}

static inline size_t share_room(const struct iovec *iov, int count)
{
    size_t room = 0;
    for (int i = 0; i < count; i++)
        room += iov[i].iov_len;
    return room;
}

/* n bytes took so long; all: there may have been more. */
static inline void share_learn(struct share *s, size_t n, bool all, usec took)
{
    size_t fits = took > 0 ? n * SHARE_US / took : n, half = s->bytes / 2;
    if (took > SHARE_US)
        s->bytes = fits > half ? fits : half;
    else if (all)
        s->bytes += s->bytes / SHARE_GROWS;
    if (s->bytes < SHARE_LEAST)
        s->bytes = SHARE_LEAST;
    if (s->bytes > SHARE_MOST)
        s->bytes = SHARE_MOST;
}

#endif
