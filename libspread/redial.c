/* SPDX-License-Identifier: MIT
 *
 * A mailbox that is connected again when it is lost, by the calls that programs have.
 *
 *   connected   receives            a call fails: the loss is told of each group, then lost
 *   lost        dials, when it is time, until somebody takes us: joins the groups, then connected
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "include/sp_more.h"
#include "libspread/places.h"
#include "libspread/stream.h"
#include "libspread/wire/names.h"

enum {
    PAUSE_FIRST_US = 100000,
    PAUSE_MOST_US = 5000000,
    DIAL_LEAST_US = 100000, /* a shorter time reaches nobody */
    DIAL_MOST_US = 1000000,
};

struct sp_redial {
    struct places places;
    char name[MAX_PRIVATE_NAME + 2]; /* one byte more, for the daemon to refuse what is too long */
    bool has_name, membership;
    mailbox mbox; /* -1: lost */
    char private_group[MAX_GROUP_NAME];
    struct name *groups;
    unsigned count;
    unsigned untold; /* the last so many of them have not been told of the loss */
    bool untold_private;
    usec next_try, pause;
};

/* -- dialling ------------------------------------------------------------------------------ */

static usec least(usec a, usec b)
{
    return a < b ? a : b;
}

/* An error that another try does not mend. */
static bool is_for_good(int code)
{
    return code == REJECT_AUTH || code == REJECT_VERSION || code == REJECT_ILLEGAL_NAME;
}

static void lose(sp_redial *r)
{
    SP_kill(r->mbox);
    r->mbox = -1;
}

static int dial_one(sp_redial *r, const char *address, usec time)
{
    if (time > DIAL_MOST_US)
        time = DIAL_MOST_US;
    if (time < DIAL_LEAST_US)
        time = DIAL_LEAST_US;
    sp_time limit = {(long)(time / 1000000), (long)(time % 1000000)};
    int code = SP_connect_timeout(address, r->has_name ? r->name : NULL, 0, r->membership,
                                  &r->mbox, r->private_group, limit);
    for (unsigned i = 0; i < r->count && code == ACCEPT_SESSION; i++)
        if (SP_join(r->mbox, r->groups[i].text) != 0) {
            lose(r);
            code = CONNECTION_CLOSED;
        }
    return code;
}

/* Tries each address once. ACCEPT_SESSION, or the last error; one that is not for good before one
 * that is. */
static int dial_round(sp_redial *r, usec deadline)
{
    int worst = COULD_NOT_CONNECT, code = COULD_NOT_CONNECT;
    bool hope = false;
    places_shuffle(&r->places);
    for (unsigned i = 0; i < r->places.count; i++) {
        usec now = clock_now();
        code = dial_one(r, r->places.list[i], deadline > now ? deadline - now : 0);
        if (code == ACCEPT_SESSION)
            return code;
        if (!is_for_good(code) || !hope)
            worst = code;
        hope = hope || !is_for_good(code);
    }
    return worst;
}

static void sleep_until(usec time)
{
    int ms;
    while (time_left(time, -1, &ms))
        poll(NULL, 0, ms);
}

/* Dials until the deadline. ACCEPT_SESSION, SP_TIMED_OUT, or an error for good. */
static int redial(sp_redial *r, usec deadline)
{
    for (;;) {
        sleep_until(least(r->next_try, deadline));
        if (clock_now() < r->next_try)
            return SP_TIMED_OUT;
        int code = dial_round(r, deadline);
        if (code == ACCEPT_SESSION || is_for_good(code)) {
            r->pause = PAUSE_FIRST_US;
            return code;
        }
        /* Not all clients of a daemon that was lost come at once. */
        r->next_try = clock_now() + r->pause / 2 + places_random(&r->places, (unsigned)r->pause);
        r->pause = least(2 * r->pause, PAUSE_MOST_US * 2 / 3);
    }
}

/* -- opening ------------------------------------------------------------------------------- */

int SP_redial_open(sp_redial **opened, const char *addresses, const char *name, int flags)
{
    sp_redial *r = calloc(1, sizeof *r);
    *opened = NULL;
    if (!r)
        return COULD_NOT_CONNECT;
    r->mbox = -1;
    r->membership = flags & SP_REDIAL_MEMBERSHIP;
    r->has_name = name != NULL;
    r->pause = PAUSE_FIRST_US;
    if (name)
        memcpy(r->name, name, strnlen(name, sizeof r->name - 1));
    int code = ILLEGAL_SPREAD;
    if (places_init(&r->places, addresses, flags & SP_REDIAL_RANDOM))
        code = dial_round(r, NEVER);
    if (code == ACCEPT_SESSION)
        *opened = r;
    else
        SP_redial_close(r);
    return code;
}

void SP_redial_close(sp_redial *r)
{
    if (!r)
        return;
    if (r->mbox >= 0)
        SP_disconnect(r->mbox);
    places_fini(&r->places);
    free(r->groups);
    free(r);
}

mailbox SP_redial_mailbox(const sp_redial *r)
{
    return r->mbox;
}

const char *SP_redial_private_group(const sp_redial *r)
{
    return r->private_group;
}

/* -- groups -------------------------------------------------------------------------------- */

static unsigned find_group(const sp_redial *r, const struct name *group)
{
    unsigned i = 0;
    while (i < r->count && !name_equal(&r->groups[i], group))
        i++;
    return i;
}

/* A call for the mailbox; a loss is for the next receive to find. */
static int unless_lost(int code)
{
    return code == CONNECTION_CLOSED || code == NET_ERROR_ON_SESSION ? 0 : code;
}

int SP_redial_join(sp_redial *r, const char *group)
{
    struct name name = name_from_text(group);
    if (strnlen(group, MAX_GROUP_NAME) == MAX_GROUP_NAME || !name_is_group(&name))
        return ILLEGAL_GROUP;
    if (find_group(r, &name) == r->count) {
        struct name *more = realloc(r->groups, (r->count + 1) * sizeof *more);
        if (!more)
            return COULD_NOT_CONNECT;
        r->groups = more;
        /* In front of those that are still to be told of a loss: it was not in this one. */
        memmove(more + r->count + 1 - r->untold, more + r->count - r->untold,
                r->untold * sizeof *more);
        more[r->count++ - r->untold] = name;
    }
    return r->mbox < 0 ? 0 : unless_lost(SP_join(r->mbox, group));
}

int SP_redial_leave(sp_redial *r, const char *group)
{
    struct name name = name_from_text(group);
    if (strnlen(group, MAX_GROUP_NAME) == MAX_GROUP_NAME || !name_is_group(&name))
        return ILLEGAL_GROUP;
    unsigned i = find_group(r, &name);
    if (i < r->count) {
        if (i >= r->count - r->untold)
            r->untold--; /* it need not be told of having left */
        r->count--;
        memmove(r->groups + i, r->groups + i + 1, (r->count - i) * sizeof *r->groups);
    }
    return r->mbox < 0 ? 0 : unless_lost(SP_leave(r->mbox, group));
}

/* -- receiving ----------------------------------------------------------------------------- */

static bool was_lost(int code)
{
    return code == CONNECTION_CLOSED || code == NET_ERROR_ON_SESSION || code == ILLEGAL_SESSION;
}

static void begin_loss(sp_redial *r)
{
    lose(r);
    r->untold = r->count;
    r->untold_private = r->count == 0;
    r->next_try = clock_now();
}

/* The next group that has not been told of the loss. NULL: all have. */
static const char *take_untold(sp_redial *r)
{
    if (r->untold > 0)
        return r->groups[r->count - r->untold--].text;
    bool tell = r->untold_private;
    r->untold_private = false;
    return tell ? r->private_group : NULL;
}

static int left_ms(usec deadline)
{
    int ms;
    return time_left(deadline, -1, &ms) ? ms : 0;
}

int SP_redial_receive(sp_redial *r, service *service_type, char sender[MAX_GROUP_NAME],
                      int max_groups, int *num_groups, char groups[][MAX_GROUP_NAME],
                      int16 *mess_type, int *endian_mismatch, int max_mess_len, char *mess,
                      int timeout_ms)
{
    usec deadline = timeout_ms < 0 ? NEVER : clock_now() + (usec)timeout_ms * 1000;
    const service asked = *service_type;
    for (;;) {
        const char *lost = take_untold(r);
        if (lost) {
            *service_type = CAUSED_BY_LEAVE;
            memcpy(sender, lost, MAX_GROUP_NAME);
            *num_groups = *mess_type = 0;
            *endian_mismatch = 0;
            return 0;
        }
        int code = r->mbox < 0 ? redial(r, deadline) : ACCEPT_SESSION;
        if (code != ACCEPT_SESSION)
            return code;
        *service_type = asked;
        code = SP_receive_timeout(r->mbox, service_type, sender, max_groups, num_groups, groups,
                                  mess_type, endian_mismatch, max_mess_len, mess,
                                  left_ms(deadline));
        if (!was_lost(code))
            return code;
        begin_loss(r);
    }
}
