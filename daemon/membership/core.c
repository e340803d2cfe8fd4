/* SPDX-License-Identifier: MIT */
#include "daemon/membership/core.h"

#include <stdlib.h>

#include "daemon/base/memory.h"

struct core {
    const struct conf *conf;
    uint16_t self;
    struct ring *ring;
    struct view view;
    struct view transitional;
    uint64_t epoch;     /* largest ever seen */
    usec install_at;    /* NEVER once installed */
    bool tell_transitional, tell_regular; /* effects not yet taken */
    bool paused;
};

struct core *core_new(const struct conf *conf, int self, usec now)
{
    struct core *c = memory_new(sizeof *c);
    c->conf = conf;
    c->self = (uint16_t)self;
    c->ring = ring_new(c->self);
    c->view = (struct view){.member_count = 1, .members = {c->self}};
    /* With nobody else configured there is nobody to listen for. */
    usec listen_ms = conf->daemon_count > 1 ? conf->timeouts.seg + conf->timeouts.gather : 0;
    c->install_at = now + listen_ms * USEC_MS;
    return c;
}

void core_free(struct core *c)
{
    if (!c)
        return;
    ring_free(c->ring);
    free(c);
}

void core_submit(struct core *c, struct message m, enum ring_service service)
{
    ring_submit(c->ring, m, service);
}

bool core_has_room(struct core *c)
{
    uint32_t messages = ring_backlog(c->ring);
    uint64_t bytes = ring_backlog_bytes(c->ring);
    if (messages >= CORE_BACKLOG_MESSAGES || bytes >= CORE_BACKLOG_BYTES)
        c->paused = true;
    else if (messages < CORE_BACKLOG_MESSAGES / 2 && bytes < CORE_BACKLOG_BYTES / 2)
        c->paused = false;
    return !c->paused;
}

/* The first view: this daemon alone. Its epoch is above everything seen, so that ids grow. */
static void install_alone(struct core *c, uint64_t wall_s)
{
    c->epoch = (wall_s > c->epoch ? wall_s : c->epoch) + 2;
    uint32_t id = c->conf->daemons[c->self].id;
    c->transitional = c->view;
    c->transitional.leader_id = id;
    c->transitional.time = (uint32_t)(c->epoch - 1);
    c->view.leader_id = id;
    c->view.time = (uint32_t)c->epoch;
    ring_install_alone(c->ring);
    c->install_at = NEVER;
    c->tell_transitional = c->tell_regular = true;
}

void core_on_time(struct core *c, usec now, uint64_t wall_s)
{
    if (now >= c->install_at)
        install_alone(c, wall_s);
}

usec core_deadline(const struct core *c)
{
    return c->install_at;
}

bool core_next(struct core *c, struct core_effect *e)
{
    if (c->tell_transitional) {
        c->tell_transitional = false;
        *e = (struct core_effect){.kind = CORE_TRANSITIONAL, .view = &c->transitional};
        return true;
    }
    if (c->tell_regular) {
        c->tell_regular = false;
        *e = (struct core_effect){.kind = CORE_REGULAR, .view = &c->view};
        return true;
    }
    e->kind = CORE_DELIVER;
    return ring_next(c->ring, &e->ordered);
}

const struct view *core_view(const struct core *c)
{
    return &c->view;
}
