/* SPDX-License-Identifier: MIT */
#include "daemon/session/logins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/session/sources.h"

void logins_init(struct logins *l)
{
    *l = (struct logins){0};
    fair_init(&l->waiting);
    list_init(&l->checking);
}

static void queue(struct logins *l, struct login *one)
{
    fair_add(&l->waiting, &one->session->source->logins, &one->place);
}

void logins_add(struct logins *l, struct session *s, const uint8_t credentials[AUTH_PWORD_LEN])
{
    struct login *one = memory_new(sizeof *one);
    one->session = s;
    list_init(&one->place);
    memcpy(one->credentials, credentials, AUTH_PWORD_LEN);
    s->login = one;
    queue(l, one);
}

void logins_drop(struct session *s)
{
    struct login *one = s->login;
    if (!one)
        return;
    if (s->source)
        fair_drop(&s->source->logins, &one->place);
    else
        list_remove(&one->place);
    s->login = NULL;
    explicit_bzero(one, sizeof *one);
    free(one);
}

static void write_any_hash(const struct auth_policy *p, struct login_question *q)
{
    for (size_t i = 0; i < p->user_count && !q->hash[0]; i++)
        if (!p->users[i].weak)
            snprintf(q->hash, sizeof q->hash, "%s", p->users[i].hash);
}

bool logins_next(struct logins *l, const struct auth_policy *p, struct login_question *q)
{
    struct link *next = fair_take(&l->waiting);
    if (!next)
        return false;
    struct login *one = list_entry(next, struct login, place);
    one->stale = false;
    one->unknown = !auth_find_user(p, one->credentials, &one->entry);
    one->number = ++l->numbers;
    list_append(&l->checking, &one->place);
    *q = (struct login_question){.number = one->number};
    memcpy(q->password, one->credentials + AUTH_USER, AUTH_PASSWORD);
    if (!one->unknown)
        snprintf(q->hash, sizeof q->hash, "%s", p->users[one->entry].hash);
    else
        write_any_hash(p, q);
    return true;
}

static struct login *find(struct logins *l, uint32_t number)
{
    for (struct link *at = l->checking.next; at != &l->checking; at = at->next) {
        struct login *one = list_entry(at, struct login, place);
        if (one->number == number)
            return one;
    }
    return NULL;
}

/* Whether that hash was not the last word on it; then it waits for the next one. */
static bool is_asked_again(struct logins *l, const struct auth_policy *p, struct login *one,
                           bool passed)
{
    size_t next = one->stale ? 0 : one->entry + 1;
    if (!one->stale && (passed || one->unknown || !auth_find_user(p, one->credentials, &next)))
        return false;
    one->entry = next;
    queue(l, one);
    return true;
}

/* It knows the password of that user. */
static enum why let_in(struct session *s, const struct auth_user *u)
{
    s->password = auth_mark(u->hash);
    return identities_add_name(&s->identity, KNOWN_USER, u->name) ? WHY_NONE : HELLO_NO_AUTH;
}

struct session *logins_answer(struct logins *l, const struct auth_policy *p, uint32_t number,
                              bool matches, enum why *fault)
{
    struct login *one = find(l, number);
    if (!one)
        return NULL;
    bool passed = matches && !one->unknown && !one->stale;
    if (is_asked_again(l, p, one, passed))
        return NULL;
    struct session *s = one->session;
    if (passed)
        *fault = let_in(s, &p->users[one->entry]);
    else
        *fault = one->unknown && auth_is_weak(p, one->credentials) ? HELLO_WEAK_HASH : HELLO_NO_AUTH;
    logins_drop(s);
    return s;
}

void logins_on_policy(struct logins *l)
{
    for (struct link *at = l->checking.next; at != &l->checking; at = at->next)
        list_entry(at, struct login, place)->stale = true;
    for (struct link *t = l->waiting.turns.next; t != &l->waiting.turns; t = t->next) {
        const struct link *waiting = &list_entry(t, struct fair_line, turn)->waiting;
        for (struct link *at = waiting->next; at != waiting; at = at->next)
            list_entry(at, struct login, place)->entry = 0;
    }
}
