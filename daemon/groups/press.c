/* SPDX-License-Identifier: MIT
 *
 * Clients that do not keep up: what other daemons say of theirs, and what is asked about a message before
 * it is let in.
 */
#include <string.h>

#include "daemon/config/conf.h"
#include "daemon/groups/inside.h"
#include "daemon/packet/pressure.h"

bool groups_press(struct groups *g, const struct name *who, uint8_t waits, usec until)
{
    return pressing_set(&g->pressing, who, waits, until);
}

bool groups_ease(struct groups *g, usec now)
{
    return pressing_expire(&g->pressing, now);
}

usec groups_ease_at(const struct groups *g)
{
    return pressing_deadline(&g->pressing);
}

static const char *daemon_name(const struct groups *g, uint16_t daemon)
{
    const struct conf *conf = g->in_force->conf;
    return daemon < conf->daemon_count ? conf->daemons[daemon].name : NULL;
}

bool hear_pressure(struct groups *g, const struct message *m, uint16_t origin)
{
    struct pressure p;
    struct reader r = reader_of(m->frame, m->len);
    const char *daemon = daemon_name(g, origin);
    if (!pressure_take(&r, &p))
        return false;
    if (daemon && origin != g->in_force->self) {
        struct pending *news = start_delivery(g, DELIVERY_PRESSURE, (struct message){0});
        news->who = name_private(p.connection, daemon);
        news->waits = p.waits;
    }
    return true;
}

/* Which messages to that group or client wait. */
static uint8_t waits_at(struct groups *g, const uint8_t *field)
{
    if (field[NAME_FIELD - 1] != 0 && !memchr(field, 0, NAME_FIELD))
        return 0; /* no name at all */
    struct name name = name_from_field(field);
    if (name_is_private(&name))
        return pressing_client(&g->pressing, &name);
    struct group *group = members_group(&g->members, &name);
    return group ? pressing_group(&g->pressing, &g->members, group) : 0;
}

bool groups_are_pressed(struct groups *g, uint32_t type, const uint8_t *frame, uint32_t group_count)
{
    uint32_t asked = type & FRAME_SERVICES ? group_count : group_count > 0;
    const uint8_t *fields = frame + FRAME_HEADER;
    unsigned waits = 0;
    if (g->pressing.count == 0)
        return false;
    for (uint32_t i = 0; i < asked; i++)
        waits |= waits_at(g, fields + (size_t)i * NAME_FIELD);
    if (!waits)
        return false;
    enum slow_policy policy = slow_policy_of_groups(&g->in_force->conf->slow_readers, fields, asked);
    return waits & pressure_kind(policy, type & FRAME_UNRELIABLE);
}
