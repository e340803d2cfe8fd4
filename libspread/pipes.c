/* SPDX-License-Identifier: MIT */
#include "libspread/pipes.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libspread/lock.h"

enum { ALIVE_US = 1000 }; /* so long who sends without a bell trusts that the daemon is there */

static void drop_offer(struct pipes *p)
{
    for (int i = 0; i < PIPE_DESCRIPTORS; i++) {
        if (p->offered[i] >= 0)
            close(p->offered[i]);
        p->offered[i] = -1;
    }
}

void pipes_init(struct pipes *p, int fd, unsigned born, struct shared *shared)
{
    p->fd = fd;
    p->born = born;
    p->shared = shared;
    p->offered[0] = p->offered[1] = p->room = -1;
    atomic_init(&p->memory, NULL);
}

void pipes_fini(struct pipes *p)
{
    void *memory = atomic_load(&p->memory);
    drop_offer(p);
    if (!memory)
        return;
    munmap(memory, PIPE_MEMORY);
    close(p->room);
    atomic_store(&p->memory, NULL);
}

static void *memory_of(const struct pipes *p)
{
    return atomic_load_explicit(&p->memory, memory_order_acquire);
}

static bool is_on(const struct pipe *pipe)
{
    return atomic_load(&pipe->state->on);
}

static bool is_all_read(int fd)
{
    int unread;
    return ioctl(fd, TIOCOUTQ, &unread) == 0 && unread == 0;
}

/* -- taking what is offered ------------------------------------------------------------------------ */

/* The memory behind that descriptor; NULL: it is none, or there is no room for it. What could be cut off while we
 * use it would kill us. */
static void *map(int fd)
{
    struct stat s;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(fd, &s) < 0 || s.st_size != PIPE_MEMORY)
        return NULL;
    void *memory = mmap(NULL, PIPE_MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* True: it is ours from now on. */
static bool agree(void *memory)
{
    unsigned offered = PIPE_OFFERED;
    return atomic_compare_exchange_strong(&((struct pipe_memory *)memory)->agreed, &offered, PIPE_MAPPED);
}

/* With the process lock held: another process that was forked meanwhile would not have it. */
static bool take_offer(struct pipes *p)
{
    if (p->born != process_forks() || p->offered[1] < 0 || atomic_load(&p->memory))
        return false;
    void *memory = map(p->offered[0]);
    if (!memory)
        return false;
    if (!agree(memory)) {
        munmap(memory, PIPE_MEMORY);
        return false;
    }
    p->room = p->offered[1];
    p->offered[1] = -1;
    atomic_store_explicit(&p->memory, memory, memory_order_release);
    return true;
}

/* With the send lock held: what is written from here on goes up through the memory, if nothing is on its
 * way through the socket. */
static void turn_up(struct pipes *p)
{
    struct pipe up = pipe_up(memory_of(p));
    if (!is_on(&up) && is_all_read(p->fd))
        atomic_store(&up.state->on, 1);
}

/* The daemon does not turn to the pipe down before we have turned to the one up; and who only receives
 * would never do so. */
static void try_to_turn_up(struct pipes *p)
{
    struct pipe up = pipe_up(memory_of(p));
    if (is_on(&up) || !lock_take_until(&p->shared->send_lock, 0))
        return;
    turn_up(p);
    lock_leave(&p->shared->send_lock);
}

void pipes_accept(struct pipes *p)
{
    process_lock();
    bool taken = take_offer(p);
    drop_offer(p);
    process_unlock();
    if (taken)
        try_to_turn_up(p);
}

void pipes_inherit(struct pipes *p)
{
    drop_offer(p);
}

ssize_t pipes_first(struct pipes *p, struct msghdr *m, int flags)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(PIPE_DESCRIPTORS * sizeof(int))];
    } control;
    m->msg_control = &control;
    m->msg_controllen = sizeof control;
    ssize_t n = recvmsg(p->fd, m, flags | MSG_CMSG_CLOEXEC);
    const struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(m) : NULL;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
        drop_offer(p);
        memcpy(p->offered, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
    }
    m->msg_control = NULL;
    m->msg_controllen = 0;
    return n;
}

/* -- reading --------------------------------------------------------------------------------------- */

/* Our own count; nobody else writes it. */
static uint32_t taken_of(const struct pipe *pipe)
{
    return atomic_load_explicit(&pipe->state->taken, memory_order_relaxed);
}

static uint32_t waiting_of(const struct pipe *pipe)
{
    uint32_t n = pipe_waiting(pipe, taken_of(pipe));
    return n <= pipe->size ? n : 0;
}

/* False: nobody is there. */
static bool ring(int fd)
{
    ssize_t n;
    do
        n = send(fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    return n == 1 || errno == EAGAIN;
}

/* Takes the bell off. It may be on its way still, for the daemon rings after it has written. */
static void take_bell(int fd)
{
    char bell;
    ssize_t n;
    do
        n = recv(fd, &bell, 1, MSG_WAITALL);
    while ((n < 0 && errno == EINTR) ||
           (n < 0 && errno == EAGAIN && stream_wait(fd, POLLIN, NEVER)));
}

static void took(struct pipes *p, const struct pipe *down, uint32_t n)
{
    uint32_t taken = taken_of(down) + n;
    if (pipe_take(down, taken))
        ring(p->fd);
    if (pipe_rest(down, taken))
        take_bell(p->fd);
}

/* Waits until something is in the pipe, unless told not to. As recv: 1, or 0 at the end, or -1. */
static ssize_t await_bytes(struct pipes *p, const struct pipe *down, int flags)
{
    char bell;
    while (waiting_of(down) == 0) {
        ssize_t n = recv(p->fd, &bell, 1, MSG_PEEK | (flags & MSG_DONTWAIT));
        if (waiting_of(down) > 0)
            break;
        if (n <= 0)
            return n;
        recv(p->fd, &bell, 1, MSG_DONTWAIT); /* no daemon of ours rings for nothing */
    }
    return 1;
}

ssize_t pipes_peek(struct pipes *p, void *to, size_t size, int flags)
{
    struct pipe down = pipe_down(memory_of(p));
    if (!is_on(&down)) {
        ssize_t n = recv(p->fd, to, size, MSG_PEEK | flags);
        if (!is_on(&down))
            return n;
    }
    ssize_t some = await_bytes(p, &down, flags);
    if (some <= 0)
        return some;
    uint32_t n = waiting_of(&down);
    if (n > size)
        n = (uint32_t)size;
    pipe_get(&down, taken_of(&down), to, n);
    return (ssize_t)n;
}

/* Bytes of the stream are in the socket as long as the daemon has not turned to the pipe, which it does
 * only when none are: so nothing is taken that was not looked at. *turned: they are bells. */
static ssize_t receive_before(struct pipes *p, const struct pipe *down, struct msghdr *m, int flags,
                              bool *turned)
{
    uint8_t first;
    int here;
    struct iovec one = m->msg_iov[0];
    struct msghdr only = {.msg_iov = &one, .msg_iovlen = 1};
    try_to_turn_up(p);
    ssize_t n = recv(p->fd, &first, 1, MSG_PEEK | (flags & MSG_DONTWAIT));
    *turned = is_on(down);
    if (n <= 0 || *turned)
        return n;
    if (ioctl(p->fd, FIONREAD, &here) < 0 || here < 1)
        here = 1;
    if (one.iov_len > (size_t)here)
        one.iov_len = (size_t)here;
    return recvmsg(p->fd, &only, (flags & MSG_TRUNC) | MSG_DONTWAIT);
}

/* Into the first pieces, as many as there is something for. */
static ssize_t receive_from(struct pipes *p, const struct pipe *down, struct msghdr *m, int flags)
{
    ssize_t some = await_bytes(p, down, flags);
    if (some <= 0)
        return some;
    uint32_t taken = taken_of(down), left = waiting_of(down), n = 0;
    for (int i = 0; i < (int)m->msg_iovlen && left > 0; i++) {
        const struct iovec *to = &m->msg_iov[i];
        uint32_t len = to->iov_len < left ? (uint32_t)to->iov_len : left;
        if (!(flags & MSG_TRUNC))
            pipe_get(down, taken + n, to->iov_base, len);
        n += len;
        left -= len;
    }
    took(p, down, n);
    return (ssize_t)n;
}

ssize_t pipes_receive(struct pipes *p, struct msghdr *m, int flags)
{
    struct pipe down = pipe_down(memory_of(p));
    bool turned = is_on(&down);
    if (!turned) {
        ssize_t n = receive_before(p, &down, m, flags, &turned);
        if (!turned)
            return n;
    }
    return receive_from(p, &down, m, flags);
}

const uint8_t *pipes_look(struct pipes *p, uint32_t *len)
{
    struct pipe down = pipe_down(memory_of(p));
    uint32_t waiting = is_on(&down) ? waiting_of(&down) : 0;
    return waiting > 0 ? pipe_front(&down, taken_of(&down), waiting, len) : NULL;
}

int pipes_waiting(const struct pipes *p)
{
    int n;
    struct pipe down = pipe_down(memory_of(p));
    if (!is_on(&down)) {
        if (ioctl(p->fd, FIONREAD, &n) < 0)
            return -1;
        if (!is_on(&down))
            return n;
    }
    return (int)waiting_of(&down);
}

/* -- writing --------------------------------------------------------------------------------------- */

static bool is_hung_up(int fd)
{
    struct pollfd f = {.fd = fd};
    return poll(&f, 1, 0) == 1 && f.revents & (POLLHUP | POLLERR);
}

/* What was put there is to be read. A bell tells whether the daemon is there; without one we look, if that
 * is some time ago. */
static bool publish(struct pipes *p, const struct pipe *up, uint32_t written)
{
    if (pipe_publish(up, written))
        return ring(p->fd);
    usec now = clock_now();
    if (now - p->alive_at < ALIVE_US)
        return true;
    p->alive_at = now;
    return !is_hung_up(p->fd);
}

/* Copies what there is room for. */
static uint32_t put(const struct pipe *up, uint32_t written, struct msghdr *m)
{
    uint32_t room = pipe_room(up, written), done = 0;
    while (m->msg_iovlen > 0 && room > 0) {
        uint32_t n = m->msg_iov->iov_len < room ? (uint32_t)m->msg_iov->iov_len : room;
        pipe_put(up, written + done, m->msg_iov->iov_base, n);
        stream_advance(m, n);
        done += n;
        room -= n;
    }
    return done;
}

/* True: there is none, and the daemon will tell when there is. */
static bool is_full(struct pipes *p, const struct pipe *up, uint32_t written)
{
    char told[64];
    if (pipe_room(up, written) > 0)
        return false;
    while (recv(p->room, told, sizeof told, MSG_DONTWAIT) > 0)
        ;
    return !pipe_want_room(up, written);
}

enum written pipes_write_now(struct pipes *p, struct msghdr *m)
{
    struct pipe up = pipe_up(memory_of(p));
    uint32_t written = atomic_load_explicit(&up.state->written, memory_order_relaxed) >> 1;
    stream_advance(m, 0);
    while (m->msg_iovlen > 0) {
        if (pipe_room(&up, written) > up.size)
            return BROKEN; /* no daemon of ours spoils its count */
        uint32_t n = put(&up, written, m);
        written += n;
        if (n > 0 && !publish(p, &up, written))
            return BROKEN;
        if (m->msg_iovlen > 0 && is_full(p, &up, written))
            return is_hung_up(p->fd) ? BROKEN : BLOCKED;
    }
    return ALL_WRITTEN;
}

bool pipes_go_up(struct pipes *p)
{
    struct pipe up = pipe_up(memory_of(p));
    turn_up(p);
    return is_on(&up);
}

bool pipes_hold_unread(const struct pipes *p)
{
    struct pipe up = pipe_up(memory_of(p));
    return !is_on(&up) && !is_all_read(p->fd);
}

void pipes_want_more(struct pipes *p)
{
    struct pipe down = pipe_down(memory_of(p));
    pipe_want_more(&down);
}

int pipes_room_fd(const struct pipes *p)
{
    struct pipe up = pipe_up(memory_of(p));
    return is_on(&up) ? p->room : -1;
}

bool pipes_await_room(const struct pipes *p, usec deadline)
{
    struct pollfd f[2] = {{.fd = p->room, .events = POLLIN}, {.fd = p->fd}};
    int ms, n;
    do {
        if (!time_left(deadline, -1, &ms))
            return false;
        n = poll(f, 2, ms);
    } while (n == 0 || (n < 0 && errno == EINTR));
    return true;
}
