/* SPDX-License-Identifier: MIT */
#include "daemon/monitor/freshness.h"

static bool has_come(const struct freshness *f, const struct envelope *e)
{
    for (int i = 0; i < FRESH_COMMANDS; i++)
        if (f->commands[i].until > 0 && f->commands[i].life == e->life &&
            f->commands[i].number == e->number)
            return true;
    return false;
}

enum monitor_trust freshness_take(struct freshness *f, const struct envelope *e, uint64_t life, usec now)
{
    struct fresh_command *place = &f->commands[f->next];
    bool of_now = e->moment.life == life && e->moment.at <= now && now <= e->moment.at + FRESH_US;
    if (!of_now)
        return TRUST_STALE;
    if (has_come(f, e))
        return TRUST_AGAIN;
    if (now <= place->until)
        return TRUST_STALE; /* there were so many that this one cannot be remembered */
    *place = (struct fresh_command){e->life, e->number, now + FRESH_US};
    f->next = (f->next + 1) % FRESH_COMMANDS;
    return TRUST_SEALED;
}
