/* SPDX-License-Identifier: MIT */
#include "daemon/membership/say.h"

enum { BODY_MAX = 16 << 10 };

static void send_body(struct core *c, const struct destination *to, enum packet_type type,
                      const struct writer *w)
{
    outlet_control(&c->outlet, to, type, 0, w->start, writer_len(w));
}

static void send_to(struct core *c, unsigned to, enum packet_type type, const struct writer *w)
{
    struct destination d = to_proc(to);
    send_body(c, &d, type, w);
}

/* -- who is there -------------------------------------------------------------------------- */

static void fill_alive(struct core *c, struct alive *m, usec now)
{
    *m = (struct alive){
        .state = (uint8_t)c->state,
        .ring = *ring_id(c->ring),
        .promised = c->epochs.promised,
        .saying = sayings_next(&c->sayings, now),
        .suspects = c->suspects,
    };
    peers_heard(c->peers, c->peer_count, self_of(c), peer_silence(c), m, now);
}

static void send_alive(struct core *c, const struct destination *to, const struct alive *m)
{
    uint8_t body[BODY_MAX];
    struct writer w = writer_of(body, sizeof body);
    alive_encode(&w, m, procs_of(c));
    send_body(c, to, PACKET_ALIVE, &w);
}

void say_alive(struct core *c, const struct destination *to, usec now)
{
    struct alive m;
    fill_alive(c, &m, now);
    send_alive(c, to, &m);
}

void say_alive_to_life(struct core *c, unsigned to, uint32_t inc, uint32_t saying, usec now)
{
    struct destination d = to_proc(to);
    struct alive m;
    fill_alive(c, &m, now);
    roster_add(&m.heard, to, inc);
    m.heard_sayings[to] = saying;
    send_alive(c, &d, &m);
}

void say_alive_to_segment(struct core *c, usec now)
{
    struct destination to = {.kind = TO_SEGMENT};
    if (has_neighbours(c))
        say_alive(c, &to, now);
}

/* For whom a JOIN speaks: the ring, or the part of the segment that SEG has found. */
static void fill_members(const struct core *c, struct join *m)
{
    const struct procset *who =
        m->kind == JOIN_RING ? &ring_members(c->ring)->in : &c->gathering.group;
    for procset_each(i, who) {
        uint32_t inc = m->kind == JOIN_RING ? ring_members(c->ring)->inc[i]
                                            : peer_inc32(c, (unsigned)i);
        if (inc == 0)
            continue;
        roster_add(&m->members, (unsigned)i, inc);
        m->sayings[i] = i == self_of(c) ? c->sayings.last : c->peers[i].saying;
    }
}

void say_join(struct core *c, unsigned to, enum join_kind kind, usec now)
{
    uint8_t body[BODY_MAX];
    struct writer w = writer_of(body, sizeof body);
    struct join m = {.kind = (uint8_t)kind,
                     .engaged = kind == JOIN_RING ? c->engaged : c->gathering.engaged};
    fill_alive(c, &m.alive, now);
    fill_members(c, &m);
    m.bad_count = pairs_list(&c->pairs, m.bad, now);
    join_encode(&w, &m, procs_of(c));
    send_to(c, to, PACKET_JOIN, &w);
    c->peers[to].joined_at = now;
    c->peers[to].joined_saying = m.alive.saying;
}

void say_refer(struct core *c, unsigned to, unsigned whom)
{
    uint8_t body[8];
    struct writer w = writer_of(body, sizeof body);
    struct refer m = {.to = (uint16_t)whom};
    if (whom == to || whom == NO_PROC)
        return;
    refer_encode(&w, &m);
    send_to(c, to, PACKET_REFER, &w);
}

void say_probe(struct core *c, unsigned to, usec now)
{
    uint8_t body[32];
    struct writer w = writer_of(body, sizeof body);
    struct probe m = {.ring = *ring_id(c->ring), .leader = ring_leader(c->ring)};
    probe_encode(&w, &m);
    send_to(c, to, PACKET_PROBE, &w);
    c->peers[to].probed_at = now;
}

void say_suspect(struct core *c, unsigned whom, enum suspicion reason)
{
    uint8_t body[32];
    struct writer w = writer_of(body, sizeof body);
    struct suspect m = {.ring = *ring_id(c->ring),
                        .index = (uint16_t)whom,
                        .inc = ring_members(c->ring)->inc[whom],
                        .reason = (uint8_t)reason};
    struct destination to = to_proc(ring_leader(c->ring));
    if (reason != SUSPECT_MUTE) {
        to = (struct destination){.kind = TO_SET, .set = ring_members(c->ring)->in};
        procset_remove(&to.set, self_of(c));
    }
    suspect_encode(&w, &m);
    send_body(c, &to, PACKET_SUSPECT, &w);
}

void say_leave(struct core *c, const struct destination *to)
{
    uint8_t body[32];
    struct writer w = writer_of(body, sizeof body);
    struct leave m = {.ring = *ring_id(c->ring)};
    leave_encode(&w, &m);
    send_body(c, to, PACKET_LEAVE, &w);
}

/* -- trying a merge ------------------------------------------------------------------------ */

void say_prepare(struct core *c, unsigned to)
{
    uint8_t body[BODY_MAX];
    struct writer w = writer_of(body, sizeof body);
    struct prepare m = {.prep = c->preparing.prep, .members = c->preparing.members};
    prepare_encode(&w, &m);
    send_to(c, to, PACKET_PREPARE, &w);
}

void say_ready(struct core *c, const struct roster *heard, usec now)
{
    uint8_t body[BODY_MAX];
    struct writer w = writer_of(body, sizeof body);
    struct ready m = {.prep = c->preparing.prep,
                      .saying = sayings_next(&c->sayings, now),
                      .promised = c->epochs.promised,
                      .heard = *heard};
    ready_encode(&w, &m);
    send_to(c, c->preparing.coordinator, PACKET_READY, &w);
}

void say_hopchk(struct core *c, const struct destination *to, uint64_t tag)
{
    uint8_t body[8];
    struct writer w = writer_of(body, sizeof body);
    struct hopchk m = {.tag = tag};
    hopchk_encode(&w, &m);
    send_body(c, to, PACKET_HOPCHK, &w);
}

/* -- a new ring ---------------------------------------------------------------------------- */

void say_propose(struct core *c, unsigned to)
{
    uint8_t body[BODY_MAX];
    struct writer w = writer_of(body, sizeof body);
    struct propose m = {
        .ring = c->forming.ring,
        .supersedes = c->forming.row.last,
        .members = c->forming.members,
        .echo = (uint8_t)c->forming.row.echo,
        .tag = c->forming.lead.echo_tag,
        .echoed = c->forming.row.echoes[to],
    };
    propose_encode(&w, &m);
    send_to(c, to, PACKET_PROPOSE, &w);
}

void say_accept(struct core *c)
{
    uint8_t body[BODY_MAX];
    struct writer w = writer_of(body, sizeof body);
    accept_encode(&w, &c->forming.own.accept, procs_of(c));
    send_to(c, c->forming.ring.leader, PACKET_ACCEPT, &w);
}

void say_refuse(struct core *c, unsigned to, const struct ring_id *ring, enum refusal reason)
{
    uint8_t body[64];
    struct writer w = writer_of(body, sizeof body);
    struct refuse m = {.ring = *ring, .reason = (uint8_t)reason, .promised = c->epochs.promised};
    if (reason == REFUSE_BUSY)
        m.busy = c->forming.ring;
    refuse_encode(&w, &m);
    send_to(c, to, PACKET_REFUSE, &w);
}

void say_commit(struct core *c, unsigned to, const struct commit *m)
{
    uint8_t body[BODY_MAX];
    struct writer w = writer_of(body, sizeof body);
    commit_encode(&w, m, procs_of(c));
    send_to(c, to, PACKET_COMMIT, &w);
}

void say_rnack(struct core *c, const struct destination *to, uint8_t attempt)
{
    uint8_t body[BODY_MAX];
    struct writer w = writer_of(body, sizeof body);
    struct rnack m = {.ring = c->forming.ring, .attempt = attempt};
    ring_missing(c->ring, &m.missing);
    rnack_encode(&w, &m);
    send_body(c, to, PACKET_RNACK, &w);
}

void say_recovered(struct core *c)
{
    uint8_t body[32];
    struct writer w = writer_of(body, sizeof body);
    struct recovered m = {.ring = c->forming.ring,
                          .nonce = c->forming.own.accept.nonce,
                          .predecessor = c->forming.own.predecessor};
    recovered_encode(&w, &m);
    send_to(c, c->forming.ring.leader, PACKET_RECOVERED, &w);
}

void say_form_ring(struct core *c, enum packet_type type, unsigned to, const struct ring_id *ring)
{
    uint8_t body[32];
    struct writer w = writer_of(body, sizeof body);
    struct form_ring m = {.ring = *ring};
    form_ring_encode(&w, &m);
    send_to(c, to, type, &w);
}
