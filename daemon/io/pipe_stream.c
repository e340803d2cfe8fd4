/* SPDX-License-Identifier: MIT */
#include "daemon/io/pipe_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/base/memory.h"
#include "libspread/wire/pipe.h"

struct pipe_stream {
    struct pipe_supply *supply;
    struct pipe_memory *memory;
    struct pipe up, down;
    uint32_t taken;   /* of up, by us */
    uint32_t written; /* to down, by us */
    int memory_fd, room_fd; /* until they were offered; then -1 */
    int room;         /* its other end: tells the client of room in up */
    bool up_is_on;    /* nothing of the stream is in the socket any more, as the client said */
    bool down_is_on;  /* and as we did */
    bool rests;       /* up was found empty, so the client rings for what comes next */
    bool withdrawn;
    uint64_t offered_for; /* bytes written to the socket since it was offered */
};

/* -- beginning and end --------------------------------------------------------------------------- */

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u
#endif

/* Memory that its client can neither shrink, which would kill us, nor grow; -1: there is none. Linux from 6.3 on
 * wants to be told that nobody will run it, and before does not understand that. */
static int make_memory(void)
{
    int fd = memfd_create("spread-mailbox", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create("spread-mailbox", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    if (ftruncate(fd, PIPE_MEMORY) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return fd;
    close(fd);
    return -1;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

/* Descriptors are the least that are free, so this one tells how many are in use. */
static bool are_scarce(int fd)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) < 0 || (rlim_t)fd >= limit.rlim_cur / 2;
}

struct pipe_stream *pipe_stream_new(struct pipe_supply *supply)
{
    if (supply->used >= supply->most)
        return NULL;
    /* Of two ends each side has one of its own: whatever the client does to its own, we never wait at ours. */
    int fd = make_memory(), room[2] = {-1, -1};
    void *memory = MAP_FAILED;
    if (fd >= 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, room) == 0 &&
        !are_scarce(room[1]))
        memory = mmap(NULL, PIPE_MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        close_if_open(fd);
        close_if_open(room[0]);
        close_if_open(room[1]);
        return NULL;
    }
    struct pipe_stream *p = memory_new(sizeof *p);
    *p = (struct pipe_stream){
        .supply = supply, .memory = memory, .memory_fd = fd, .room = room[0], .room_fd = room[1]};
    p->up = pipe_up(memory);
    p->down = pipe_down(memory);
    supply->used++;
    return p;
}

static void close_offered(struct pipe_stream *p)
{
    close_if_open(p->memory_fd);
    close_if_open(p->room_fd);
    p->memory_fd = p->room_fd = -1;
}

static bool is_hung_up(int fd)
{
    struct pollfd f = {.fd = fd};
    return poll(&f, 1, 0) == 1 && f.revents & (POLLHUP | POLLERR);
}

/* One that has hung up may keep a descriptor of the memory, which is ours to pay for: it finds nothing there. */
void pipe_stream_free(struct pipe_stream *p, int fd)
{
    if (!p)
        return;
    p->supply->used--;
    close_offered(p);
    close(p->room);
    if (is_hung_up(fd))
        madvise(p->memory, PIPE_MEMORY, MADV_REMOVE);
    munmap(p->memory, PIPE_MEMORY);
    free(p);
}

/* -- the offer ----------------------------------------------------------------------------------- */

/* Writes to the socket, and hands over what is not handed over yet. */
static ssize_t offer(struct pipe_stream *p, int fd, const struct iovec *iov, int count)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(PIPE_DESCRIPTORS * sizeof(int))];
    } control = {0};
    int fds[PIPE_DESCRIPTORS] = {p->memory_fd, p->room_fd};
    struct msghdr m = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = (size_t)count};
    if (p->memory_fd >= 0) {
        m.msg_control = &control;
        m.msg_controllen = sizeof control;
        control.header.cmsg_len = CMSG_LEN(sizeof fds);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        memcpy(CMSG_DATA(&control.header), fds, sizeof fds);
    }
    ssize_t n = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && m.msg_control && errno != EAGAIN && errno != EINTR && errno != EPIPE) {
        m.msg_control = NULL; /* descriptors cannot be handed over now: too many are on their way, say */
        m.msg_controllen = 0;
        p->withdrawn = true;
        n = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    if (n > 0) {
        close_offered(p);
        p->offered_for += (uint64_t)n;
    }
    return n;
}

static void withdraw_if_late(struct pipe_stream *p)
{
    unsigned offered = PIPE_OFFERED;
    if (!p->withdrawn && p->offered_for > PIPE_PATIENCE)
        p->withdrawn = atomic_compare_exchange_strong(&p->memory->agreed, &offered, PIPE_WITHDRAWN);
}

bool pipe_stream_is_idle(const struct pipe_stream *p)
{
    return p->withdrawn;
}

/* What it writes from then on comes through the memory. */
static bool client_has_turned(const struct pipe_stream *p)
{
    return atomic_load(&p->memory->agreed) == PIPE_MAPPED && atomic_load(&p->up.state->on);
}

/* -- reading ------------------------------------------------------------------------------------- */

/* One that does not take what it is told has more than enough there. */
static void tell(const struct pipe_stream *p)
{
    send(p->room, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Copies what waits as far as there is room for it. */
static ssize_t read_up(struct pipe_stream *p, const struct iovec *iov, int count)
{
    uint32_t waiting = pipe_waiting(&p->up, p->taken), n = 0;
    if (waiting > PIPE_UP) {
        errno = EPROTO;
        return -1;
    }
    for (int i = 0; i < count && waiting > 0; i++) {
        uint32_t len = iov[i].iov_len < waiting ? (uint32_t)iov[i].iov_len : waiting;
        pipe_get(&p->up, p->taken + n, iov[i].iov_base, len);
        n += len;
        waiting -= len;
    }
    p->taken += n;
    p->rests = n == 0;
    if (n > 0 && pipe_take(&p->up, p->taken))
        tell(p);
    return (ssize_t)n;
}

/* 0: the end; else -1, as errno says. A client of ours has rung twice at most; of one that goes on and on the
 * socket stays readable, and others have their turn. */
static ssize_t take_bells(int fd)
{
    char bells[512];
    ssize_t n = recv(fd, bells, sizeof bells, MSG_DONTWAIT);
    if (n > 0)
        errno = EAGAIN;
    return n == 0 ? 0 : -1;
}

bool pipe_stream_hush(struct pipe_stream *p, int fd)
{
    return p->up_is_on && take_bells(fd) < 0 && (errno == EAGAIN || errno == EINTR);
}

/* The end comes after all that was written before. */
static ssize_t read_or_end(struct pipe_stream *p, int fd, const struct iovec *iov, int count)
{
    ssize_t n = read_up(p, iov, count);
    if (n != 0)
        return n;
    pipe_rest(&p->up, p->taken);
    ssize_t end = take_bells(fd);
    int error = errno;
    n = read_up(p, iov, count);
    if (n != 0)
        return n;
    errno = error;
    return end;
}

/* Takes from the socket exactly what was looked at. */
static ssize_t take_seen(int fd, const struct iovec *iov, int count, size_t n)
{
    struct iovec exact[2];
    int used = 0;
    for (; used < count && used < 2 && n > 0; used++) {
        exact[used] = iov[used];
        if (exact[used].iov_len > n)
            exact[used].iov_len = n;
        n -= exact[used].iov_len;
    }
    return readv(fd, exact, used);
}

/* As long as the client may turn to the pipe at any time. */
static ssize_t read_before(struct pipe_stream *p, int fd, const struct iovec *iov, int count)
{
    struct msghdr m = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = (size_t)count};
    ssize_t n = recvmsg(fd, &m, MSG_PEEK | MSG_DONTWAIT);
    p->up_is_on = client_has_turned(p);
    if (p->up_is_on)
        return read_or_end(p, fd, iov, count);
    return n > 0 ? take_seen(fd, iov, count, (size_t)n) : n;
}

ssize_t pipe_stream_read(struct pipe_stream *p, int fd, const struct iovec *iov, int count)
{
    return p->up_is_on ? read_or_end(p, fd, iov, count) : read_before(p, fd, iov, count);
}

bool pipe_stream_has_more(const struct pipe_stream *p)
{
    return p->up_is_on && !p->rests;
}

/* -- writing ------------------------------------------------------------------------------------- */

enum room pipe_stream_await_room(struct pipe_stream *p)
{
    if (!p->down_is_on)
        return ROOM_BY_SOCKET;
    return pipe_want_room(&p->down, p->written) ? ROOM_IS_THERE : ROOM_BY_BELL;
}

uint32_t pipe_stream_unread(const struct pipe_stream *p)
{
    uint32_t room = pipe_room(&p->down, p->written);
    return room <= PIPE_DOWN ? PIPE_DOWN - room : PIPE_DOWN;
}

static ssize_t fail(int error)
{
    errno = error;
    return -1;
}

static ssize_t put_down(struct pipe_stream *p, int fd, const struct iovec *iov, int count)
{
    uint32_t room = pipe_room(&p->down, p->written), n = 0;
    if (room > PIPE_DOWN) {
        shutdown(fd, SHUT_RDWR); /* so reading finds the end */
        return fail(EPROTO);
    }
    for (int i = 0; i < count && room > 0; i++) {
        uint32_t len = iov[i].iov_len < room ? (uint32_t)iov[i].iov_len : room;
        pipe_put(&p->down, p->written + n, iov[i].iov_base, len);
        n += len;
        room -= len;
    }
    p->written += n;
    return (ssize_t)n;
}

static ssize_t write_down(struct pipe_stream *p, int fd, const struct iovec *iov, int count)
{
    ssize_t n = put_down(p, fd, iov, count);
    if (n > 0 && pipe_publish(&p->down, p->written) && send(fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
        errno != EAGAIN)
        return -1;
    if (n > 0 && pipe_wakes(&p->down))
        tell(p);
    if (n == 0)
        return fail(is_hung_up(fd) ? EPIPE : EAGAIN);
    return n;
}

/* The client has turned, and has taken all that was in the socket. */
static bool may_turn_down(struct pipe_stream *p, int fd)
{
    int unread;
    return client_has_turned(p) && ioctl(fd, SIOCOUTQ, &unread) == 0 && unread == 0;
}

ssize_t pipe_stream_write(struct pipe_stream *p, int fd, const struct iovec *iov, int count)
{
    if (!p->down_is_on && may_turn_down(p, fd)) {
        p->up_is_on = p->down_is_on = true;
        atomic_store(&p->down.state->on, 1);
    }
    if (p->down_is_on)
        return write_down(p, fd, iov, count);
    ssize_t n = offer(p, fd, iov, count);
    withdraw_if_late(p);
    return n;
}
