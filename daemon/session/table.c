/* SPDX-License-Identifier: MIT */
#include "daemon/session/table.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "daemon/session/limits.h"
#include "daemon/session/logins.h"

void table_init(struct session_table *t, uint64_t seed)
{
    *t = (struct session_table){.random = {seed}};
    list_init(&t->hello);
    list_init(&t->auth);
    list_init(&t->login);
    list_init(&t->refused);
}

struct session *table_find(const struct session_table *t, const char *name)
{
    struct session *s;
    HASH_FIND(by_name, t->by_name, name, strlen(name), s);
    return s;
}

struct session *table_find_private(const struct session_table *t, const struct name *who,
                                   const char *daemon_name)
{
    char connection[PRIVATE_NAME_MAX + 1];
    return name_of_connection(who, daemon_name, connection) ? table_find(t, connection) : NULL;
}

/* As 5.0.1 shapes them: r, a random number below 9999, a count, nine bytes in all. */
static void invent(struct session_table *t, char name[PRIVATE_NAME_MAX + 1])
{
    char text[32];
    do {
        snprintf(text, sizeof text, "r%u-%u", random_below(&t->random, 9999), t->named++ % 1000);
    } while (table_find(t, text));
    snprintf(name, PRIVATE_NAME_MAX + 1, "%.9s", text);
}

bool table_name(struct session_table *t, struct session *s, const char *name)
{
    if (!name[0])
        invent(t, s->name);
    else if (table_find(t, name))
        return false;
    else
        snprintf(s->name, sizeof s->name, "%s", name);
    HASH_ADD(by_name, t->by_name, name, strlen(s->name), s);
    return true;
}

void table_unname(struct session_table *t, struct session *s)
{
    if (!s->name[0])
        return;
    HASH_DELETE(by_name, t->by_name, s);
    s->name[0] = '\0';
}

static void watch(struct link *list, struct session *s, usec deadline)
{
    s->deadline = deadline;
    list_append(list, &s->waiting);
}

void table_watch(struct session_table *t, struct session *s, usec now)
{
    switch (s->state) {
    case SESSION_HELLO:
        watch(&t->hello, s, now + HELLO_LIMIT_MS * USEC_MS);
        break;
    case SESSION_CHOICE:
        watch(&t->auth, s, now + AUTH_LIMIT_MS * USEC_MS);
        break;
    case SESSION_METHOD:
        if (s->login)
            watch(&t->login, s, now + LOGIN_LIMIT_MS * USEC_MS);
        break; /* else one limit for the whole authentication */
    case SESSION_REFUSED:
        watch(&t->refused, s, now + REFUSED_LIMIT_MS * USEC_MS);
        break;
    case SESSION_OPEN:
    case SESSION_LEAVING:
    case SESSION_GONE:
        s->deadline = NEVER;
        list_remove(&s->waiting);
        break;
    }
}

enum why table_add(struct session_table *t, struct session *s, const struct conf *conf, usec now)
{
    t->count++;
    table_watch(t, s, now);
    return limits_on_connect(&t->sources, s, conf);
}

void table_remove(struct session_table *t, struct session *s)
{
    assert(t->count > 0);
    t->count--;
    logins_drop(s);
    limits_on_disconnect(s);
}

static usec first_deadline(const struct link *list)
{
    return list_empty(list) ? NEVER : list_entry(list->next, struct session, waiting)->deadline;
}

usec table_deadline(const struct session_table *t)
{
    usec hello = usec_earlier(first_deadline(&t->hello), first_deadline(&t->auth));
    return usec_earlier(hello, usec_earlier(first_deadline(&t->login), first_deadline(&t->refused)));
}

/* Nobody has more than who comes now. */
static void forgive(struct link *list, usec lag, usec latest)
{
    for (struct link *l = list->next; l != list; l = l->next) {
        struct session *s = list_entry(l, struct session, waiting);
        s->deadline = usec_earlier(s->deadline + lag, latest);
    }
}

void table_forgive(struct session_table *t, usec lag, usec now)
{
    forgive(&t->hello, lag, now + HELLO_LIMIT_MS * USEC_MS);
    forgive(&t->auth, lag, now + AUTH_LIMIT_MS * USEC_MS);
    forgive(&t->login, lag, now + LOGIN_LIMIT_MS * USEC_MS);
    forgive(&t->refused, lag, now + REFUSED_LIMIT_MS * USEC_MS);
}

struct session *table_take_overdue(struct session_table *t, usec now)
{
    struct link *lists[] = {&t->hello, &t->auth, &t->login, &t->refused};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (first_deadline(lists[i]) <= now)
            return list_entry(list_take_first(lists[i]), struct session, waiting);
    return NULL;
}
