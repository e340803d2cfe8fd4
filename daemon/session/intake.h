/* SPDX-License-Identifier: MIT
 *
 * intake.h - where bytes from clients are read to, so that messages need not move again.
 *
 * All clients are read into one slab, each behind the last; complete frames stay
 * where they were read and keep the slab alive. The beginning of an incomplete
 * frame is set aside for its client; of a large one the rest is then read
 * straight into a block of its own. An idle client holds nothing.
 */
#ifndef SPREAD_SESSION_INTAKE_H
#define SPREAD_SESSION_INTAKE_H

#include <stdbool.h>
#include <sys/uio.h>

#include "daemon/base/block.h"

enum {
    INTAKE_SLAB = 256 << 10,
    INTAKE_ROOM = 64 << 10,  /* offered for a read at least */
    INTAKE_LARGE = 16 << 10, /* incomplete frames from here on get a block of their own */
};

/* What one client has sent of a frame (or handshake step) that is not complete. */
struct partial {
    struct block *block; /* NULL: nothing */
    uint32_t have;
    uint32_t total; /* length of the large frame the block is for; 0: a small one, set aside */
};

struct intake;

struct intake *intake_new(void);
void intake_free(struct intake *in);

/* Where to read to for the client with that partial: fills in one or two iovecs, returns how
 * many. At most so many bytes, the rest of a large frame not counted. Valid until the next intake_
 * call. */
int intake_room(struct intake *in, const struct partial *p, size_t most, struct iovec iov[2]);

/* A stretch of input to be taken apart; its bytes lie in block. */
struct input {
    struct block *block;
    uint8_t *at;
    size_t len;
};

/* n bytes were read to that room. True: a large frame is complete, *frame is it, with its
 * reference. Either way intake_rest then gives the other input. secret: what waited may have been half a
 * password, so it is wiped where it did; of who sends messages that would cost as much as a copy. */
bool intake_on_read(struct intake *in, struct partial *p, size_t n, bool secret, struct input *frame);
/* The input to be taken apart, lent; len may be 0. */
struct input intake_rest(struct intake *in);
/* used bytes of it were complete; what is left behind them waits in p. needed: length of the
 * frame that begins there, 0 if not known yet. */
void intake_done(struct intake *in, struct partial *p, size_t used, size_t needed);

/* Nothing waits in it any more. What did is wiped, for it may have been half a password. */
void intake_clear(struct partial *p);

#endif
