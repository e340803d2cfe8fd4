/* SPDX-License-Identifier: MIT */
#include "daemon/session/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"

static const struct {
    enum auth_method method;
    const char *name;
} methods[] = {{AUTH_NULL, "NULL"}, {AUTH_IP, "IP"}, {AUTH_PWORD, "PWORD"}};

enum { METHODS = sizeof methods / sizeof methods[0] };

const char *auth_peer_text(const struct peer *p, char text[PEER_TEXT])
{
    char ip[IP_TEXT];
    if (p->local)
        snprintf(text, PEER_TEXT, "the Unix socket");
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
    return p;
}

void auth_policy_free(struct auth_policy *p)
{
    if (!p)
        return;
    free(p->rules);
    free(p->users);
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
        a->tls_require != b->tls_require || a->rule_count != b->rule_count ||
        a->user_count != b->user_count)
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

size_t auth_offer(const struct auth_policy *p, char list[AUTH_LIST_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < METHODS; i++)
        if (p->allowed & methods[i].method)
            len += (size_t)snprintf(list + len, AUTH_LIST_MAX - len, "%s ", methods[i].name);
    return len;
}

int auth_plan(const struct auth_policy *p, const uint8_t choice[AUTH_CHOICE],
              enum auth_method plan[AUTH_RUNS_MAX])
{
    int n = 0;
    unsigned named = 0;
    for (int slot = 0; slot < AUTH_SLOTS; slot++) {
        const char *name = (const char *)choice + slot * AUTH_NAME;
        size_t len = strnlen(name, AUTH_NAME);
        if (len == 0)
            break;
        unsigned method = method_named(name, len);
        if (!(method & p->allowed))
            return 0;
        plan[n++] = (enum auth_method)method;
        named |= method;
    }
    if (n == 0)
        return 0;
    for (size_t i = 0; i < METHODS; i++)
        if (methods[i].method & p->required & ~named)
            plan[n++] = methods[i].method;
    return n;
}

enum auth_method auth_for_old_client(const struct auth_policy *p)
{
    return p->allowed & AUTH_IP ? AUTH_IP : p->allowed & AUTH_NULL;
}
