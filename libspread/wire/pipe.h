/* SPDX-License-Identifier: MIT
 *
 * pipe.h - a stream of bytes through memory that a daemon and a client on its host share, instead of
 * through the kernel.
 *
 * A daemon of ours offers the memory along with ordinary bytes of a busy session on a Unix socket, as
 * two descriptors: a memfd of PIPE_MEMORY bytes, which can be neither shrunk nor grown, and one end of a pair of
 * sockets, the doorbell inside. Who
 * does not look for descriptors, a client of 5.0.1, say, does not see them, and the kernel drops them. One
 * that does maps the memory and says so in state. From then on there are two pipes, up from the client and
 * down to it, each with one writer and one reader; its writer says on when the reader has taken all that was
 * written to the socket (SIOCOUTQ), and what is in the socket from there on are bells: bytes that mean
 * nothing but "look".
 *
 *   while a pipe has not been emptied, its bell has been rung: so the descriptor is readable as long as
 *   a message waits, and not after the last
 *
 *      writer                                         reader
 *      bytes, written = 112, rung  --> bell
 *      bytes, written = 224, rung      no bell        takes 224: the pipe is empty, so
 *                                                     written = 224, not rung; takes the bell off
 *      bytes, written = 336, rung  --> bell
 *
 * Who finds out whether bytes in a socket are the stream's or bells looks at them first (MSG_PEEK) and at
 * on afterwards. Bytes that were not taken keep the writer from saying on; so if it says so, they are bells.
 *
 * A writer that finds no room says that it wants some. The reader tells it once the pipe is half empty: the
 * daemon by the doorbell inside, for who waits in a send must not be woken as if a message had come; the client
 * by a bell. Who waits in a send and reads ahead meanwhile leaves the last byte where it is, so no bell is rung
 * for what comes behind it; it says that it wants more, and is told there as well.
 *
 * Whatever a client writes here, the daemon believes no number of it: it counts for itself what it has written
 * and taken, copies bytes before it looks at them, and ends the session if counts cannot be.
 *
 * Counts are of bytes, modulo 2^31. An empty pipe begins again at the front of its memory (base), so one
 * that is read at once needs a few lines of the cache only.
 */
#ifndef SPREAD_WIRE_PIPE_H
#define SPREAD_WIRE_PIPE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PIPE_UP = 128 << 10, /* bytes that it holds: a power of two */
    PIPE_DOWN = 256 << 10,
    PIPE_FRONT = 4096,
    PIPE_MEMORY = PIPE_FRONT + PIPE_UP + PIPE_DOWN,
    PIPE_COUNT_BITS = 31,
    PIPE_DESCRIPTORS = 2, /* that are handed over: the memory, the doorbell inside */
};

#define PIPE_COUNT_MASK ((1u << PIPE_COUNT_BITS) - 1)

/* One pipe, in shared memory. */
struct pipe_state {
    _Alignas(64) atomic_uint written; /* twice that, and 1: rung. The reader takes that bit away */
    atomic_uint base;                 /* the count at the front of the memory */
    atomic_uint on;                   /* the stream goes on here */
    atomic_uint wants_room;
    _Alignas(64) atomic_uint taken;
    atomic_uint wants_more; /* of down alone */
};

enum pipe_agreed {
    PIPE_OFFERED = 0,
    PIPE_MAPPED = 1,    /* by the client, which will look here */
    PIPE_WITHDRAWN = 2, /* by the daemon: the client came too late */
};

/* The front of the memory; behind it the bytes of up, then those of down. */
struct pipe_memory {
    atomic_uint agreed;
    struct pipe_state up, down;
};

/* One pipe as one side has it. */
struct pipe {
    struct pipe_state *state;
    uint8_t *bytes;
    uint32_t size;
};

struct pipe pipe_up(void *memory);
struct pipe pipe_down(void *memory);

/* The number of bytes from one count to another that is not before it. */
static inline uint32_t pipe_distance(uint32_t from, uint32_t to)
{
    return (to - from) & PIPE_COUNT_MASK;
}

/* -- the writer, whose count is written ---------------------------------------------------------- */

/* Bytes that there is room for; more than size: the reader has spoilt its count. */
uint32_t pipe_room(const struct pipe *p, uint32_t written);
/* Copies len bytes, for which there is room, behind what was written; the reader sees them later. */
void pipe_put(const struct pipe *p, uint32_t written, const void *bytes, size_t len);
/* All up to that count is to be read. True: the bell is to be rung. */
bool pipe_publish(const struct pipe *p, uint32_t written);
/* True: the reader waits for more though it left something, and is to be told. */
bool pipe_wakes(const struct pipe *p);
/* Room is wanted. True: half of it is there; the reader will tell nobody. */
bool pipe_want_room(const struct pipe *p, uint32_t written);

/* -- the reader, whose count is taken ------------------------------------------------------------ */

/* Bytes that wait; more than size: the writer has spoilt its count. */
uint32_t pipe_waiting(const struct pipe *p, uint32_t taken);
/* The first of them, as many as lie together, at most waiting. */
const uint8_t *pipe_front(const struct pipe *p, uint32_t taken, uint32_t waiting, uint32_t *len);
/* Copies the first len bytes of those that wait. */
void pipe_get(const struct pipe *p, uint32_t taken, void *to, size_t len);
/* All up to that count is taken. True: the writer waits for room, and is to be told. */
bool pipe_take(const struct pipe *p, uint32_t taken);
/* More is wanted than what is left here. Who says so looks again before it waits. */
void pipe_want_more(const struct pipe *p);
/* If nothing waits: the bell is to be rung for what comes next. True: it had been rung, and is to be taken
 * off. False: something waits, or it had not. */
bool pipe_rest(const struct pipe *p, uint32_t taken);

#endif
