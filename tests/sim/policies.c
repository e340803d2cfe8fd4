/* SPDX-License-Identifier: MIT */
#include "tests/sim/policies.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/random.h"
#include "tests/sim/faults.h"

enum { TEXT = 4096 };

/* What a hash begins with that is not weak. */
static const char salt[] = "$6$simulated.";

void policy_password(char text[AUTH_PASSWORD + 1], unsigned user, unsigned password)
{
    snprintf(text, AUTH_PASSWORD + 1, "of%u.%u", user % 10, password % 10);
}

bool policy_matches(const char *password, const char *hash)
{
    return strncmp(hash, salt, strlen(salt)) == 0 && strcmp(hash + strlen(salt), password) == 0;
}

static bool mostly(struct random *r)
{
    return random_below(r, 4) != 0;
}

void policies_fill(struct policy list[POLICIES], uint64_t seed)
{
    struct random r = {seed};
    for (int i = 0; i < POLICIES; i++)
        for (int k = 0; k < POLICY_USERS; k++) {
            struct policy_user *u = &list[i].users[k];
            u->known = i == 0 || mostly(&r);
            u->connects = i == 0 || mostly(&r);
            u->password = i == 0 ? 0 : random_below(&r, POLICY_PASSWORDS);
            for (int g = 0; g < POLICY_GROUPS; g++) {
                u->joins[g] = i == 0 || mostly(&r);
                u->sends[g] = i == 0 || mostly(&r);
            }
        }
}

/* -- as files ------------------------------------------------------------------------------ */

static void add(char text[TEXT], const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(char text[TEXT], const char *format, ...)
{
    size_t len = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + len, TEXT - len, format, arguments);
    va_end(arguments);
}

/* The other clients are processes of root's. Everybody sees everything, so that what a client is told
 * depends on its groups alone. */
static void write_rights(const struct policy *p, char text[TEXT])
{
    add(text, "allow uid 0 { connect * join * send * private * }\nallow any { see * }\n");
    for (unsigned k = 0; k < POLICY_USERS; k++) {
        const struct policy_user *u = &p->users[k];
        add(text, "allow user u%u {", k);
        if (u->connects)
            add(text, " connect u%u-*", k);
        for (int g = 0; g < POLICY_GROUPS; g++) {
            if (u->joins[g])
                add(text, " join p%d", g);
            if (u->sends[g])
                add(text, " send p%d", g);
        }
        add(text, " see * }\n");
    }
}

static void write_users(const struct policy *p, char text[TEXT])
{
    for (unsigned k = 0; k < POLICY_USERS; k++) {
        char password[AUTH_PASSWORD + 1];
        policy_password(password, k, p->users[k].password);
        if (p->users[k].known)
            add(text, "u%u:%s%s\n", k, salt, password);
    }
}

struct auth_policy *policy_auth(const struct policy *p, const struct conf *conf)
{
    struct auth_policy *auth = auth_policy_new(conf);
    char rights[TEXT] = "", users[TEXT] = "";
    write_rights(p, rights);
    write_users(p, users);
    struct conf_source source = {.file = "policy", .text = rights, .len = strlen(rights)};
    auth->rights = rights_parse(&source, NULL);
    int line = auth_read_users(auth, users);
    assert(auth->rights && line == 0);
    return auth;
}

/* -- hosts take them ----------------------------------------------------------------------- */

static usec some_time(struct random *r)
{
    static const uint32_t limits_ms[] = {5, 50, 300, 1300};
    return 1 + random_next(r) % (limits_ms[random_below(r, 4)] * (usec)USEC_MS);
}

/* Mostly all hosts take the same one, each at some moment; else one takes any. */
void policies_draw(struct fault_script *s, uint64_t seed, int daemons, usec begin, usec end)
{
    struct random r = {seed};
    for (usec at = begin + some_time(&r); at < end; at += some_time(&r)) {
        uint32_t step = random_below(&r, POLICIES);
        uint32_t lone = random_below(&r, (uint32_t)daemons);
        bool all = mostly(&r);
        usec spread = some_time(&r);
        for (uint32_t i = 0; i < (uint32_t)daemons; i++)
            if (all || i == lone)
                script_add(s, &(struct fault){.at = at + random_next(&r) % spread,
                                              .kind = FAULT_POLICY,
                                              .a = (uint8_t)i,
                                              .b = (uint8_t)i,
                                              .value = step});
    }
    script_end(s, end);
}
