/* SPDX-License-Identifier: MIT */
#include "libspread/tls.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libspread/buffers.h"
#include "libspread/lock.h"
#include "libspread/shared.h"
#include "libspread/trust.h"

enum {
    RECORD = 16 * 1024,         /* plain bytes that a record has at most */
    RECORD_ROOM = RECORD + 512, /* and enciphered */
    LOOK_LEAST = RECORD + 2048, /* room without which it is not worth while to look for more */
    RECORDS_A_WRITE = 3,
    COUNTED_MOST = 1 << 20,     /* bytes that are deciphered to be counted, whatever waits */
};

/* Bytes from at to len, in a block that is there only while it has some. */
struct pile {
    uint8_t *bytes;
    bool lent; /* by buffers.h, else allocated */
    size_t at, len, size;
};

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

/* -- piles ----------------------------------------------------------------------------------- */

static size_t pile_left(const struct pile *p)
{
    return p->len - p->at;
}

/* False: no memory. */
static bool pile_open(struct pile *p)
{
    if (p->bytes)
        return true;
    p->bytes = buffer_take();
    p->lent = p->bytes != NULL;
    if (!p->bytes)
        p->bytes = malloc(BUFFER_BYTES);
    p->size = p->bytes ? (size_t)BUFFER_BYTES : 0;
    return p->bytes != NULL;
}

static void pile_close(struct pile *p)
{
    struct pile old = *p;
    *p = (struct pile){0}; /* first: a fork in between must not find it in two places */
    if (old.lent)
        buffer_give(old.bytes);
    else
        free(old.bytes);
}

/* Twice as large, if that is not more than most. */
static bool pile_grow(struct pile *p, size_t most)
{
    uint8_t *bytes = 2 * p->size <= most ? malloc(2 * p->size) : NULL;
    if (!bytes)
        return false;
    struct pile grown = {bytes, false, p->at, p->len, 2 * p->size};
    memcpy(bytes, p->bytes, p->len);
    pile_close(p);
    *p = grown;
    return true;
}

static void pile_pack(struct pile *p)
{
    if (p->at == 0)
        return;
    memmove(p->bytes, p->bytes + p->at, pile_left(p));
    p->len -= p->at;
    p->at = 0;
}

/* -- what OpenSSL reads and writes ----------------------------------------------------------- */

static int on_read(BIO *bio, char *to, int size)
{
    struct tls *t = ossl.BIO_get_data(bio);
    size_t n = (size_t)size < t->cipher_len ? (size_t)size : t->cipher_len;
    ossl.BIO_clear_flags(bio, OPENSSL_BIO_ALL_AGAIN);
    if (n == 0) {
        ossl.BIO_set_flags(bio, OPENSSL_BIO_READ_AGAIN);
        return -1;
    }
    memcpy(to, t->cipher, n);
    t->cipher += n;
    t->cipher_len -= n;
    return (int)n;
}

/* Bytes that the socket takes at once; -1: it takes none any more. */
static ssize_t send_now(int fd, const void *bytes, size_t len)
{
    ssize_t n;
    do
        n = send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    return n < 0 && errno == EAGAIN ? 0 : n;
}

/* The last record of a message, with nothing before it, goes straight to the socket. */
static int on_write(BIO *bio, const char *from, int size)
{
    struct tls *t = ossl.BIO_get_data(bio);
    ssize_t gone = t->last && pile_left(&t->out) == 0 ? send_now(t->fd, from, (size_t)size) : 0;
    ossl.BIO_clear_flags(bio, OPENSSL_BIO_ALL_AGAIN);
    if (gone == size)
        return size;
    size_t n = (size_t)size - (gone > 0 ? (size_t)gone : 0);
    if (gone < 0 || !pile_open(&t->out) || n > t->out.size - t->out.len)
        return -1;
    memcpy(t->out.bytes + t->out.len, from + size - n, n);
    t->out.len += n;
    return size;
}

static long on_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == OPENSSL_BIO_FLUSH ? 1 : 0;
}

static BIO *new_bio(struct tls *t)
{
    static BIO_METHOD *method;
    process_lock();
    if (!method) {
        method = ossl.BIO_meth_new(ossl.BIO_get_new_index() | OPENSSL_BIO_SOURCE_SINK, "spread");
        if (method) {
            ossl.BIO_meth_set_read(method, on_read);
            ossl.BIO_meth_set_write(method, on_write);
            ossl.BIO_meth_set_ctrl(method, on_control);
        }
    }
    process_unlock();
    BIO *bio = method ? ossl.BIO_new(method) : NULL;
    if (bio) {
        ossl.BIO_set_data(bio, t);
        ossl.BIO_set_init(bio, 1);
    }
    return bio;
}

/* It is kept here till tls_share: who reads may hold the process lock. */
static int on_ticket(SSL *ssl, SSL_SESSION *ticket)
{
    struct tls *t = ossl.SSL_get_ex_data(ssl, 0);
    if (t->ticket)
        ossl.SSL_SESSION_free(t->ticket);
    t->ticket = ticket;
    return 1;
}

static void keep_ticket(struct tls *t)
{
    if (t->ticket)
        trust_keep(&t->address, t->trust, t->ticket);
    t->ticket = NULL;
}

/* -- whose it is ----------------------------------------------------------------------------- */

/* Different in each process that may have the mailbox at this count of forks. */
static uint64_t new_owner(void)
{
    return (uint64_t)process_forks() << 32 | (uint32_t)getpid();
}

void tls_share(struct tls *t, struct shared *shared)
{
    keep_ticket(t);
    t->shared = shared;
    t->forks = process_forks();
    t->owner = new_owner();
    atomic_store(&shared->tls_owner, t->owner);
}

/* With the lock held. Since the last fork two processes have the same state, and the same idea of whom
 * it belongs to; the first to put itself there goes on. */
static void claim(struct tls *t)
{
    uint_fast64_t expected = t->owner;
    uint64_t owner = new_owner();
    if (atomic_compare_exchange_strong(&t->shared->tls_owner, &expected, owner))
        t->owner = owner;
    else
        t->lost = true;
    t->forks = process_forks();
}

/* False: another process has it, or it was copied while somebody was inside. */
static bool enter(struct tls *t)
{
    lock_take(&t->lock);
    t->inside = true;
    if (t->shared && t->forks != process_forks())
        claim(t);
    return !t->lost;
}

static void leave(struct tls *t)
{
    t->inside = false;
    lock_leave(&t->lock);
}

bool tls_is_ours(struct tls *t)
{
    if (t->forks == process_forks())
        return !t->lost;
    bool ours = enter(t);
    leave(t);
    return ours;
}

void tls_inherit(struct tls *t)
{
    lock_init(&t->lock);
    if (t->inside)
        t->lost = true;
    t->inside = false;
}

/* OpenSSL looks at errors that others have left in this thread. Forgetting none takes it long. */
static void forget_errors(void)
{
    if (ossl.ERR_peek_last_error())
        ossl.ERR_clear_error();
}

/* -- reading --------------------------------------------------------------------------------- */

/* Takes len bytes from the kernel, which has them. MSG_TRUNC spares TCP the copying. */
static bool throw_away(int fd, size_t len)
{
    uint8_t small[512], *large = len > sizeof small ? buffer_take() : NULL;
    size_t size = large ? (size_t)BUFFER_BYTES : sizeof small;
    while (len > 0) {
        ssize_t n = recv(fd, large ? large : small, len < size ? len : size, MSG_DONTWAIT | MSG_TRUNC);
        if (n == 0 || (n < 0 && errno != EINTR))
            break;
        len -= n > 0 ? (size_t)n : 0;
    }
    buffer_give(large);
    return len == 0;
}

/* Takes from the kernel what was seen, up to the byte that tells of what waits. */
static void commit(struct tls *t)
{
    size_t stays = pile_left(&t->plain) > 0 ? 1 : 0;
    if (t->seen <= stays)
        return;
    if (!throw_away(t->fd, t->seen - stays))
        t->broken = true; /* it was reset */
    t->seen = stays;
}

/* Deciphers all that OpenSSL may read. */
static void decipher(struct tls *t)
{
    struct pile *p = &t->plain;
    forget_errors();
    while (t->cipher_len > 0) { /* there is room for all records in it, so none is left inside */
        size_t n = 0;
        if (ossl.SSL_read_ex(t->ssl, p->bytes + p->len, p->size - p->len, &n)) {
            p->len += n;
            continue;
        }
        int error = ossl.SSL_get_error(t->ssl, 0);
        if (error == OPENSSL_ERROR_ZERO_RETURN)
            t->ended = true;
        else if (error != OPENSSL_ERROR_WANT_READ) {
            t->fault = ossl.ERR_peek_last_error();
            t->broken = true;
        }
        forget_errors();
        return;
    }
}

/* Lets OpenSSL read what there is beyond what was seen. what: decipher, or a step of the handshake.
 * False: there was nothing more. */
static bool look(struct tls *t, size_t most, void (*what)(struct tls *))
{
    uint8_t small[2048], *large = buffer_take();
    uint8_t *to = large ? large : small;
    size_t size = large ? (size_t)BUFFER_BYTES : sizeof small;
    ssize_t n;
    commit(t);
    if (size > t->seen + most)
        size = t->seen + most;
    do
        n = recv(t->fd, to, size, MSG_PEEK | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    bool more = n > 0 && (size_t)n > t->seen;
    t->emptied = n >= 0 && (size_t)n < size;
    if (more) {
        t->cipher = to + t->seen;
        t->cipher_len = (size_t)n - t->seen;
        t->seen = (size_t)n;
        what(t);
        t->seen -= t->cipher_len; /* what was left is looked at again */
        t->cipher_len = 0;
    } else if (n == 0 || (n < 0 && errno != EAGAIN)) {
        t->ended = true;
    }
    buffer_give(large);
    return more;
}

/* Deciphers what has come, most bytes of it or little more. */
static void fill(struct tls *t, size_t most)
{
    struct pile *p = &t->plain;
    while (!t->ended && !t->broken) {
        pile_pack(p);
        if (!pile_open(p) || (p->size - p->len < LOOK_LEAST && !pile_grow(p, most)))
            return;
        bool more = look(t, p->size - p->len - RECORD_ROOM, decipher);
        if (pile_left(p) == 0)
            commit(t);
        if (!more || t->emptied)
            break;
    }
    if (p->len == 0)
        pile_close(p);
}

/* With the lock. -1: nothing waits, 0: and nothing will. */
static ssize_t state_of(const struct tls *t)
{
    if (t->ended || t->broken)
        return 0;
    errno = EAGAIN;
    return -1;
}

static ssize_t move(struct tls *t, void *to, size_t size, bool peek)
{
    struct pile *p = &t->plain;
    if (pile_left(p) < size && (peek || pile_left(p) == 0))
        fill(t, BUFFER_BYTES);
    size_t n = pile_left(p) < size ? pile_left(p) : size;
    if (n == 0)
        return state_of(t);
    if (to)
        memcpy(to, p->bytes + p->at, n);
    if (peek)
        return (ssize_t)n;
    p->at += n;
    if (pile_left(p) == 0) {
        pile_close(p);
        commit(t);
    }
    return (ssize_t)n;
}

ssize_t tls_peek(struct tls *t, void *to, size_t size)
{
    ssize_t n = enter(t) ? move(t, to, size, true) : 0;
    int error = errno;
    leave(t);
    errno = error;
    return n;
}

ssize_t tls_take(struct tls *t, void *to, size_t size)
{
    ssize_t n = enter(t) ? move(t, to, size, false) : 0;
    int error = errno;
    leave(t);
    errno = error;
    return n;
}

void tls_put_back(struct tls *t, const void *bytes, size_t len)
{
    struct pile *p = &t->plain;
    lock_take(&t->lock);
    if (pile_open(p) && len <= p->size - pile_left(p)) {
        pile_pack(p);
        memmove(p->bytes + len, p->bytes, p->len);
        memcpy(p->bytes, bytes, len);
        p->len += len;
    }
    lock_leave(&t->lock);
}

size_t tls_waiting(struct tls *t)
{
    bool ours = enter(t);
    if (ours)
        fill(t, COUNTED_MOST);
    size_t n = ours ? pile_left(&t->plain) : 0;
    leave(t);
    return n;
}

/* -- writing --------------------------------------------------------------------------------- */

static enum written flush(struct tls *t)
{
    struct pile *p = &t->out;
    while (pile_left(p) > 0) {
        ssize_t n = send_now(t->fd, p->bytes + p->at, pile_left(p));
        if (n <= 0)
            return n == 0 ? BLOCKED : BROKEN;
        p->at += (size_t)n;
    }
    pile_close(p);
    return ALL_WRITTEN;
}

/* The bytes of the next record, taken off the front of m: in place where one piece has enough. */
static const void *next_record(struct msghdr *m, uint8_t together[RECORD], size_t *len)
{
    *len = 0;
    if (m->msg_iov->iov_len >= RECORD || m->msg_iovlen == 1) {
        const void *from = m->msg_iov->iov_base;
        *len = m->msg_iov->iov_len < RECORD ? m->msg_iov->iov_len : RECORD;
        stream_advance(m, *len);
        return from;
    }
    while (m->msg_iovlen > 0 && *len < RECORD) {
        size_t left = m->msg_iov->iov_len, n = left < RECORD - *len ? left : RECORD - *len;
        memcpy(together + *len, m->msg_iov->iov_base, n);
        *len += n;
        stream_advance(m, n);
    }
    return together;
}

static enum written encipher(struct tls *t, struct msghdr *m)
{
    uint8_t together[RECORD];
    for (int i = 0; i < RECORDS_A_WRITE && m->msg_iovlen > 0; i++) {
        size_t len, done;
        const void *from = next_record(m, together, &len);
        forget_errors();
        t->last = m->msg_iovlen == 0;
        bool written = ossl.SSL_write_ex(t->ssl, from, len, &done);
        t->last = false;
        if (!written)
            return BROKEN;
    }
    return flush(t);
}

enum written tls_write_now(struct tls *t, struct msghdr *m)
{
    stream_advance(m, 0);
    enum written w = enter(t) && !t->broken ? flush(t) : BROKEN;
    while (w == ALL_WRITTEN && m->msg_iovlen > 0)
        w = encipher(t, m);
    leave(t);
    return w;
}

/* -- the handshake --------------------------------------------------------------------------- */

static void shake(struct tls *t)
{
    forget_errors();
    int n = ossl.SSL_connect(t->ssl);
    if (n == 1)
        t->ended = true; /* of the handshake */
    else if (ossl.SSL_get_error(t->ssl, n) != OPENSSL_ERROR_WANT_READ) {
        t->fault = ossl.ERR_peek_last_error();
        t->broken = true;
    }
    forget_errors();
}

static bool flush_all(struct tls *t, usec deadline)
{
    enum written w;
    while ((w = flush(t)) == BLOCKED && stream_wait(t->fd, POLLOUT, deadline))
        ;
    return w == ALL_WRITTEN;
}

/* The reason of a fault, and whether it is an alert of the other side's. */
static bool explain(const struct tls *t, char why[TLS_WHY])
{
    const char *text = t->fault ? ossl.ERR_reason_error_string(t->fault) : NULL;
    bool alert = (t->fault & 0x7fffff) >= OPENSSL_ALERTS;
    long verdict = ossl.SSL_get_verify_result(t->ssl);
    if (verdict != OPENSSL_V_OK && !alert)
        snprintf(why, TLS_WHY, "its certificate is not trusted: %s",
                 ossl.X509_verify_cert_error_string(verdict));
    else if (alert)
        snprintf(why, TLS_WHY, "the daemon refused us: %s", text ? text : "by an alert");
    else
        snprintf(why, TLS_WHY, "there is no TLS to be had: %s", text ? text : "it answers otherwise");
    return alert;
}

static enum tls_begun shake_hands(struct tls *t, usec deadline, char why[TLS_WHY])
{
    shake(t);
    while (!t->ended && !t->broken) {
        if (!flush_all(t, deadline) || !stream_wait(t->fd, POLLIN, deadline))
            return TLS_BROKEN_OFF;
        if (!look(t, BUFFER_BYTES, shake) && t->ended)
            return TLS_BROKEN_OFF;
    }
    flush_all(t, deadline);
    commit(t);
    if (t->broken)
        return explain(t, why) ? TLS_REFUSED : TLS_NOT_TRUSTED;
    t->ended = false;
    return TLS_BEGUN;
}

static struct tls *new_tls(int fd, const struct address *a, char why[TLS_WHY])
{
    struct tls *t = calloc(1, sizeof *t);
    snprintf(why, TLS_WHY, "there is no memory");
    if (!t)
        return NULL;
    t->fd = fd;
    t->address = *a;
    lock_init(&t->lock);
    t->ssl = trust_new(a, on_ticket, why, &t->trust);
    BIO *bio = t->ssl ? new_bio(t) : NULL;
    if (!bio) {
        tls_free(t);
        return NULL;
    }
    ossl.SSL_set_bio(t->ssl, bio, bio);
    ossl.SSL_set_ex_data(t->ssl, 0, t);
    return t;
}

enum tls_begun tls_begin(int fd, const struct address *a, usec deadline, struct tls **begun,
                         char why[TLS_WHY])
{
    struct tls *t = new_tls(fd, a, why);
    *begun = NULL;
    if (!t)
        return TLS_NOT_TRUSTED;
    enum tls_begun b = shake_hands(t, deadline, why);
    if (b == TLS_BEGUN)
        *begun = t;
    else
        tls_free(t);
    return b;
}

void tls_free(struct tls *t)
{
    if (!t)
        return;
    if (t->ticket)
        ossl.SSL_SESSION_free(t->ticket);
    if (t->ssl && !t->broken) /* else the ticket would count as that of a broken connection */
        ossl.SSL_set_shutdown(t->ssl, OPENSSL_SHUTDOWN_BOTH);
    if (t->ssl)
        ossl.SSL_free(t->ssl);
    pile_close(&t->plain);
    pile_close(&t->out);
    lock_fini(&t->lock);
    free(t);
}

void tls_complaint(struct tls *t, char why[TLS_WHY])
{
    why[0] = '\0';
    if (t->fault && !explain(t, why))
        why[0] = '\0';
}
