/* SPDX-License-Identifier: MIT
 *
 * greeter.h - the first bytes of a connection by TCP: is it TLS, and the handshakes of those that are; or
 * is it HTTP.
 *
 * A TLS client's first byte is 22, that of HTTP a capital letter, and neither is a version of Spread. What
 * follows costs the daemon up to a millisecond of computing, for a stranger. So that is done beside the loop
 * (pool.h): what the client has said is taken out of its socket, its stream (tls_stream.h) goes to a thread,
 * each source in its turn, and comes back with the answer. While a thread has it the channel has none, and
 * who ends the connection meanwhile leaves the stream to the greeter. And only so many handshakes are under
 * way: another one takes the place of that which has lasted longest. Their time is that of a connect request.
 */
#ifndef SPREAD_IO_GREETER_H
#define SPREAD_IO_GREETER_H

#include "daemon/base/fair.h"
#include "daemon/io/channel.h"
#include "daemon/io/pool.h"

enum { HANDSHAKES_MAX = 1000 };

struct greeter {
    SSL_CTX *tls;           /* NULL: there is none */
    struct link under_way;  /* handshakes, the eldest first */
    int count;
    struct fair heard;      /* those whose answer is to be computed */
    struct link beside;     /* those that threads have */
    struct pool *pool;
    void (*on_step)(void *owner);
};

enum greeting_state { AWAITS_BYTE, SHAKES_HANDS, HEARD, BESIDE, BACK, GREETED };

/* Of one connection, as long as it lasts. */
struct greeting {
    void *owner;
    struct greeter *all;
    enum greeting_state state;
    struct link under_way;
    struct link place;        /* while HEARD */
    struct fair_line *line;   /* of its source */
    struct step *step;        /* while BESIDE */
    struct channel *channel;
};

/* ctx is the greeter's from now on. on_step: a thread has done its part, so greet is to be called. */
void greeter_init(struct greeter *g, struct event_base *base, SSL_CTX *ctx, void (*on_step)(void *owner));
void greeter_fini(struct greeter *g);
/* For connections that come later. */
void greeter_use(struct greeter *g, SSL_CTX *ctx);
/* Gives threads what they have room for; to be called once a turn. */
void greeter_step(struct greeter *g);

/* Both last longer. */
struct greeting *greeting_new(struct greeter *g, void *owner, struct channel *c);
void greeting_free(struct greeting *one);

enum greeted {
    GREET_OVER,   /* the channel may be read */
    GREET_LATER,  /* when more has come */
    GREET_BESIDE, /* when it is said to go on, and whatever comes until then */
    GREET_FAILED, /* it is to be refused */
    GREET_GONE,   /* it has hung up */
    GREET_HTTP,   /* it asks for the status, and nothing of it was read */
};
/* The channel is readable, or a thread has done its part. line: of its source. http: who speaks that is told
 * apart. *why: of GREET_FAILED. */
enum greeted greet(struct greeting *one, struct fair_line *line, bool http, enum why *why);

/* A thread has its stream, so that nothing can be said to it. */
bool greeting_is_beside(const struct greeting *one);

/* More handshakes are under way than may be: the eldest, which is to be refused, and freed. NULL: no. */
struct greeting *greeter_surplus(const struct greeter *g);

#endif
