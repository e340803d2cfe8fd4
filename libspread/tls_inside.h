/* SPDX-License-Identifier: MIT
 *
 * tls_inside.h - a connection through TLS, for the tls*.c alone: tls.c begins and ends it, tls_mailbox.c
 * reads and writes it, tls_owner.c knows whose it is.
 */
#ifndef SPREAD_TLS_INSIDE_H
#define SPREAD_TLS_INSIDE_H

#include "libspread/lock.h"
#include "libspread/pile.h"
#include "libspread/shared.h"
#include "libspread/tls.h"

struct tls {
    SSL *ssl;
    int fd;
    struct address address;
    uint64_t trust;
    SSL_SESSION *ticket;
    struct lock lock;
    bool inside;          /* somebody has the lock: if it was in another process, all is lost */
    struct shared *shared; /* NULL: it is nobody's yet */
    uint64_t owner;       /* as we know it */
    atomic_uint forks;    /* process_forks() when we looked whose it is ... */
    atomic_bool lost;     /* ... and found that it is another's */
    /* reading */
    const uint8_t *cipher; /* what OpenSSL may read: of the copy of the kernel's bytes */
    size_t cipher_len;
    size_t seen;          /* bytes at the front of the kernel's that were read by OpenSSL */
    struct pile plain;
    bool emptied;         /* the kernel had less than was asked for */
    bool ended, broken;
    unsigned long fault;  /* OpenSSL's, if it is broken by one */
    /* writing */
    struct pile out;
    bool last;            /* nothing follows the record that is being written */
};

/* -- tls_owner.c ----------------------------------------------------------------------------- */

/* From now on it is this process that has it, as shared tells the others. */
void tls_own(struct tls *t, struct shared *shared);
/* Takes the lock. False: another process has it, or it was copied while somebody was inside. */
bool tls_enter(struct tls *t);
void tls_leave(struct tls *t);

/* -- tls_mailbox.c, with the lock held -------------------------------------------------------- */

/* What OpenSSL reads and writes by; NULL: no memory. */
BIO *tls_bio_new(struct tls *t);
void tls_forget_errors(void);
/* Lets OpenSSL read what there is beyond what was seen, most bytes of it. what: a step of the handshake,
 * or what deciphers. False: there was nothing more. */
bool tls_look(struct tls *t, size_t most, void (*what)(struct tls *));
/* Takes from the kernel what was seen, up to the byte that tells of what waits. */
void tls_commit(struct tls *t);
/* Gives back OpenSSL's buffers, if nothing is in them. */
void tls_give_back(struct tls *t);
/* Writes what is enciphered. */
enum written tls_flush(struct tls *t);

#endif
