/* SPDX-License-Identifier: MIT
 *
 * daemon_clients.h - the room of clients: their sessions from the first byte to the last, what waits for
 * them (daemon_outboxes.c), how senders wait for receivers (daemon_pressure.c), and how clients leave
 * their groups (daemon_departures.c).
 */
#ifndef SPREAD_DAEMON_CLIENTS_H
#define SPREAD_DAEMON_CLIENTS_H

#include "daemon/daemon_shared.h"
#include "daemon/session/crowd.h"
#include "daemon/session/ends.h"
#include "daemon/session/logins.h"
#include "daemon/session/table.h"

/* Departures, in units of work of groups_departure(). */
struct departures {
    struct link waiting; /* sessions that have more to send, in turn */
    uint32_t under_way;  /* is in the order */
    uint32_t done;       /* came back out of it in this turn */
};

struct clients_room {
    struct shared *shared;
    struct session_table table;
    struct logins logins;
    struct intake *intake;
    struct link ready;
    bool reading; /* there is room for what open sessions say */
    struct crowd crowd;
    usec pressed_again_at; /* others are told of clients of ours that press; NEVER: none does */
    struct departures departures;
    struct ends ends; /* why sessions ended that somebody may ask about */
    struct link judgements; /* of those whose groups are judged by other rules */
};

/* The I/O has to look at s. */
static inline void clients_mark_ready(struct clients_room *c, struct session *s)
{
    if (list_empty(&s->ready))
        list_append(&c->ready, &s->ready);
}

void clients_init(struct clients_room *c, struct shared *shared, uint64_t seed);
void clients_fini(struct clients_room *c);

struct session *clients_accept(struct clients_room *c, const struct peer *peer, void *owner);
void clients_withdraw(struct clients_room *c, struct session *s);
void clients_forget(struct clients_room *c, struct session *s);
struct session *clients_take_ready(struct clients_room *c);

/* Whether open sessions may be read is decided here, when a turn of the wheel is over ... */
void clients_update_reading(struct clients_room *c);
/* ... and only asked here. */
bool clients_may_read(const struct clients_room *c, const struct session *s);
/* True: s is not read until it comes as ready. */
bool clients_hold(const struct session *s);
int clients_read_room(struct clients_room *c, struct session *s, struct iovec iov[2]);

void clients_on_read(struct clients_room *c, struct session *s, size_t len);
/* A sender that was held and whose turn has come; NULL: none, or there is no room for what it sends. */
struct session *clients_take_due(struct clients_room *c);
/* Takes up what was set aside when s was held. */
void clients_go_on(struct clients_room *c, struct session *s);
/* A password to be checked, and what has come of one. */
bool clients_next_login(struct clients_room *c, struct login_question *q);
void clients_on_login(struct clients_room *c, uint32_t number, bool matches);
/* Another one is in force; those who are in are judged by it next: revoke_begin. */
void clients_on_policy(struct clients_room *c);
/* A join or leave of a client of ours has been ordered. */
void clients_on_membership(struct clients_room *c, const struct name *who, bool joined);
/* s, which has said nothing yet, is not let in. */
void clients_refuse(struct clients_room *c, struct session *s, enum why why);
/* The connection is over, whatever its state. error: what the system says, or 0. */
void clients_end(struct clients_room *c, struct session *s, enum why why, int error);
void clients_end_overdue(struct clients_room *c);
/* There are more of them. */
bool clients_are_overdue(const struct clients_room *c);
usec clients_deadline(const struct clients_room *c);

/* -- daemon_outboxes.c ------------------------------------------------------------------------ */

/* A message or notice for local sessions; takes over its reference. */
void clients_deliver(struct clients_room *c, const struct delivery *e);
/* True: it does not read and is ended. */
bool clients_on_written(struct clients_room *c, struct session *s, size_t len, bool blocked);
/* So much of what was written has s not read, as the I/O says. */
void clients_on_unread(struct clients_room *c, struct session *s, uint64_t unread);
void clients_on_deaf(struct clients_room *c, struct session *s);

/* -- daemon_pressure.c ------------------------------------------------------------------------ */

/* What waits for s has changed, or its state. */
void pressure_on_change(struct clients_room *c, struct session *s);
/* More waits for s: it may write, or should try once more before it is judged. */
void pressure_on_output(struct clients_room *c, struct session *s);
/* More waits for it, or for those of its source together, than may. */
bool pressure_exceeds(const struct clients_room *c, const struct session *s);
/* Says how much waits for s, since then, and in which groups it is. */
struct event_record pressure_event(const struct clients_room *c, enum event_kind kind,
                                   const struct session *s, usec since);
/* Another daemon says that of its client. */
void pressure_hear(struct clients_room *c, const struct name *who, uint8_t waits);
void pressure_on_time(struct clients_room *c);
usec pressure_deadline(const struct clients_room *c);
/* True: s, the sender, is held with this message; the frame is complete. */
bool pressure_holds(struct clients_room *c, struct session *s, const struct frame_header *h,
                    const uint8_t *frame);

/* -- daemon_questions.c ----------------------------------------------------------------------- */

/* s has asked something instead of saying hello, and gets an answer instead of a session. Returns how
 * much of in was taken. */
size_t questions_take(struct clients_room *c, struct session *s, const struct input *in);

/* -- daemon_departures.c ---------------------------------------------------------------------- */

/* Sends the departure of a session that was open through the order; till then it is a member and
 * its name is taken. */
void departures_begin(struct clients_room *c, struct session *s);
/* Some of it has been ordered, and more is to follow. */
void departures_parted(struct clients_room *c, const struct name *who);
/* All of it: the name is free. The session whose connection waited for it and is to end; NULL: none
 * does. */
struct session *departures_complete(struct clients_room *c, const struct name *who);
/* A turn begins: more may go. */
void departures_on_turn(struct clients_room *c);
/* There is more that may go as soon as a turn begins. */
bool departures_wait(const struct clients_room *c);

/* -- daemon_revoke.c -------------------------------------------------------------------------- */

/* Other rules are in force, and nobody has a grant of the old ones any more. */
void revoke_begin(struct clients_room *c);
/* Nobody is judged any more. */
void revoke_end(struct clients_room *c);
/* A turn begins: goes on with that. */
void revoke_on_turn(struct clients_room *c);
/* There is more to do, and it can be done. */
bool revoke_waits(const struct clients_room *c);
/* A client of ours has joined that group. */
void revoke_on_joined(struct clients_room *c, const struct name *who, const struct name *group);

#endif
