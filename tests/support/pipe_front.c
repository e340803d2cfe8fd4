/* SPDX-License-Identifier: MIT */
#include "tests/support/pipe_front.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/io/pipe_stream.h"

enum { SOME = 20000, FDS = 4096 };

struct front {
    struct front *next; /* of those that run */
    struct pipe_stream *pipes; /* NULL: not yet */
    int client, fake, spoken_by;
    char out[SOME], in[SOME]; /* to the client, to the fake */
    size_t out_len, out_at, in_len, in_at;
    bool fake_ended, client_ended;
};

static atomic_long through[FDS], spoken[FDS]; /* bytes that a fake says, by its descriptor */
static atomic_bool shares[FDS];
static struct pipe_supply supply = {.most = FDS};

static void must(bool true_for_sure, const char *what)
{
    if (!true_for_sure) {
        perror(what);
        abort();
    }
}

bool pipes_are_tested(void)
{
    return getenv("SPREAD_TEST_PIPES") != NULL;
}

/* -- one front ------------------------------------------------------------------------------ */

static bool would_block(ssize_t n)
{
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* True: something was moved. */
static bool move_out(struct front *f)
{
    ssize_t n = 0;
    if (f->out_len == 0 && !f->fake_ended) {
        n = recv(f->fake, f->out, SOME, MSG_DONTWAIT);
        f->fake_ended = n <= 0 && !would_block(n);
        f->out_len = n > 0 ? (size_t)n : 0;
        f->out_at = 0;
    }
    if (f->out_len == 0)
        return false;
    if (shares[f->spoken_by] && !f->pipes)
        f->pipes = pipe_stream_new(&supply);
    struct iovec out = {f->out + f->out_at, f->out_len};
    n = f->pipes ? pipe_stream_write(f->pipes, f->client, &out, 1)
                 : send(f->client, out.iov_base, out.iov_len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && !would_block(n))
        f->client_ended = f->fake_ended = true;
    if (n <= 0)
        return false;
    f->out_at += (size_t)n;
    f->out_len -= (size_t)n;
    through[f->spoken_by] += n;
    return true;
}

static bool move_in(struct front *f)
{
    ssize_t n = 0;
    if (f->in_len == 0 && !f->client_ended) {
        struct iovec in = {f->in, SOME};
        n = f->pipes ? pipe_stream_read(f->pipes, f->client, &in, 1) : recv(f->client, f->in, SOME, MSG_DONTWAIT);
        f->client_ended = n <= 0 && !would_block(n);
        f->in_len = n > 0 ? (size_t)n : 0;
        f->in_at = 0;
        if (f->client_ended)
            shutdown(f->fake, SHUT_WR);
    }
    if (f->in_len == 0)
        return false;
    n = send(f->fake, f->in + f->in_at, f->in_len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n <= 0)
        return false;
    f->in_at += (size_t)n;
    f->in_len -= (size_t)n;
    return true;
}

static void await(struct front *f)
{
    struct pollfd p[2] = {{.fd = f->fake}, {.fd = f->client_ended ? -1 : f->client, .events = POLLIN}};
    enum room room = f->out_len == 0 ? ROOM_BY_BELL : f->pipes ? pipe_stream_await_room(f->pipes) : ROOM_BY_SOCKET;
    if (!f->fake_ended && f->out_len == 0)
        p[0].events |= POLLIN;
    if (f->in_len > 0) {
        p[0].events |= POLLOUT;
        if (!f->pipes || !pipe_stream_hush(f->pipes, f->client))
            p[1].events = 0;
    }
    if (room == ROOM_BY_SOCKET)
        p[1].events |= POLLOUT;
    if (room == ROOM_IS_THERE || (f->in_len == 0 && !f->client_ended && f->pipes && pipe_stream_has_more(f->pipes)))
        return;
    poll(p, 2, -1);
}

/* -- all of them ---------------------------------------------------------------------------- */

static pthread_mutex_t fronts_lock = PTHREAD_MUTEX_INITIALIZER;
static struct front *fronts; /* that run */
static pthread_t threads[FDS];
static size_t thread_count;

static void take_out(struct front *f)
{
    pthread_mutex_lock(&fronts_lock);
    struct front **at = &fronts;
    while (*at != f)
        at = &(*at)->next;
    *at = f->next;
    pipe_stream_free(f->pipes, f->client);
    close(f->client);
    pthread_mutex_unlock(&fronts_lock);
}

/* A program ends when all its threads have. */
static void end_all(void)
{
    pthread_mutex_lock(&fronts_lock);
    for (struct front *f = fronts; f; f = f->next) {
        shutdown(f->client, SHUT_RDWR);
        shutdown(f->fake, SHUT_RDWR);
    }
    pthread_mutex_unlock(&fronts_lock);
    for (size_t i = 0; i < thread_count; i++)
        pthread_join(threads[i], NULL);
}

static void *run(void *context)
{
    struct front *f = context;
    while (!(f->fake_ended && f->out_len == 0)) {
        bool moved = move_out(f);
        moved = move_in(f) || moved;
        if (!moved && (!f->fake_ended || f->out_len > 0))
            await(f);
    }
    take_out(f);
    close(f->fake);
    free(f);
    return NULL;
}

int pipes_front(int connected)
{
    int pair[2];
    struct front *f = calloc(1, sizeof *f);
    must(f && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0 && pair[1] < FDS, "socketpair");
    through[pair[1]] = spoken[pair[1]] = 0;
    shares[pair[1]] = false;
    fcntl(connected, F_SETFL, O_NONBLOCK);
    f->client = connected;
    f->fake = pair[0];
    f->spoken_by = pair[1];
    pthread_mutex_lock(&fronts_lock);
    f->next = fronts;
    fronts = f;
    if (thread_count == 0)
        atexit(end_all);
    must(thread_count < FDS && pthread_create(&threads[thread_count++], NULL, run, f) == 0, "a thread");
    pthread_mutex_unlock(&fronts_lock);
    return pair[1];
}

void pipe_front_share(int fake)
{
    shares[fake] = true;
}

void pipe_front_await(int fake, size_t len)
{
    spoken[fake] += (long)len;
    while (through[fake] < spoken[fake])
        poll(NULL, 0, 1);
}
