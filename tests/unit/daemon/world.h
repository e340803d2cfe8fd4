/* SPDX-License-Identifier: MIT
 *
 * world.h - a daemon in memory with clients that speak bytes: what the I/O does, without sockets.
 */
#ifndef TESTS_UNIT_DAEMON_WORLD_H
#define TESTS_UNIT_DAEMON_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/daemon.h"
#include "libspread/wire/frame.h"
#include "libspread/wire/hello.h"
#include "libspread/wire/notice.h"

struct world {
    struct conf *conf;
    struct auth_policy *auth;
    struct log log;
    struct daemon *daemon;
    usec now;
    char last_log[1024];   /* last line of level WARNING or above ... */
    char last_print[1024]; /* ... and of those that are shown whatever is asked for */
};

/* One connection: what the daemon wrote to it and whether it was closed. */
struct peer_end {
    struct world *world;
    struct session *session; /* NULL once closed */
    uint8_t *bytes;
    size_t len, taken, room;
    bool reads; /* false: its socket takes nothing */
    uint64_t unread; /* what lies in its socket, when the daemon asks */
    bool closed;
};

/* A daemon d1 among daemon_count configured ones, allowed methods as given ("NULL"). It starts
 * in the boot view; world_pass lets time go by. */
struct world *world_new(int daemon_count, const char *allowed_auth);
/* d1 alone, with a policy of that text. */
struct world *world_new_guarded(const char *policy);
struct rights *world_rights(const char *policy);
void world_free(struct world *w);
/* Reads the configuration again, with other rules of who may come in and what they may, which are w's
 * from now on. */
void world_reload(struct world *w, struct auth_policy *next);
void world_pass(struct world *w, usec ms);
/* Serves what is ready, as the I/O does at the end of a turn. */
void world_turn(struct world *w);

struct peer_end *world_connect(struct world *w); /* socket level */
struct peer_end *world_connect_from(struct world *w, const struct peer *peer);
struct peer_end *world_join_as(struct world *w, const char *name); /* with the handshake done */
void peer_free(struct peer_end *p);

/* The client writes; a turn of the daemon follows. While it is held because of those it sends to,
 * time goes by. */
void peer_send(struct peer_end *p, const void *bytes, size_t len);
void peer_hang_up(struct peer_end *p);

/* Requests of the client called name. */
void peer_request(struct peer_end *p, const char *name, uint32_t type, const char *group);
void peer_cast(struct peer_end *p, const char *name, uint32_t service, const char *group,
               const char *body);

/* Fails unless exactly these bytes came next. */
void expect_bytes(struct peer_end *p, const void *bytes, size_t len);
/* Takes the next frame; fails if there is none. body is lent. */
struct frame_header expect_frame(struct peer_end *p, const uint8_t **body);
void expect_data(struct peer_end *p, const char *sender, const char *body);
void expect_notice(struct peer_end *p, const char *group, uint32_t type, int members);
void expect_nothing(const struct peer_end *p);
void expect_closed(const struct peer_end *p);

#endif
