/* SPDX-License-Identifier: MIT
 *
 * tls.h - a connection through TLS that looks like a socket without: what can be read can be peeked at,
 * counted, and is there to select on until it was taken.
 *
 * Readiness: OpenSSL takes whole records apart, and what is deciphered lies in our memory, where no
 * poll sees it. So what a record is made of is copied out of the kernel (MSG_PEEK), and its last byte
 * stays there until all that was deciphered has been taken:
 *
 *      the kernel:   | seen already ............. | not seen yet .................>
 *      our memory:   | taken |  deciphered, not taken  |  a part of a record |
 *
 *      while something deciphered waits, at least one byte that was seen stays in the kernel;
 *      when nothing does, all that was seen is taken from it
 *
 * A part of a record alone makes nobody wait: it is taken, and what follows makes the descriptor
 * readable. So select, poll and epoll see of a TLS mailbox what they see of another.
 *
 * Processes: TLS counts its records, so only one process can go on with a connection. After a fork it
 * is the one that uses it first; for others it is gone, and they do not disturb that one.
 *
 * Threads: one may read while another writes; what both change is guarded by a lock that nobody waits
 * for the network with.
 */
#ifndef SPREAD_TLS_H
#define SPREAD_TLS_H

#include <sys/types.h>

#include "libspread/address.h"
#include "libspread/openssl.h"
#include "libspread/stream.h"

struct tls;
struct shared;

enum { TLS_WHY = 200 };

enum tls_begun {
    TLS_BEGUN,
    TLS_NOT_TRUSTED, /* by us, or there is nothing to trust by; why says it */
    TLS_REFUSED,     /* by the daemon, likewise */
    TLS_BROKEN_OFF,  /* the connection was lost, or the time was over */
};

/* Does the handshake over fd, which is connected. *begun is to be freed. */
enum tls_begun tls_begin(int fd, const struct address *a, usec deadline, struct tls **begun,
                         char why[TLS_WHY]);
void tls_free(struct tls *t);
/* In the child of a fork: nobody is inside any more. */
void tls_inherit(struct tls *t);

/* The daemon has let us in. Another connection may be made with the ticket that it sent, and from now
 * on processes find out by shared which of them has this one. */
void tls_share(struct tls *t, struct shared *shared);
/* False: another process has gone on with it. */
bool tls_is_ours(struct tls *t);

/* As recv(): with MSG_PEEK, and else taking; never waiting. to: NULL to throw away. -1 with EAGAIN:
 * nothing; 0: the end, also by a fault. */
ssize_t tls_peek(struct tls *t, void *to, size_t size);
ssize_t tls_take(struct tls *t, void *to, size_t size);
/* Puts bytes back in front of the others, as many as there is room for. */
void tls_put_back(struct tls *t, const void *bytes, size_t len);
/* Bytes that could be taken now. */
size_t tls_waiting(struct tls *t);

enum written tls_write_now(struct tls *t, struct msghdr *m);

/* What the daemon had against us, by its alert; "": nothing. */
void tls_complaint(struct tls *t, char why[TLS_WHY]);

#endif
