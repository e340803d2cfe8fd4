/* SPDX-License-Identifier: MIT
 *
 * The proof of agreement (agreement.h) on the tables of groups: what this daemon says to the others of
 * what it has delivered, and what it finds when they speak.
 */
#include "daemon/groups/agreement.h"

#include "daemon/groups/inside.h"
#include "daemon/packet/statement.h"

/* CheckAgreement: off at once, on again with the next view, for digests have no beginning in this one. */
static bool is_wanted(const struct groups *g)
{
    return g->in_force->conf->check_agreement;
}

void agree_on_view(struct groups *g)
{
    struct procset with_us = view_synced_set(&g->next, g->in_force->self);
    agreement_on_view(&g->agreement, is_wanted(g), g->in_force->self,
                      g->next.tag, &g->next.members, &with_us);
}

/* The digest of a group at the last mark, for as long as there is one of that name. */
static uint64_t digest_of(struct groups *g, const struct name *name)
{
    const struct group *group = members_group(&g->members, name);
    return group ? agreement_at_mark(&g->agreement, &group->agreed) : 0;
}

usec groups_speak_at(const struct groups *g)
{
    return is_wanted(g) ? agreement_deadline(&g->agreement) : NEVER;
}

void groups_speak(struct groups *g, usec now)
{
    struct statement s;
    if (!is_wanted(g) || !agreement_speaks(&g->agreement, now, &s))
        return;
    for (unsigned i = 0; i < s.group_count; i++)
        s.groups[i].digest = digest_of(g, &s.groups[i].name);
    struct message m = {.block = block_new(STATEMENT_MAX)};
    struct writer w = writer_of(m.block->bytes, STATEMENT_MAX);
    statement_give(&w, &s);
    m.frame = m.block->bytes;
    m.len = (uint32_t)writer_len(&w);
    start_delivery(g, DELIVERY_CONTROL, m);
}

bool hear_statement(struct groups *g, const struct message *m, uint16_t origin)
{
    struct statement s;
    uint64_t mine[STATEMENT_GROUPS];
    struct reader r = reader_of(m->frame, m->len);
    if (!statement_take(&r, &s))
        return false;
    if (s.tag != g->agreement.tag)
        return true; /* it was made in a view that is over */
    for (unsigned i = 0; i < s.group_count; i++)
        mine[i] = digest_of(g, &s.groups[i].name);
    if (is_wanted(g) && agreement_hears(&g->agreement, &s, mine, origin, &g->disagreement))
        start_delivery(g, DELIVERY_DISAGREEMENT, (struct message){0});
    agreement_mark(&g->agreement);
    return true;
}

const struct disagreement *groups_disagreement(const struct groups *g)
{
    return &g->disagreement;
}
