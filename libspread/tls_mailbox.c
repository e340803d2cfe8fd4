/* SPDX-License-Identifier: MIT
 *
 * The bytes of a mailbox through TLS: tls.h says why what is read stays in the kernel until it is taken.
 */
#include <errno.h>
#include <string.h>

#include "libspread/buffers.h"
#include "libspread/tls_inside.h"

enum {
    RECORD = 16 * 1024,         /* plain bytes that a record has at most */
    RECORD_ROOM = RECORD + 512, /* and enciphered */
    LOOK_LEAST = RECORD + 2048, /* room without which it is not worth while to look for more */
    RECORDS_A_WRITE = 3,
    COUNTED_MOST = 1 << 20,     /* bytes that are deciphered to be counted, whatever waits */
};

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

BIO *tls_bio_new(struct tls *t)
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

/* OpenSSL looks at errors that others have left in this thread. Forgetting none takes it long. */
void tls_forget_errors(void)
{
    if (ossl.ERR_peek_last_error())
        ossl.ERR_clear_error();
}

/* A mailbox that has been read empty, or has just come in, has no buffers of OpenSSL's, which are 33 kB. Some
 * versions of 3.0 give back what has a record of which a part was read, too. */
void tls_give_back(struct tls *t)
{
    if (!ossl.SSL_has_pending(t->ssl))
        ossl.SSL_free_buffers(t->ssl);
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

void tls_commit(struct tls *t)
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
    tls_forget_errors();
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
        tls_forget_errors();
        return;
    }
}

bool tls_look(struct tls *t, size_t most, void (*what)(struct tls *))
{
    uint8_t small[2048], *large = buffer_take();
    uint8_t *to = large ? large : small;
    size_t size = large ? (size_t)BUFFER_BYTES : sizeof small;
    ssize_t n;
    tls_commit(t);
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
        bool more = tls_look(t, p->size - p->len - RECORD_ROOM, decipher);
        if (pile_left(p) == 0)
            tls_commit(t);
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
        tls_commit(t);
        tls_give_back(t);
    }
    return (ssize_t)n;
}

ssize_t tls_peek(struct tls *t, void *to, size_t size)
{
    ssize_t n = tls_enter(t) ? move(t, to, size, true) : 0;
    int error = errno;
    tls_leave(t);
    errno = error;
    return n;
}

ssize_t tls_take(struct tls *t, void *to, size_t size)
{
    ssize_t n = tls_enter(t) ? move(t, to, size, false) : 0;
    int error = errno;
    tls_leave(t);
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
    bool ours = tls_enter(t);
    if (ours)
        fill(t, COUNTED_MOST);
    size_t n = ours ? pile_left(&t->plain) : 0;
    tls_leave(t);
    return n;
}

/* -- writing --------------------------------------------------------------------------------- */

enum written tls_flush(struct tls *t)
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
        tls_forget_errors();
        t->last = m->msg_iovlen == 0;
        bool written = ossl.SSL_write_ex(t->ssl, from, len, &done);
        t->last = false;
        if (!written)
            return BROKEN;
    }
    return tls_flush(t);
}

enum written tls_write_now(struct tls *t, struct msghdr *m)
{
    stream_advance(m, 0);
    enum written w = tls_enter(t) && !t->broken ? tls_flush(t) : BROKEN;
    while (w == ALL_WRITTEN && m->msg_iovlen > 0)
        w = encipher(t, m);
    tls_leave(t);
    return w;
}
