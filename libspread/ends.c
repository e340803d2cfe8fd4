/* SPDX-License-Identifier: MIT */
#include "libspread/ends.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libspread/lock.h"

#ifdef SPREAD_THREADS
#define PER_THREAD _Thread_local
#else
#define PER_THREAD
#endif

/* -- mailboxes ----------------------------------------------------------------------------- */

/* Guarded by the process lock. */
static struct ended_mailbox kept[ENDS_KEPT];
static unsigned count;

void ends_note(struct connection *c, enum sp_end_reason reason)
{
    process_lock();
    if (!c->end_noted) {
        struct ended_mailbox *e = &kept[count++ % ENDS_KEPT];
        c->end_noted = true;
        *e = (struct ended_mailbox){.mbox = c->fd, .reason = reason, .endpoint = c->endpoint};
        memcpy(e->private_group, c->private_group, sizeof e->private_group);
    }
    process_unlock();
}

bool ends_find(mailbox mbox, struct ended_mailbox *found)
{
    bool is_known = false;
    process_lock();
    for (unsigned i = 1; i <= ENDS_KEPT && i <= count && !is_known; i++) {
        *found = kept[(count - i) % ENDS_KEPT];
        is_known = found->mbox == mbox;
    }
    process_unlock();
    return is_known;
}

/* -- calls of this thread ------------------------------------------------------------------ */

static PER_THREAD struct {
    int code;
    char text[SP_END_TEXT];
} said;

static PER_THREAD sp_end last_connect = {.reason = SP_END_UNKNOWN};

void ends_say(int code, const char *format, ...)
{
    va_list args;
    said.code = code;
    va_start(args, format);
    vsnprintf(said.text, sizeof said.text, format, args);
    va_end(args);
}

void ends_say_closed(const struct connection *c, int result)
{
    char to[ADDRESS_TEXT];
    if (result == CONNECTION_CLOSED)
        ends_say(result, "The connection of %s to %s is closed", c->private_group,
                 address_text(&c->endpoint.address, to));
}

int ends_say_elsewhere(struct connection *c)
{
    ends_note(c, SP_END_OTHER_PROCESS);
    ends_say(ILLEGAL_SESSION,
             "Another process has gone on with the connection of %s, and with TLS only one can",
             c->private_group);
    return ILLEGAL_SESSION;
}

const char *ends_said(int code)
{
    return code < 0 && said.code == code ? said.text : NULL;
}

void ends_note_connect(enum sp_end_reason reason, int code)
{
    last_connect.reason = (int)reason;
    last_connect.code = code;
    snprintf(last_connect.text, sizeof last_connect.text, "%s", code < 0 ? said.text : "");
}

void ends_of_connect(sp_end *end)
{
    *end = last_connect;
}
