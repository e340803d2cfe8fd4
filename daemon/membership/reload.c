/* SPDX-License-Identifier: MIT
 *
 * Another configuration while we run. A daemon stays who it is if name, id, address and port are
 * the same, though its index may be another; its life, its counters and what the old ring owes go
 * on. Daemons that are no more become ghosts until the next view, which cannot have them.
 */
#include <assert.h>
#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/membership/inside.h"

void core_on_options(struct core *c)
{
    ring_on_options(c->ring);
}

static void move_peers(struct core *c, const uint16_t map[PROCS_MAX])
{
    int new_count = procs_of(c);
    struct peer *peers = memory_new((size_t)new_count * sizeof *peers);
    for (int i = 0; i < c->peer_count; i++) {
        free(c->peers[i].join); /* speaks in old indices, as does what was said */
        c->peers[i].join = NULL;
        c->peers[i].join_at = c->peers[i].said_at = 0;
        c->peers[i].patience = (struct patience){0};
        if (map[i] < new_count)
            peers[map[i]] = c->peers[i];
    }
    free(c->peers);
    c->peers = peers;
    c->peer_count = new_count;
}

/* Not before the start, for no second of the wall clock is known; not while RECOVERED binds us to
 * deliver what a daemon has sent that the next configuration may not have. */
bool core_may_reload(const struct core *c)
{
    bool is_free = c->state == CORE_OPER || c->state == CORE_SEG || c->state == CORE_REPD ||
                   c->state == CORE_GATHER;
    return is_free && c->deadlines[T_START] == NEVER && procset_empty(&c->obligations);
}

void core_on_renumbered(struct core *c, const uint16_t map[PROCS_MAX], usec now)
{
    assert(core_may_reload(c) && outlet_is_empty(&c->outlet));
    form_reset(c);
    preparing_reset(c);
    ring_stop(c->ring);
    move_peers(c, map);
    split_inbox_free(c->split);
    c->split = split_inbox_new(procs_of(c));
    c->engaged = self_of(c);
    c->outlet.packet_size = largest_packet(c); /* what was agreed on held for the view */
    c->suspects = c->leaving = c->targets = c->questions = (struct procset){{0}};
    c->pairs = (struct pairs){0};
    ring_renumber(c->ring, map);
    core_on_options(c);
    c->reloaded = true;
    c->born_at = now;
    states_move(c, move_to(CORE_SEG, WHY_RELOAD), now);
}
