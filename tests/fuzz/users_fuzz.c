/* SPDX-License-Identifier: MIT
 *
 * Any bytes as spread.access_pword and spread.access_ip: refused at a line that is there, with nothing
 * changed, or users and networks that can be asked about.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/session/auth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_users(const struct auth_policy *p)
{
    for (size_t i = 0; i < p->user_count; i++) {
        uint8_t credentials[AUTH_PWORD_LEN] = {0};
        size_t at = 0;
        const struct auth_user *u = &p->users[i];
        assert(u->name[0] && strlen(u->hash) >= 13 && strlen(u->hash) <= AUTH_HASH);
        memcpy(credentials, u->name, strlen(u->name));
        bool found = auth_find_user(p, credentials, &at);
        assert(found || auth_is_weak(p, credentials));
        assert(!found || (!p->users[at].weak && strcmp(p->users[at].name, u->name) == 0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct conf conf = {.auth_written = true, .allowed_auth = "PWORD"};
    struct auth_policy *p = auth_policy_new(&conf);
    char *text = malloc(size + 1);
    int lines = 1;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    int bad = auth_read_users(p, text);
    assert(bad >= 0 && bad <= lines && (bad == 0 || p->user_count == 0));
    check_users(p);
    bad = auth_read_rules(p, text);
    assert(bad >= 0 && bad <= lines && (bad == 0 || p->rule_count == 0));
    static const struct peer peer = {.ip = {.family = 6, .bytes = {0xfd}}};
    auth_check_ip(p, &peer);
    auth_policy_free(p);
    free(text);
    return 0;
}
