/* SPDX-License-Identifier: MIT */
#include "daemon/io/tls_stream_inside.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/base/memory.h"

enum {
    RECEIVED = 64 << 10,      /* enciphered bytes that one call takes out of a socket at most */
    RECEIVED_LEAST = RECORD + 512, /* and little room notwithstanding: a record */
    RECORDS_A_WRITE = 8,
    SHARED = RECORDS_A_WRITE * (RECORD + 512) + (32 << 10), /* and what else there may be to say */
    READS = 256,              /* records a turn takes of one client, however small they are */
    SILENT_MOST = 32,         /* records without a message, new keys, say, at 30 us each, ... */
    SILENT_COSTS = READS,     /* ... each of which is forgotten after so many that have one */
    CALLS = 16,               /* reads of the socket a turn, whatever OpenSSL does with the bytes */
};

/* What OpenSSL has written in this call, for whichever client it is. */
static uint8_t *shared;
static size_t shared_len;
/* What was read. */
static uint8_t *received;

/* -- the socket, as OpenSSL sees it ---------------------------------------------------------- */

/* Enough for the room, so that nothing is left of most turns. False: nothing came, and why. */
static bool receive(struct tls_stream *t)
{
    size_t size = t->room < RECEIVED_LEAST ? RECEIVED_LEAST : t->room;
    ssize_t n;
    if (size > RECEIVED)
        size = RECEIVED;
    free(t->rest);
    t->rest = NULL;
    do
        n = recv(t->fd, received, size, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    t->emptied = n > 0 && (size_t)n < size; /* what has come since makes the socket readable */
    t->dry = n < 0 && errno == EAGAIN;
    t->ended = t->ended || n == 0;
    if (n < 0 && !t->dry)
        t->error = errno;
    t->in = received;
    t->in_len = n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* OpenSSL asks for five bytes, then for the rest of a record, and has nothing left over. Were it to read
 * ahead, it would move all that it has read to the front of its buffer, record by record. */
static int on_read(BIO *bio, char *to, int len)
{
    struct tls_stream *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (t->error)
        return -1;
    if (t->in_len == 0 && (t->emptied || t->calls-- <= 0)) {
        t->dry = t->emptied;
        BIO_set_retry_read(bio);
        return -1;
    }
    if (t->in_len == 0 && !receive(t)) {
        if (t->dry)
            BIO_set_retry_read(bio);
        return t->ended ? 0 : -1;
    }
    size_t n = (size_t)len < t->in_len ? (size_t)len : t->in_len;
    memcpy(to, t->in, n);
    t->in += n;
    t->in_len -= n;
    return (int)n;
}

/* Behind what is kept, or into the shared block, which is the loop's. */
static int on_write(BIO *bio, const char *from, int len)
{
    struct tls_stream *t = BIO_get_data(bio);
    size_t n = (size_t)len;
    BIO_clear_retry_flags(bio);
    if (t->kept || t->shakes) {
        t->kept = memory_grow(t->kept, t->kept_len + n);
        memcpy(t->kept + t->kept_len, from, n);
        t->kept_len += n;
        return len;
    }
    if (n > SHARED - shared_len)
        return -1;
    memcpy(shared + shared_len, from, n);
    shared_len += n;
    return len;
}

static long on_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD *tls_socket_method(void)
{
    static BIO_METHOD *method;
    if (method)
        return method;
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "client");
    if (!method || !BIO_meth_set_read(method, on_read) || !BIO_meth_set_write(method, on_write) ||
        !BIO_meth_set_ctrl(method, on_control))
        return NULL;
    shared = memory_new(SHARED);
    received = memory_new(RECEIVED);
    return method;
}

/* -- what OpenSSL has written ---------------------------------------------------------------- */

/* Bytes of those that the socket takes; -1 with errno. */
static ssize_t push(struct tls_stream *t, const uint8_t *from, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = send(t->fd, from + done, len - done, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0 && errno != EINTR)
            return -1;
        done += n > 0 ? (size_t)n : 0;
    }
    return (ssize_t)done;
}

/* Hands the shared block over; what is not taken stays with its client. */
static int push_shared(struct tls_stream *t)
{
    size_t len = shared_len;
    shared_len = 0;
    ssize_t n = len > 0 ? push(t, shared, len) : 0;
    if (n < 0)
        return -1;
    if ((size_t)n < len) {
        t->kept_len = len - (size_t)n;
        t->kept = memory_new(t->kept_len);
        memcpy(t->kept, shared + n, t->kept_len);
    }
    return 0;
}

size_t tls_kept(const struct tls_stream *t)
{
    return t->kept_len - t->kept_at;
}

int tls_flush(struct tls_stream *t)
{
    if (!t->kept)
        return 0;
    ssize_t n = push(t, t->kept + t->kept_at, tls_kept(t));
    if (n < 0)
        return -1;
    t->kept_at += (size_t)n;
    if (tls_kept(t) == 0) {
        free(t->kept);
        t->kept = NULL;
        t->kept_len = t->kept_at = 0;
    }
    return 0;
}

/* -- turns ----------------------------------------------------------------------------------- */

void tls_begin_turn(struct tls_stream *t, size_t room)
{
    ERR_clear_error();
    t->dry = t->emptied = false;
    t->calls = CALLS;
    t->room = room;
}

/* OpenSSL's buffers are given back once a turn: with SSL_MODE_RELEASE_BUFFERS it would be once a record.
 * Some versions of 3.0 give back what has a record of which a part was read, too. */
static void give_back(struct tls_stream *t)
{
    if (!SSL_has_pending(t->ssl))
        SSL_free_buffers(t->ssl);
    ERR_clear_error();
}

void tls_end_turn(struct tls_stream *t)
{
    if (t->in_len == 0) {
        free(t->rest);
        t->rest = NULL;
    } else if (!t->rest) {
        t->rest = memory_new(t->in_len);
        memcpy(t->rest, t->in, t->in_len);
        t->in = t->rest;
    }
    give_back(t);
}

/* -- reading --------------------------------------------------------------------------------- */

bool tls_has_more(const struct tls_stream *t)
{
    return t->more;
}

/* Into one piece. False: there is no more for now, or ever. */
static bool read_piece(struct tls_stream *t, const struct iovec *piece, size_t *got, int *records)
{
    for (size_t at = 0; at < piece->iov_len;) {
        size_t n = 0;
        if (--*records < 0)
            return false;
        if (SSL_read_ex(t->ssl, (char *)piece->iov_base + at, piece->iov_len - at, &n)) {
            at += n;
            *got += n;
            t->room -= n;
            t->silent -= t->silent > 0;
        } else if (t->dry || t->calls < 0 || SSL_get_error(t->ssl, 0) != SSL_ERROR_WANT_READ) {
            return false;
        } else if ((t->silent += SILENT_COSTS) > SILENT_MOST * SILENT_COSTS) {
            t->error = EPROTO;
            return false;
        }
    }
    return true;
}

/* Nothing was read. */
static ssize_t end_of(struct tls_stream *t)
{
    if (t->dry || t->more) {
        errno = EAGAIN;
        return -1;
    }
    if (t->ended || SSL_get_shutdown(t->ssl) & SSL_RECEIVED_SHUTDOWN)
        return 0;
    errno = t->error ? t->error : EPROTO;
    return -1;
}

ssize_t tls_stream_read(struct tls_stream *t, const struct iovec *iov, int count)
{
    size_t got = 0, room = 0;
    int records = READS, i = 0;
    for (int k = 0; k < count; k++)
        room += iov[k].iov_len;
    tls_begin_turn(t, room);
    while (i < count && read_piece(t, &iov[i], &got, &records))
        i++;
    push_shared(t); /* alerts; whether they arrive is of no interest */
    /* An end, too, is found by another read. */
    t->more = !t->dry && (got > 0 || records < 0 || t->calls < 0) && !(got == 0 && t->error);
    tls_end_turn(t);
    return got > 0 ? (ssize_t)got : end_of(t);
}

/* -- writing --------------------------------------------------------------------------------- */

/* Puts small pieces together to one record. */
struct gathered {
    const struct iovec *iov;
    int count;
    size_t at; /* in the first of them */
};

/* The bytes of the next record: in place where one piece has enough, else copied together. */
static const uint8_t *next_record(struct gathered *g, size_t *len)
{
    static uint8_t together[RECORD];
    const uint8_t *first = (const uint8_t *)g->iov->iov_base + g->at;
    size_t left = g->iov->iov_len - g->at;
    if (left >= RECORD || g->count == 1) {
        *len = left < RECORD ? left : RECORD;
        g->at += *len;
        return first;
    }
    *len = 0;
    while (g->count > 0 && *len < RECORD) {
        left = g->iov->iov_len - g->at;
        size_t n = left < RECORD - *len ? left : RECORD - *len;
        memcpy(together + *len, (const uint8_t *)g->iov->iov_base + g->at, n);
        *len += n;
        g->at += n;
        if (g->at < g->iov->iov_len)
            break;
        g->iov++;
        g->count--;
        g->at = 0;
    }
    return together;
}

static bool is_at_end(struct gathered *g)
{
    while (g->count > 0 && g->at == g->iov->iov_len) {
        g->iov++;
        g->count--;
        g->at = 0;
    }
    return g->count == 0;
}

ssize_t tls_stream_write(struct tls_stream *t, const struct iovec *iov, int count)
{
    struct gathered g = {.iov = iov, .count = count};
    size_t taken = 0;
    if (tls_flush(t) < 0)
        return -1;
    if (t->kept) {
        errno = EAGAIN;
        return -1;
    }
    ERR_clear_error();
    for (int i = 0; i < RECORDS_A_WRITE && !is_at_end(&g); i++) {
        size_t len, done;
        const uint8_t *from = next_record(&g, &len);
        if (!SSL_write_ex(t->ssl, from, len, &done)) {
            ERR_clear_error();
            errno = EPROTO;
            return -1;
        }
        taken += len;
    }
    give_back(t);
    return push_shared(t) < 0 ? -1 : (ssize_t)taken;
}

void tls_say_end(struct tls_stream *t)
{
    ERR_clear_error();
    SSL_shutdown(t->ssl);
    push_shared(t);
    ERR_clear_error();
}
