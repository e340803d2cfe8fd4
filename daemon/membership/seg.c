/* SPDX-License-Identifier: MIT
 *
 * SEG: who is there in my segment, by ALIVE to its address. The smallest of those who hear each other
 * goes on and speaks for them (gather.c); the others are in REPD meanwhile, and count on that one.
 */
#include "daemon/membership/say.h"
#include "daemon/membership/search.h"

/* -- SEG ----------------------------------------------------------------------------------- */

static void say_we_are_here(struct core *c, usec now)
{
    c->gathering.alives_said++;
    say_alive_to_segment(c, now);
    usec wait = gathering_next_saying(c->gathering.alives_said, ms(conf_of(c)->timeouts.alive));
    arm(c, T_ALIVE, now + wait);
}

struct move seg_say_alive(struct core *c, usec now)
{
    say_we_are_here(c, now);
    return STAY;
}

struct move seg_start(struct core *c, usec now)
{
    (void)c;
    (void)now;
    return move_to(CORE_SEG, WHY_START);
}

struct move seg_begin(struct core *c, usec now)
{
    struct procset segment = segment_of(c), old = old_members(c);
    struct procset expected = procset_both(&old, &segment);
    procset_remove(&expected, self_of(c));
    c->gathering = (struct gathering){.began = now,
                                      .expected = procset_minus(&expected, &c->suspects)};
    arm(c, T_SEG, now + ms(conf_of(c)->timeouts.seg));
    await_quiet(c, conf_of(c)->timeouts.seg, now);
    say_we_are_here(c, now);
    return has_neighbours(c) ? STAY : seg_decide(c, now); /* nobody else can be here */
}

static struct move be_represented(struct core *c, uint16_t rep)
{
    c->gathering.rep = rep;
    return move_to(CORE_REPD, WHY_SPOKEN_FOR);
}

/* Of our segment, we and those who look for a ring as we do. */
static struct procset seekers(const struct core *c)
{
    struct procset all = procset_of(self_of(c)), segment = segment_of(c);
    for procset_each(i, &segment)
        if (peer_is_searching(&c->peers[i]))
            procset_add(&all, (unsigned)i);
    return all;
}

/* All whose answer is awaited have answered; or, where nobody is expected since we have just started, all
 * that the segment has, and they look for a ring, too. */
static bool all_have_answered(const struct core *c)
{
    struct hearing h = hearing_of(c);
    struct procset all = segment_of(c), others = seekers(c);
    bool all_seek = procset_equal(&all, &others);
    procset_remove(&others, self_of(c));
    return hearing_all(&h, &c->gathering.expected) || (all_seek && hearing_all(&h, &others));
}

struct move seg_decide(struct core *c, usec now)
{
    struct gathering *g = &c->gathering;
    struct hearing h = hearing_of(c);
    struct procset candidates = seekers(c);
    /* After a reload others may load their file a little later. */
    bool early = !has_lasted(c, conf_of(c)->timeouts.seg, now) && has_neighbours(c) && !all_have_answered(c);
    if (early && (g->alives_said < SAYINGS_BEFORE_QUIET || c->reloaded)) {
        arm(c, T_QUIET, c->deadlines[T_ALIVE] + 1);
        return STAY;
    }
    g->group = hearing_set(&h, &candidates);
    unsigned first = (unsigned)procset_first(&g->group);
    return first == self_of(c) ? move_to(CORE_GATHER, WHY_SMALLEST_HERE)
                               : be_represented(c, (uint16_t)first);
}

struct move seg_alive(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    struct hearing h = hearing_of(c);
    bool news = !hearing_mutual(&h, i);
    if (!in_our_segment(c, i) || !peer_said(c, i, &m->alive, now))
        return STAY;
    procset_remove(&c->suspects, i); /* it speaks, so it lives */
    if (news)
        await_quiet(c, conf_of(c)->timeouts.seg, now);
    if (!peer_lists(c, i, self_of(c)))
        arm_by(c, T_ALIVE, now + USEC_MS); /* let it hear us */
    return all_have_answered(c) ? seg_decide(c, now) : STAY;
}

/* d1, of our segment, speaks for us if it counts us in. d3, of another, is to hear of us later, and that
 * it need only wait. */
struct move seg_join(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    if (!peer_said(c, i, &m->join.alive, now))
        return STAY;
    peer_note_join(&c->peers[i], &m->join, now);
    if (in_our_segment(c, i) && m->join.kind == JOIN_SEGMENT && i < self_of(c) &&
        roster_has(&m->join.members, self_of(c), c->inc32))
        return be_represented(c, (uint16_t)i);
    if (in_our_segment(c, i))
        return STAY;
    procset_add(&c->targets, i);
    if (m->join.kind == JOIN_SEGMENT)
        say_refer(c, i, self_of(c));
    return STAY;
}

struct move seg_probe(struct core *c, const struct received *p, const union control *m, usec now)
{
    (void)now;
    procset_add(&c->targets, sender_of(p));
    if (m->probe.leader < procs_of(c))
        procset_add(&c->targets, m->probe.leader);
    epochs_see(&c->epochs, m->probe.ring.epoch);
    return STAY;
}

struct move seg_refer(struct core *c, const struct received *p, const union control *m, usec now)
{
    (void)p;
    (void)now;
    procset_add(&c->targets, m->refer.to);
    return STAY;
}

/* -- REPD ---------------------------------------------------------------------------------- */

/* d1 speaks for d2 as long as it looks for a ring for both. Once d1 is in a ring again, d2 is not in
 * it: then what d1 says is that it courts d2, which may come to nothing again and again while one of
 * them stands still now and then, and d2 must not wait without a ring for as long as that goes on. */
static void on_rep_speaks(struct core *c, unsigned i, usec now)
{
    if (i == c->gathering.rep && peer_is_searching(&c->peers[i]))
        arm(c, T_REP, now + ms(conf_of(c)->timeouts.rep));
}

struct move repd_alive(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    if (!in_our_segment(c, i) || !peer_said(c, i, &m->alive, now))
        return STAY;
    procset_remove(&c->suspects, i);
    on_rep_speaks(c, i, now);
    if (!peer_lists(c, i, self_of(c)))
        arm_by(c, T_ALIVE, now + USEC_MS);
    return STAY;
}

struct move repd_join(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    if (!peer_said(c, i, &m->join.alive, now))
        return STAY;
    peer_note_join(&c->peers[i], &m->join, now);
    on_rep_speaks(c, i, now);
    if (!in_our_segment(c, i))
        say_refer(c, i, c->gathering.rep);
    return STAY;
}

struct move repd_probe(struct core *c, const struct received *p, const union control *m, usec now)
{
    (void)now;
    epochs_see(&c->epochs, m->probe.ring.epoch);
    say_refer(c, sender_of(p), c->gathering.rep);
    return STAY;
}

struct move repd_give_up(struct core *c, usec now)
{
    procset_add(&c->suspects, c->gathering.rep);
    (void)now;
    return move_to(CORE_SEG, WHY_SPEAKER_SILENT);
}

