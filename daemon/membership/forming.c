/* SPDX-License-Identifier: MIT
 *
 * Making a ring: what its coordinator and its members do alike, from the acceptance that freezes
 * the old ring by way of the plan to the new ring, and how it is given up. form.c has the
 * coordinator's part, accept.c the members'.
 */
#include "daemon/membership/inside.h"

enum {
    PACKET_SIZE_IPV4 = 1472, /* what fits an Ethernet frame */
    PACKET_SIZE_IPV6 = 1452,
};

void form_reset(struct core *c)
{
    forming_end(&c->forming);
    disarm(c, T_RESEND);
    disarm(c, T_PACE);
    disarm(c, T_FORM);
}

size_t largest_packet(const struct core *c)
{
    if (conf_of(c)->packet_size)
        return conf_of(c)->packet_size;
    return conf_of(c)->ip_version == 6 ? PACKET_SIZE_IPV6 : PACKET_SIZE_IPV4;
}

void make_accept(struct core *c, const struct ring_id *ring, struct accept *a)
{
    *a = (struct accept){0};
    ring_freeze(c->ring, a);
    a->ring = *ring;
    a->nonce = (uint32_t)random_next(&c->random);
    a->obligations = c->obligations;
    a->promised = c->epochs.promised;
    a->capacity = c->setup.capacity;
    a->packet_size = (uint16_t)largest_packet(c);
}

struct move recov_begin(struct core *c, const struct commit *plan)
{
    struct forming *f = &c->forming;
    ring_plan(c->ring, plan);
    f->members = plan->members;
    f->own.together = plan->together;
    procset_remove(&f->own.together, self_of(c));
    f->own.owed = plan->obligations;
    f->own.packet_size = plan->packet_size;
    f->own.share = plan->resend;
    int before = procset_predecessor(&f->members.in, self_of(c));
    f->own.predecessor = procset_count(&f->members.in) == 1 ||
                     peer_has_hop_tag(&c->peers[before], ring_id_tag(&f->ring));
    return move_to(CORE_RECOV, WHY_ALL_ACCEPTED);
}

/* -- INSTALL ------------------------------------------------------------------------------- */

/* Those who are missing are. Otherwise it may be us, or they have not read their file yet. */
static bool is_whole_without(const struct core *c, const struct procset *old)
{
    return !c->reloaded &&
           (procset_count(&ring_members(c->ring)->in) > 1 || procset_count(old) == 2);
}

static void note_absences(struct core *c, const struct procset *old, usec now)
{
    const struct procset *in = &ring_members(c->ring)->in;
    bool is_whole = is_whole_without(c, old);
    for (unsigned i = 0; i < (unsigned)procs_of(c); i++) {
        if (procset_has(in, i)) {
            c->peers[i].lost_at = 0;
            silent_over(c, i, now);
        } else if (procset_has(old, i)) {
            c->peers[i].lost_at = now;
            if (is_whole)
                silent_lost(c, i, now);
        }
        c->peers[i].stale = c->peers[i].referred = c->peers[i].misled = 0;
    }
}

struct move install(struct core *c, enum why why, usec now)
{
    struct procset old = ring_members(c->ring)->in;
    uint16_t packet_size = c->forming.own.packet_size;
    ring_install(c->ring, now);
    c->outlet.packet_size = packet_size;
    c->obligations = (struct procset){{0}};
    c->suspects = (struct procset){{0}};
    c->leaving = (struct procset){{0}};
    c->targets = (struct procset){{0}};
    c->engaged = self_of(c);
    c->views_installed++;
    epochs_see(&c->epochs, ring_id(c->ring)->epoch);
    note_absences(c, &old, now);
    c->reloaded = false;
    lull_begin(&c->lull, ms(conf_of(c)->timeouts.lookup), now);
    return move_to(CORE_OPER, why);
}
