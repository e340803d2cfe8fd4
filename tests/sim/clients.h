/* SPDX-License-Identifier: MIT
 *
 * clients.h - simulated clients: mailboxes of simulated daemons that speak the bytes of the client
 * protocol, with scripts or at random.
 */
#ifndef TESTS_SIM_CLIENTS_H
#define TESTS_SIM_CLIENTS_H

#include "libspread/wire/ask.h"
#include "libspread/wire/frame.h"
#include "libspread/wire/notice.h"
#include "tests/sim/world.h"

enum { MESSAGE_ID = 8 }; /* bytes at the end of a message that tell it from all others */
#define CLIENT_MAY_BE_REFUSED 0x80000000u /* so some of its messages are never ordered */

/* One frame that a client has received, header in our order. */
struct heard_frame {
    struct frame_header header;
    const uint8_t *groups; /* num_groups fields */
    const uint8_t *body;   /* data_len bytes */
};

struct client_events {
    void (*on_open)(void *context, struct client *c);
    void (*on_frame)(void *context, struct client *c, const struct heard_frame *f);
    void (*on_close)(void *context, struct client *c);
    void (*on_refused)(void *context, struct client *c); /* it was closed before it was in */
    void *context;
};

/* How fast a program takes what lies in its socket, and what the sockets between it and its daemon
 * hold. All 0: it takes everything at once, and they hold any number. */
struct client_pace {
    size_t in_most, out_most;   /* bytes on the way to it, and from it; both or none */
    size_t take;                /* it takes so many bytes at a time ... */
    usec every;                 /* ... so often */
    usec reads_for, pauses_for; /* and in turns nothing at all; 0: it never pauses */
};

struct client {
    struct process *process;
    struct session *session;  /* NULL: closed */
    struct client *next;
    uint32_t number;          /* unique in a run */
    uint32_t id;              /* with which its messages end: the number, and perhaps CLIENT_MAY_BE_REFUSED */
    char name[PRIVATE_NAME_MAX + 1];
    struct name private_group;
    bool open;
    bool logs_in;             /* by a password */
    bool notices;             /* it wants membership notices */
    bool leaving;             /* it has said goodbye, or its socket was closed */
    bool reads;               /* client_read() changes it. false: it takes nothing, and neither does
                               * its socket, if that has no bound */
    bool catches_up;          /* reads again, which its daemon does not know yet */
    uint8_t *in, *out;        /* bytes not yet taken apart; not yet taken by the daemon */
    size_t in_len, out_len, in_size, out_size;
    size_t unread;            /* the last bytes of in: in the socket still, which has a bound */
    struct client_pace pace;
    usec pace_begun;
    usec took_at;             /* it took something then, or there was nothing to take */
    uint32_t sent;            /* messages */
    bool asked_for[SLOW_POLICIES]; /* of its daemon, at some time */
    struct client_events events;
    void *mind;               /* of whoever steers it */
    usec due;
};

/* Connects to a daemon that is up. events are told from now on. */
struct client *client_connect(struct world *w, int proc, const char *name, bool notices,
                              const struct client_events *events);
/* The same, with what client.mind is from the beginning. */
struct client *client_connect_as(struct world *w, int proc, const char *name, bool notices,
                                 const struct client_events *events, void *mind);
/* The same, with the password of a user. */
struct client *client_log_in(struct world *w, int proc, const char *name, const char *user,
                             const char *password, const struct client_events *events, void *mind);
void client_join(struct client *c, const char *group);
void client_leave(struct client *c, const char *group);
void client_kill(struct client *c);  /* says goodbye */
void client_break(struct client *c); /* its socket closes */
/* Its socket takes what comes, or nothing. */
void client_read(struct client *c, bool reads);
/* Asks its daemon by another connection (wire/ask.h). False: there is no answer, or no such session. */
bool client_ask(struct client *c, enum ask_kind kind, uint8_t policy, struct ask_answer *answer);
void client_set_pace(struct client *c, const struct client_pace *pace);
/* Its program waits in a send: the socket holds no more. Nothing is lost of what is sent all the same. */
static inline bool client_is_blocked(const struct client *c)
{
    return c->pace.out_most > 0 && c->out_len >= c->pace.out_most;
}
/* It has got all that its daemon has for it, or ought to have. */
bool client_is_served(const struct client *c);
/* A message of len bytes (16 at least) that no other message equals: it ends with the client's
 * number and a count. */
void client_cast(struct client *c, uint32_t service, const char *const *groups, int group_count,
                 size_t len);
/* A message of that text; type as given to SP_multicast. */
void client_say(struct client *c, uint32_t service, int16_t type, const char *const *groups,
                int group_count, const char *text);

/* A message of those bytes, behind which its id comes. */
void client_post(struct client *c, uint32_t service, int16_t type, const char *group,
                 const void *bytes, size_t len);

static inline void client_send(struct client *c, uint32_t service, const char *group, size_t len)
{
    client_cast(c, service, &group, 1, len);
}

/* -- for process.c ---------------------------------------------------------------------------- */

void clients_serve(struct process *p);
void clients_lose_daemon(struct process *p);
void clients_free(struct process *p);

#endif
