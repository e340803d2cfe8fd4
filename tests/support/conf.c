/* SPDX-License-Identifier: MIT */
#include "tests/support/conf.h"

#include <stdio.h>

#include "daemon/base/memory.h"

static struct conf *empty_conf(void)
{
    struct conf *c = memory_new(sizeof *c);
    c->ip_version = 4;
    c->hash = 0x5eed;
    c->window = 160;
    c->personal_window = 20;
    c->accelerated_window = 15;
    c->timeouts = (struct conf_timeouts){1250, 500, 250, 250, 625, 500, 1250, 1250, 30000};
    return c;
}

static void add_segment(struct conf *c)
{
    int s = c->segment_count++;
    c->segments[s] = (struct conf_segment){
        .port = 4803,
        .address_count = 1,
        .addresses = {{.family = 4, .bytes = {239, 1, 1, (uint8_t)s}}},
        .first_daemon = c->daemon_count,
    };
}

static struct conf_daemon *add_daemon(struct conf *c)
{
    int i = c->daemon_count++, s = c->segment_count - 1;
    c->segments[s].daemon_count++;
    c->daemons[i] = (struct conf_daemon){
        .id = 101 + (uint32_t)i,
        .segment = s,
        .ip = {.family = 4, .bytes = {10, 0, (uint8_t)s, (uint8_t)(i + 1)}},
    };
    return &c->daemons[i];
}

struct conf *test_conf(const char *segments)
{
    struct conf *c = empty_conf();
    add_segment(c);
    for (const char *s = segments; *s; s++) {
        if (*s == '|')
            add_segment(c);
        else
            add_daemon(c)->name[0] = *s;
    }
    return c;
}

struct conf *test_conf_of_size(int daemons)
{
    struct conf *c = empty_conf();
    add_segment(c);
    for (int i = 1; i <= daemons; i++) {
        struct conf_daemon *d = add_daemon(c);
        snprintf(d->name, sizeof d->name, "d%d", i);
    }
    return c;
}
