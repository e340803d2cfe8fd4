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

static bool names(const struct statement *s, const struct name *name)
{
    for (unsigned i = 0; i < s->group_count; i++)
        if (name_equal(&s->groups[i].name, name))
            return true;
    return false;
}

/* A group to which others were sent here than the statement says; "": not known. Only of the last mark
 * is it known what groups had at it. Where the statement has room for more groups, it names all. */
static struct name find_group(struct groups *g, const struct statement *s)
{
    const struct agreement *a = &g->agreement;
    if (s->mark != a->mark)
        return (struct name){{0}};
    for (unsigned i = 0; i < s->group_count; i++)
        if (s->groups[i].digest != digest_of(g, &s->groups[i].name))
            return s->groups[i].name;
    for (unsigned i = 0; s->group_count < STATEMENT_GROUPS && i < a->said_count; i++)
        if (!names(s, &a->said[i]))
            return a->said[i];
    return (struct name){{0}};
}

bool hear_statement(struct groups *g, const struct message *m, uint16_t origin)
{
    struct statement s;
    struct reader r = reader_of(m->frame, m->len);
    if (!statement_take(&r, &s))
        return false;
    if (s.tag != g->agreement.tag)
        return true; /* it was made in a view that is over */
    if (is_wanted(g) && agreement_hears(&g->agreement, &s, origin, &g->disagreement)) {
        if (g->disagreement.why != DISAGREE_LAST)
            g->disagreement.group = find_group(g, &s);
        start_delivery(g, DELIVERY_DISAGREEMENT, (struct message){0});
    }
    agreement_mark(&g->agreement);
    return true;
}

const struct disagreement *groups_disagreement(const struct groups *g)
{
    return &g->disagreement;
}
