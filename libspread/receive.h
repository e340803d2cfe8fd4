/* SPDX-License-Identifier: MIT
 *
 * receive.h - waiting for the next message, and laying it into the caller's memory. What becomes of a
 * message once its header is seen is the affair of who receives: SP_receive, or the flush layer.
 */
#ifndef SPREAD_RECEIVE_H
#define SPREAD_RECEIVE_H

#include <limits.h>

#include "libspread/mailbox.h"

enum { PIECES_MAX = MAX_CLIENT_SCATTER_ELEMENTS + 4 }; /* groups, body, marks, and what is cut */

/* Where the caller wants things, and how much fits there. */
struct wanted {
    service *service_type;
    char *sender;
    int max_groups;
    int *num_groups;
    char (*groups)[MAX_GROUP_NAME];
    int16 *mess_type;
    int *endian_mismatch;
    const scat_element *body;
    size_t num_elements;
};

/* How a message meets what was wanted. */
struct fit {
    uint32_t groups;       /* in the message */
    uint32_t groups_taken; /* of them */
    size_t body;
    size_t body_taken;
};

struct fit fit_of(uint32_t groups, size_t body, const struct wanted *w);

static inline bool fit_is_whole(const struct fit *f)
{
    return f->groups_taken == f->groups && f->body_taken == f->body;
}

/* The memory for groups and body, in pieces; NULL for what is cut off. Returns their number, and in
 * *body which is the first of the body. */
int lay_out(const struct wanted *w, const struct fit *f, struct iovec iov[PIECES_MAX], int *body);

/* Tells what is told of every message, taken or not. */
void tell_header(const struct wanted *w, const struct incoming *in);
/* The message stays: tells its needs, and returns the code for them. */
int tell_needs(const struct wanted *w, const struct fit *f);

enum { COME_AGAIN = INT_MIN }; /* nothing was there: neither a length nor a code of the interface */

/* Looks at the message that readahead_next showed, whose counts are not negative, and either takes it
 * (readahead_take) or shows it (readahead_show). With the receive lock held. */
typedef int message_taker(struct connection *c, const struct incoming *in, void *context);

/* Waits for the next message and returns what take does of it; or SP_TIMED_OUT, ILLEGAL_SESSION,
 * NET_ERROR_ON_SESSION, CONNECTION_CLOSED, ILLEGAL_MESSAGE. */
int receive_on(struct connection *c, message_taker *take, void *context, usec deadline);

#endif
