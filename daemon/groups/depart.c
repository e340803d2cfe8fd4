/* SPDX-License-Identifier: MIT
 *
 * A client goes. It leaves its groups in byte order of their names, all at one place of the order;
 * or, if they are very many, up to a name that its daemon has put into the message, and the rest with
 * later ones. So what others say comes in between, and a client in 200,000 groups holds up nobody.
 */
#include "daemon/groups/inside.h"

uint32_t groups_departure(const struct groups *g, const struct name *who, uint32_t most,
                          struct name *last)
{
    const struct client *c = members_client(&g->members, who);
    uint32_t units = 1;
    *last = (struct name){{0}};
    for (uint32_t i = 0; c && i < c->group_count; i++) {
        uint32_t more = group_units(c->groups[i]);
        if (i > 0 && units + more > most) {
            *last = c->groups[i - 1]->name;
            break;
        }
        units += more;
    }
    return units;
}

/* Takes c out of its first count groups. */
static void part_from(struct groups *g, struct client *c, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct group *group = c->groups[i];
        group_remove_member(&g->members, group, c);
        tell_part(g, group, c, FRAME_BY_DISCONNECT);
    }
    client_forget_first(c, count);
}

static void tell_daemon(struct groups *g, const struct client *c, enum delivery_kind kind)
{
    if (c->local)
        start_delivery(g, kind, (struct message){0})->who = c->name;
}

void depart_up_to(struct groups *g, const struct name *who, const struct name *last)
{
    struct client *c = members_client(&g->members, who);
    if (!c)
        return;
    c->session = NULL;
    part_from(g, c, client_groups_up_to(c, last));
    tell_daemon(g, c, DELIVERY_PARTED);
    forget_if_idle(g, c);
}

void depart(struct groups *g, const struct name *who)
{
    struct client *c = members_client(&g->members, who);
    if (!c)
        return;
    c->session = NULL;
    part_from(g, c, c->group_count);
    tell_daemon(g, c, DELIVERY_DEPARTED);
    members_drop_client(&g->members, c);
}
