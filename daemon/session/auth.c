/* SPDX-License-Identifier: MIT */
#include "daemon/session/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"

static const struct {
    enum auth_method method;
    const char *name;
} methods[] = {
    {AUTH_NULL, "NULL"}, {AUTH_IP, "IP"},     {AUTH_PWORD, "PWORD"},
    {AUTH_UID, "UID"},   {AUTH_CERT, "CERT"},
};

enum {
    METHODS = sizeof methods / sizeof methods[0],
    NAMED = AUTH_NULL | AUTH_IP | AUTH_PWORD, /* on the wire, as in 5.0.1 */
    SILENT = AUTH_UID | AUTH_CERT,            /* passed without a word */
};

struct identity auth_identity(const struct peer *p)
{
    struct identity who = {0};
    if (p->local)
        identity_add_uid(&who, p->uid, p->gids, p->gid_count);
    else
        identity_add_ip(&who, &p->ip);
    return who;
}

const char *auth_peer_text(const struct peer *p, char text[PEER_TEXT])
{
    char ip[IP_TEXT];
    if (p->local)
        strcpy(text, "the Unix socket");
    else
        snprintf(text, PEER_TEXT, "%s port %u", ip_text(&p->ip, ip), p->port);
    return text;
}

/* The method of that name, 0 if there is none. */
static unsigned method_named(const char *name, size_t len)
{
    for (size_t i = 0; i < METHODS; i++)
        if (strlen(methods[i].name) == len && memcmp(methods[i].name, name, len) == 0)
            return methods[i].method;
    return 0;
}

/* Names separated by blanks; the parser has warned of unknown ones. */
static unsigned methods_in(const char *text)
{
    unsigned found = 0;
    while (*text) {
        size_t len = strcspn(text, " \t");
        found |= method_named(text, len);
        text += len;
        text += strspn(text, " \t");
    }
    return found;
}

struct auth_policy *auth_policy_new(const struct conf *conf)
{
    struct auth_policy *p = memory_new(sizeof *p);
    p->allowed = conf->auth_written ? methods_in(conf->allowed_auth) : AUTH_NULL;
    p->required = methods_in(conf->required_auth);
    p->tls_require = conf->tls_require;
    p->passwords_in_clear = conf->passwords_in_clear;
    return p;
}

void auth_policy_free(struct auth_policy *p)
{
    if (!p)
        return;
    free(p->rules);
    free(p->users);
    rights_free(p->rights);
    free(p);
}

static bool same_rule(const struct auth_rule *a, const struct auth_rule *b)
{
    return a->local_sockets == b->local_sockets && ip_equal(&a->network, &b->network) &&
           a->prefix_len == b->prefix_len;
}

bool auth_policy_equal(const struct auth_policy *a, const struct auth_policy *b)
{
    if (a->allowed != b->allowed || a->required != b->required ||
        a->tls_require != b->tls_require || a->passwords_in_clear != b->passwords_in_clear ||
        a->rule_count != b->rule_count ||
        a->user_count != b->user_count || !rights_equal(a->rights, b->rights))
        return false;
    for (size_t i = 0; i < a->rule_count; i++)
        if (!same_rule(&a->rules[i], &b->rules[i]))
            return false;
    for (size_t i = 0; i < a->user_count; i++)
        if (strcmp(a->users[i].name, b->users[i].name) != 0 ||
            strcmp(a->users[i].hash, b->users[i].hash) != 0)
            return false;
    return true;
}

/* -- what may be chosen -------------------------------------------------------------------- */

/* Methods that who passes without a word. */
static unsigned silent(const struct identity *who)
{
    return (who->known & KNOWN_UID ? AUTH_UID : 0u) | (who->known & KNOWN_CERT ? AUTH_CERT : 0u);
}

static bool password_may_cross(const struct auth_policy *p, const struct peer *peer)
{
    return peer->local || peer->tls || p->passwords_in_clear;
}

/* Methods in the list. */
static unsigned offered(const struct auth_policy *p, const struct peer *peer,
                        const struct identity *who)
{
    bool cross = password_may_cross(p, peer);
    if (!cross && (p->required & AUTH_PWORD))
        return 0; /* whatever it chooses, it will not come in: better it says nothing */
    unsigned list = p->allowed & NAMED;
    if (p->allowed & silent(who))
        list |= AUTH_NULL;
    return cross ? list : list & ~(unsigned)AUTH_PWORD;
}

size_t auth_offer(const struct auth_policy *p, const struct peer *peer, const struct identity *who,
                  char list[AUTH_LIST_MAX])
{
    unsigned shown = offered(p, peer, who);
    size_t len = 0;
    for (size_t i = 0; i < METHODS; i++) {
        if (!(shown & methods[i].method))
            continue;
        size_t name_len = strlen(methods[i].name);
        memcpy(list + len, methods[i].name, name_len);
        list[len + name_len] = ' ';
        len += name_len + 1;
    }
    return len;
}

enum why auth_no_offer(const struct auth_policy *p, const struct peer *peer)
{
    if (((p->allowed | p->required) & AUTH_PWORD) && !password_may_cross(p, peer))
        return HELLO_IN_CLEAR;
    return p->allowed & SILENT ? HELLO_NOT_KNOWN : HELLO_METHODS_NONE;
}

/* What a method that was named stands for: who chooses NULL where that is not allowed means one that it
 * passes without a word. */
static unsigned meant(const struct auth_policy *p, const struct identity *who, unsigned method)
{
    if (method != AUTH_NULL || (p->allowed & AUTH_NULL))
        return method;
    return p->allowed & silent(who) & AUTH_UID ? AUTH_UID : AUTH_CERT;
}

int auth_plan(const struct auth_policy *p, const struct peer *peer, const struct identity *who,
              const uint8_t choice[AUTH_CHOICE], uint8_t plan[AUTH_RUNS_MAX])
{
    int n = 0;
    unsigned named = 0, list = offered(p, peer, who);
    for (int slot = 0; slot < AUTH_SLOTS; slot++) {
        const char *name = (const char *)choice + slot * AUTH_NAME;
        size_t len = strnlen(name, AUTH_NAME);
        if (len == 0)
            break;
        unsigned method = method_named(name, len);
        if (!(method & list))
            return 0;
        plan[n] = (uint8_t)meant(p, who, method);
        named |= plan[n++];
    }
    if (n == 0)
        return 0;
    for (size_t i = 0; i < METHODS; i++)
        if (methods[i].method & p->required & ~named)
            plan[n++] = (uint8_t)methods[i].method;
    return n;
}

/* -- who passes ---------------------------------------------------------------------------- */

bool auth_passes(const struct auth_policy *p, enum auth_method method, const struct peer *peer,
                 const struct identity *who)
{
    switch (method) {
    case AUTH_NULL:
        return true;
    case AUTH_IP:
        return auth_check_ip(p, peer);
    case AUTH_UID:
    case AUTH_CERT:
        return silent(who) & method;
    case AUTH_PWORD:
        break;
    }
    return false;
}

/* All of these, none of which is PWORD. */
static bool passes_all(const struct auth_policy *p, unsigned list, const struct peer *peer,
                       const struct identity *who)
{
    for (size_t i = 0; i < METHODS; i++)
        if ((list & methods[i].method) && !auth_passes(p, methods[i].method, peer, who))
            return false;
    return true;
}

unsigned auth_old_client(const struct auth_policy *p, const struct peer *peer,
                         const struct identity *who)
{
    unsigned chosen = p->allowed & AUTH_IP
                          ? AUTH_IP
                          : offered(p, peer, who) & AUTH_NULL ? meant(p, who, AUTH_NULL) : 0;
    unsigned all = chosen | p->required;
    return chosen && passes_all(p, all, peer, who) ? all : 0;
}

uint64_t auth_mark(const char *hash)
{
    uint64_t mark = 0xcbf29ce484222325u; /* FNV-1a */
    for (; *hash; hash++)
        mark = (mark ^ (uint8_t)*hash) * 0x100000001b3u;
    return mark;
}

static bool password_holds(const struct auth_policy *p, const char *user, uint64_t mark)
{
    for (size_t i = 0; i < p->user_count; i++)
        if (!p->users[i].weak && strcmp(p->users[i].name, user) == 0 &&
            auth_mark(p->users[i].hash) == mark)
            return true;
    return false;
}

bool auth_lets_in(const struct auth_policy *p, unsigned passed, uint64_t mark,
                  const struct peer *peer, const struct identity *who)
{
    if ((p->required & ~passed & AUTH_PWORD) || !(passed & p->allowed))
        return false;
    if ((passed & AUTH_PWORD) &&
        (!password_may_cross(p, peer) || !password_holds(p, who->user, mark)))
        return false;
    return passes_all(p, (passed | p->required) & ~(unsigned)AUTH_PWORD, peer, who);
}
