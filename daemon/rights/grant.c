/* SPDX-License-Identifier: MIT
 *
 * What an identity may: the clauses of all rules that are for it, by right.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/base/pattern.h"
#include "daemon/rights/inside.h"

enum { KNOWN_NAMES = 64 }; /* a power of two */

struct grant {
    struct grant *next;
    bool *holds; /* of each rule */
    const struct clause **clauses[RIGHTS];
    size_t count[RIGHTS];
    bool all[RIGHTS]; /* "*" is among them */
    struct name known[RIGHTS][KNOWN_NAMES]; /* names that were found allowed, by their hash */
};

/* -- making ----------------------------------------------------------------------------------- */

static bool is_holder(const struct holder *h, const struct identity *who)
{
    switch (h->kind) {
    case HOLDER_ANY:
        return true;
    case HOLDER_USER:
        return (who->known & KNOWN_USER) && pattern_fits(h->pattern, who->user);
    case HOLDER_CERT:
        return (who->known & KNOWN_CERT) && pattern_fits(h->pattern, who->cert);
    case HOLDER_UID:
        return (who->known & KNOWN_UID) && who->uid == h->id;
    case HOLDER_GID:
        return identity_has_gid(who, h->id);
    case HOLDER_IP:
        return (who->known & KNOWN_IP) && ip_is_in(&who->ip, &h->network, h->prefix_len);
    }
    return false;
}

static bool is_for(const struct rule *rule, const struct identity *who)
{
    for (size_t i = 0; i < rule->holder_count; i++)
        if (is_holder(&rule->holders[i], who))
            return true;
    return false;
}

static void add_rule(struct grant *g, const struct rule *rule)
{
    for (size_t i = 0; i < rule->clause_count; i++) {
        const struct clause *c = &rule->clauses[i];
        size_t n = g->count[c->right]++;
        g->clauses[c->right] = memory_grow(g->clauses[c->right], (n + 1) * sizeof(void *));
        g->clauses[c->right][n] = c;
        g->all[c->right] |= strcmp(c->pattern, "*") == 0;
    }
}

struct grant *rights_grant(struct rights *r, const struct identity *who)
{
    bool *holds = memory_new(r->rule_count + 1);
    for (size_t i = 0; i < r->rule_count; i++)
        holds[i] = is_for(&r->rules[i], who);
    for (struct grant *g = r->grants; g; g = g->next) {
        if (memcmp(g->holds, holds, r->rule_count) == 0) {
            free(holds);
            return g;
        }
    }
    struct grant *g = memory_new(sizeof *g);
    g->holds = holds;
    g->next = r->grants;
    r->grants = g;
    for (size_t i = 0; i < r->rule_count; i++)
        if (holds[i])
            add_rule(g, &r->rules[i]);
    return g;
}

void grants_free(struct grant *first)
{
    for (struct grant *g = first, *next; g; g = next) {
        next = g->next;
        for (int i = 0; i < RIGHTS; i++)
            free(g->clauses[i]);
        free(g->holds);
        free(g);
    }
}

/* -- asking ----------------------------------------------------------------------------------- */

/* "#bob#d1": bob#d1 where the pattern says of which daemon, else bob. */
static bool fits_private(const struct clause *c, const struct name *name)
{
    char client[NAME_FIELD];
    memcpy(client, name->text + 1, NAME_FIELD - 1);
    client[NAME_FIELD - 1] = '\0';
    if (!c->whole)
        client[strcspn(client, "#")] = '\0';
    return pattern_fits(c->pattern, client);
}

int grant_line(const struct grant *g, enum right right, const struct name *name)
{
    for (size_t i = 0; i < g->count[right]; i++) {
        const struct clause *c = g->clauses[right][i];
        bool fits = right == MAY_PRIVATE ? fits_private(c, name) : pattern_fits(c->pattern, name->text);
        if (fits)
            return c->line;
    }
    return 0;
}

static struct name *place_of(struct grant *g, enum right right, const struct name *name)
{
    uint64_t words[NAME_FIELD / 8], mix = 0;
    memcpy(words, name->text, NAME_FIELD);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        mix = (mix ^ words[i]) * 0x9e3779b97f4a7c15u;
    return &g->known[right][(mix >> 32) % KNOWN_NAMES];
}

bool grant_permits(struct grant *g, enum right right, const struct name *name)
{
    if (g->all[right])
        return true;
    struct name *known = place_of(g, right, name);
    if (name->text[0] && name_equal(known, name))
        return true;
    if (grant_line(g, right, name) == 0)
        return false;
    *known = *name;
    return true;
}

bool grant_permits_all(const struct grant *g, enum right right)
{
    return g->all[right];
}
