/* SPDX-License-Identifier: MIT
 *
 * The two files behind the methods IP and PWORD: who may come from where, and with which password.
 */
#include "daemon/session/auth.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"

/* -- spread.access_ip ---------------------------------------------------------------------- */

static bool rule_covers(const struct auth_rule *r, const struct ip *ip)
{
    return !r->local_sockets && ip_is_in(ip, &r->network, r->prefix_len);
}

bool auth_check_ip(const struct auth_policy *p, const struct peer *peer)
{
    for (size_t i = 0; i < p->rule_count; i++) {
        const struct auth_rule *r = &p->rules[i];
        if (peer->local ? r->local_sockets : rule_covers(r, &peer->ip))
            return true;
    }
    return false;
}

static bool read_rule(struct auth_rule *r, const char *text)
{
    *r = (struct auth_rule){0};
    if (strcmp(text, "unix") == 0) {
        r->local_sockets = true;
        return true;
    }
    if (strcmp(text, "local") == 0) {
        r->network = (struct ip){.family = 4, .bytes = {127}};
        r->prefix_len = 8;
        return true;
    }
    return ip_parse_network(&r->network, &r->prefix_len, text);
}

/* Cuts the next line out of *text into line: without comment and blanks around it, "" if nothing
 * is left. False at the end. A line that is too long is cut, and malformed for sure. */
static bool next_line(const char **text, char *line, size_t size)
{
    if (**text == '\0')
        return false;
    size_t len = strcspn(*text, "\n");
    size_t blanks = strspn(*text, " \t\r");
    size_t first = blanks < len ? blanks : len;
    size_t last = len;
    while (last > first && strchr(" \t\r", (*text)[last - 1]))
        last--;
    size_t keep = last - first < size - 1 ? last - first : size - 1;
    memcpy(line, *text + first, keep);
    line[keep] = '\0';
    if (line[0] == '#')
        line[0] = '\0';
    *text += len + ((*text)[len] == '\n');
    return true;
}

int auth_read_rules(struct auth_policy *p, const char *text)
{
    struct auth_rule *rules = NULL;
    size_t count = 0;
    char line[256];

    for (int number = 1; next_line(&text, line, sizeof line); number++) {
        if (!line[0])
            continue;
        rules = memory_grow(rules, (count + 1) * sizeof *rules);
        if (!read_rule(&rules[count++], line)) {
            free(rules);
            return number;
        }
    }
    free(p->rules);
    p->rules = rules;
    p->rule_count = count;
    return 0;
}

/* -- spread.access_pword ------------------------------------------------------------------- */

/* "user:hash" */
static bool read_user(struct auth_user *u, const char *line)
{
    size_t len = strcspn(line, ":");
    if (len == 0 || len > AUTH_USER || line[len] != ':')
        return false;
    const char *hash = line + len + 1;
    if (strlen(hash) < 13 || strlen(hash) >= sizeof u->hash)
        return false;
    *u = (struct auth_user){0};
    memcpy(u->name, line, len);
    memcpy(u->hash, hash, strlen(hash));
    u->weak = crypt_checksalt(hash) != CRYPT_SALT_OK;
    return true;
}

int auth_read_users(struct auth_policy *p, const char *text)
{
    struct auth_user *users = NULL;
    size_t count = 0;
    char line[256];

    for (int number = 1; next_line(&text, line, sizeof line); number++) {
        if (!line[0])
            continue;
        users = memory_grow(users, (count + 1) * sizeof *users);
        if (!read_user(&users[count++], line)) {
            free(users);
            return number;
        }
    }
    free(p->users);
    p->users = users;
    p->user_count = count;
    return 0;
}

static bool has_name(const struct auth_user *u, const uint8_t credentials[AUTH_PWORD_LEN])
{
    char name[AUTH_USER + 1] = {0};
    memcpy(name, credentials, AUTH_USER);
    return strcmp(u->name, name) == 0;
}

bool auth_find_user(const struct auth_policy *p, const uint8_t credentials[AUTH_PWORD_LEN],
                    size_t *at)
{
    for (; *at < p->user_count; (*at)++)
        if (!p->users[*at].weak && has_name(&p->users[*at], credentials))
            return true;
    return false;
}

bool auth_is_weak(const struct auth_policy *p, const uint8_t credentials[AUTH_PWORD_LEN])
{
    for (size_t i = 0; i < p->user_count; i++)
        if (p->users[i].weak && has_name(&p->users[i], credentials))
            return true;
    return false;
}
