/* SPDX-License-Identifier: MIT */
#include "daemon/net/route.h"

static void add(struct routes *out, bool segment, int proc)
{
    out->list[out->count++] = (struct route){.segment = segment, .proc = (uint16_t)proc};
}

static void add_each(struct routes *out, const struct procset *set)
{
    for procset_each(i, set)
        add(out, false, i);
}

/* The first of each segment passes it on to the others there. */
static void add_heads(const struct conf *conf, struct routes *out, const struct procset *set)
{
    int last = -1;
    for procset_each(i, set) {
        if (conf->daemons[i].segment != last)
            add(out, false, i);
        last = conf->daemons[i].segment;
    }
}

void route(const struct conf *conf, uint16_t self, const struct destination *to, bool token_port,
           struct routes *out)
{
    struct procset mine = conf_segment_set(conf, conf->daemons[self].segment);
    struct procset near = procset_both(&to->set, &mine), far = procset_minus(&to->set, &mine);
    out->count = 0;
    switch (to->kind) {
    case TO_PROC:
        add(out, false, to->proc);
        return;
    case TO_SEGMENT:
        add(out, true, 0);
        return;
    case TO_SET:
    case TO_RING:
        break;
    }
    procset_remove(&near, self);
    if (procset_count(&near) >= 2 && !token_port)
        add(out, true, 0);
    else
        add_each(out, &near);
    if (to->kind == TO_RING)
        add_heads(conf, out, &far);
    else
        add_each(out, &far);
}

bool route_relays(const struct conf *conf, uint16_t self, const struct received *p)
{
    const struct packet_header *h = &p->header;
    int mine = conf->daemons[self].segment;
    return h->type == PACKET_DATA && (h->flags & PACKET_SEGFWD) && p->own_address &&
           conf->daemons[h->sender].segment != mine && conf->segments[mine].daemon_count > 1;
}
