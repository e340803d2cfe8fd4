/* SPDX-License-Identifier: MIT
 *
 * greeter.h - the first bytes of a connection by TCP: is it TLS, and the handshakes of those that are; or
 * is it HTTP.
 *
 * A TLS client's first byte is 22, that of HTTP a capital letter, and neither is a version of Spread. What
 * follows costs the daemon up to a millisecond of computing, for a stranger: clients.c sees to it that a turn
 * spends only so much on these. And only so many handshakes are under way: another one takes the place of
 * that which has lasted longest. Their time is that of a connect request.
 */
#ifndef SPREAD_IO_GREETER_H
#define SPREAD_IO_GREETER_H

#include "daemon/base/list.h"
#include "daemon/io/channel.h"

enum { HANDSHAKES_MAX = 1000 };

struct greeter {
    SSL_CTX *tls;           /* NULL: there is none */
    struct link under_way;  /* handshakes, the eldest first */
    int count;
};

enum greeting_state { AWAITS_BYTE, SHAKES_HANDS, GREETED };

/* Of one connection, as long as it lasts. */
struct greeting {
    void *owner;
    enum greeting_state state;
    struct link under_way;
};

/* ctx is the greeter's from now on. */
void greeter_init(struct greeter *g, SSL_CTX *ctx);
void greeter_fini(struct greeter *g);
/* For connections that come later. */
void greeter_use(struct greeter *g, SSL_CTX *ctx);

struct greeting *greeting_new(void *owner);
void greeting_free(struct greeter *g, struct greeting *one);

enum greeted {
    GREET_OVER,   /* the channel may be read */
    GREET_LATER,  /* when more has come */
    GREET_FAILED, /* it is to be refused */
    GREET_GONE,   /* it has hung up */
    GREET_HTTP,   /* it asks for the status, and nothing of it was read */
};
/* The channel is readable. http: who speaks that is told apart. *why: of
 * GREET_FAILED. */
enum greeted greet(struct greeter *g, struct greeting *one, struct channel *c, bool http,
                   enum why *why);

/* More handshakes are under way than may be: the eldest, which is to be refused. NULL: no. */
struct greeting *greeter_surplus(struct greeter *g);

#endif
