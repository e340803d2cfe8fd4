/* SPDX-License-Identifier: MIT
 *
 * daemon.h - one daemon without its sockets: the only place where the rooms meet.
 *
 * The I/O around it accepts, reads, writes and tells the time; it calls
 * daemon_ functions and then serves every session that daemon_next_ready()
 * names: write its outbox, close it when it is GONE. The same calls at the same
 * times give the same results.
 *
 *     read:    daemon_may_read, daemon_read_room, (read), daemon_on_read
 *     write:   daemon_next_ready, outbox_peek, (write), daemon_on_written
 *     close:   state SESSION_GONE: (close), daemon_forget
 *
 * Other daemons are reached by datagrams: daemon_on_datagram for what comes in,
 * daemon_next_datagram for what is to go out. Monitors come in by the same port, and
 * daemon_next_reply has what goes back to them.
 */
#ifndef SPREAD_DAEMON_H
#define SPREAD_DAEMON_H

#include "daemon/base/counters.h"
#include "daemon/base/log.h"
#include "daemon/base/question.h"
#include "daemon/base/trace.h"
#include "daemon/config/in_force.h"
#include "daemon/config/view.h"
#include "daemon/session/logins.h"
#include "daemon/session/session.h"

struct daemon;
struct keyring;
struct recorder;
struct core;
struct groups;

/* What a daemon is made of; all is borrowed and must outlive it. */
struct daemon_parts {
    const struct conf *conf;
    int self; /* index into conf->daemons */
    const struct auth_policy *auth;
    const struct keyring *keys; /* NULL: none; only lent to daemon_new */
    const struct log *log;
    uint64_t seed;           /* unpredictable in real life */
    const struct trace *trace; /* NULL: none */
    /* A reader of the stream of events, beside counts and log; NULL: none. The record is lent, and
     * nothing of the daemon may be called meanwhile. */
    void (*on_event)(void *context, const struct event_record *e);
    void *events_context;
    const struct recorder *recorder; /* of that reader, for monitors to ask; NULL: none */
    uint32_t max_gap;        /* 0: the usual one; a simulation makes it small */
    uint32_t slice;          /* of work on groups in a turn; likewise */
    uint32_t capacity;       /* packets that the sockets' receive buffers hold; 0: unknown */
};

struct daemon *daemon_new(const struct daemon_parts *parts, usec now);
void daemon_free(struct daemon *d); /* and sessions the I/O has let go of */

/* What the I/O has to tell to the stream of events. */
void daemon_tell(struct daemon *d, struct event_record *e, usec now);

/* A client has connected; its session lives until daemon_forget. owner is never NULL. */
struct session *daemon_accept(struct daemon *d, const struct peer *peer, void *owner, usec now);

/* What s says comes through TLS, with a checked certificate of that name; "": without one. */
void daemon_on_secured(struct session *s, const char *name);
/* s has said nothing yet and is no client: it is forgotten, as if it had not come. */
void daemon_withdraw(struct daemon *d, struct session *s);
/* The I/O cannot let s in and has told its client what there was to tell. */
void daemon_refuse(struct daemon *d, struct session *s, enum why why, usec now);

/* False while back-pressure keeps s from being read; ask again after the next turn. */
bool daemon_may_read(const struct daemon *d, const struct session *s);
/* True: not read because of those it sends to (session/crowd.h), or because its password is checked
 * first. It comes as ready when that is over. */
bool daemon_holds(const struct session *s);
/* While daemon_asks, of a session that came as ready: how much of what was written to it has not been
 * read, or another measure that goes down when it reads. */
static inline bool daemon_asks(const struct session *s)
{
    return s->asked;
}
void daemon_on_unread(struct daemon *d, struct session *s, uint64_t unread, usec now);
/* Where to read to, for this session and at once: one or two iovecs. */
int daemon_read_room(struct daemon *d, struct session *s, struct iovec iov[2]);
void daemon_on_read(struct daemon *d, struct session *s, size_t len, usec now);
/* The stream has ended or broken; why is a constant text. */
void daemon_on_hangup(struct daemon *d, struct session *s, enum why why, int error,
                      usec now);

/* len bytes of the outbox were written; blocked: the socket takes no more for now. */
void daemon_on_written(struct daemon *d, struct session *s, size_t len, bool blocked, usec now);
/* Nothing that is written arrives any more: what waits is dropped. */
void daemon_on_deaf(struct daemon *d, struct session *s, usec now);

/* Passwords that wait to be checked, beside the loop, for that takes long. Each is to be taken only when
 * it will be checked at once: the others wait here, and fairly. */
bool daemon_login_waits(const struct daemon *d);
bool daemon_next_login(struct daemon *d, struct login_question *q); /* false: none waits */
/* Whether it makes the hash. It may come late, or not at all. */
void daemon_on_login(struct daemon *d, uint32_t number, bool matches, usec now);

/* -- other daemons and time ----------------------------------------------------------------- */

struct datagram_in {
    struct block *block; /* holds the bytes; a reference is taken where they are kept */
    uint8_t *bytes;      /* nobody else's: what is sealed is opened in place */
    size_t len;
    struct ip source;
    uint16_t source_port;
    bool token_port;  /* came to the port of token and control */
    bool own_address; /* came to the daemon's address, not to its segment's */
};

struct datagram_out {
    bool segment;   /* to the addresses of our segment ... */
    uint16_t proc;  /* ... or to this daemon */
    bool token_port;
    struct block *block; /* its reference is the taker's */
    uint8_t *bytes;
    size_t len;
};

/* A packet of another daemon's or, at the data port, of a monitor's. */
void daemon_on_datagram(struct daemon *d, const struct datagram_in *in, usec now);
/* The system says that nobody listens where a datagram of ours went: its first bytes. */
void daemon_on_unreachable(struct daemon *d, uint16_t proc, const uint8_t *quoted, size_t len,
                           usec now);
bool daemon_next_datagram(struct daemon *d, struct datagram_out *out); /* false: none left */

/* The host of a daemon that has fallen silent is to be asked whether it lives, by a connection to
 * where that daemon serves clients. */
struct host_question {
    struct question question;
    struct ip ip;
    uint16_t port; /* 0: it serves none; HOST_SILENT is the answer */
};

bool daemon_next_question(struct daemon *d, struct host_question *q); /* false: none left */
void daemon_on_answer(struct daemon *d, const struct question *q, enum host_answer answer, usec now);

/* Runs what is due, once all input that was there is in. lag: by how much this process got to run
 * later than it had planned. wall_s: seconds since 1970, for view ids only. */
void daemon_on_time(struct daemon *d, usec now, usec lag, uint64_t wall_s);
usec daemon_deadline(const struct daemon *d);
/* Somebody may be found silent, or wait for this daemon: it should soon know if it did not run. */
bool daemon_needs_looks(const struct daemon *d);
/* There is more to do than a turn may do: daemon_on_time is due at once, but not before sockets have
 * had their turn. */
bool daemon_is_behind(const struct daemon *d);

/* A graceful stop: clients are read no more, what they sent is ordered, the other daemons go on
 * without us. daemon_has_left says when the process may end. A monitor can start it, too:
 * daemon_is_leaving. */
void daemon_leave(struct daemon *d, usec now);
bool daemon_is_leaving(const struct daemon *d);
bool daemon_has_left(const struct daemon *d);

/* -- monitors -------------------------------------------------------------------------------- */

enum { MONITOR_REPLY = 1200 };

struct monitor_reply {
    struct ip to;
    uint16_t port;
    uint8_t bytes[MONITOR_REPLY];
    size_t len;
};

/* What to send, from a socket bound to the daemon's own address: a reply that is lost is asked for
 * again. False: none left. */
bool daemon_next_reply(struct daemon *d, struct monitor_reply *out);

/* True once after a monitor has asked for a reload, as soon as no change of view is under way. */
bool daemon_take_reload(struct daemon *d);

/* Another configuration is to take the place of the one in force; self: our index in it. We must be
 * the same there by name, id, address and port. All is borrowed, keys (NULL: none) until it is in
 * force. */
void daemon_reload(struct daemon *d, const struct conf *conf, int self,
                   const struct auth_policy *auth, const struct keyring *keys);
/* Lets it, if there is one and this is a moment for it: no change of view is under way, and
 * daemon_next_datagram has nothing left that was meant for an address of the old one. To be tried at
 * the end of each turn. True: daemon_conf returns it from now on, and there may be datagrams again. */
bool daemon_take_over(struct daemon *d, usec now);
const struct in_force *daemon_in_force(const struct daemon *d); /* the same as long as d lives */
static inline const struct conf *daemon_conf(const struct daemon *d)
{
    return daemon_in_force(d)->conf;
}

/* -- clients, to be written to --------------------------------------------------------------- */

/* A session that has something to write, was refused or is gone; each comes once. NULL: none. */
struct session *daemon_next_ready(struct daemon *d);

/* The I/O has closed the connection of a GONE session and lets go of it. */
void daemon_forget(struct daemon *d, struct session *s);

/* A client was turned away before it had a session. */
void daemon_count_quota(struct daemon *d);

const struct counters *daemon_counters(const struct daemon *d);
const struct view *daemon_view(const struct daemon *d); /* leader_id 0: none was installed yet */
const struct core *daemon_core(const struct daemon *d);
const struct groups *daemon_groups(const struct daemon *d);

#endif
