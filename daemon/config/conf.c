/* SPDX-License-Identifier: MIT */
#include "daemon/config/conf.h"

#include <stdlib.h>
#include <string.h>

void conf_free(struct conf *conf)
{
    free(conf);
}

int conf_find_name(const struct conf *conf, const char *name)
{
    for (int i = 0; i < conf->daemon_count; i++)
        if (strncmp(conf->daemons[i].name, name, CONF_DAEMON_NAME - 1) == 0)
            return i;
    return -1;
}

int conf_find_id(const struct conf *conf, uint32_t id)
{
    for (int i = 0; i < conf->daemon_count; i++)
        if (conf->daemons[i].id == id)
            return i;
    return -1;
}

bool conf_listens_to_all(const struct conf_daemon *d, unsigned use, const struct ip *ip)
{
    for (int i = 0; i < d->interface_count; i++) {
        const struct conf_interface *f = &d->interfaces[i];
        if ((f->uses & use) && f->ip.family == ip->family && ip_is_wildcard(&f->ip))
            return !ip_is_wildcard(ip);
    }
    return false;
}

bool conf_lists_method(const char *list, const char *method)
{
    size_t len = strlen(method);
    for (const char *at = list; (at = strstr(at, method)); at += len)
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

/* -- at reload --------------------------------------------------------------------------------- */

static uint16_t port_of(const struct conf *conf, const struct conf_daemon *d)
{
    return conf->segments[d->segment].port;
}

void conf_match(const struct conf *old, const struct conf *new, int index[CONF_DAEMONS_MAX])
{
    for (int i = 0; i < old->daemon_count; i++) {
        const struct conf_daemon *a = &old->daemons[i];
        int n = conf_find_name(new, a->name);
        const struct conf_daemon *b = n < 0 ? NULL : &new->daemons[n];
        bool same =
            b && a->id == b->id && ip_equal(&a->ip, &b->ip) && port_of(old, a) == port_of(new, b);
        index[i] = same ? n : -1;
    }
}

static bool same_addresses(const struct conf_segment *a, const struct conf_segment *b)
{
    if (a->address_count != b->address_count)
        return false;
    for (int i = 0; i < a->address_count; i++)
        if (!ip_equal(&a->addresses[i], &b->addresses[i]))
            return false;
    return true;
}

static bool same_segment(const struct conf_segment *a, const struct conf_segment *b)
{
    return a->port == b->port && a->first_daemon == b->first_daemon &&
           a->daemon_count == b->daemon_count && same_addresses(a, b);
}

bool conf_same_ring(const struct conf *a, const struct conf *b)
{
    int index[CONF_DAEMONS_MAX];
    if (a->hash != b->hash || a->packet_size != b->packet_size ||
        a->segment_count != b->segment_count || a->daemon_count != b->daemon_count)
        return false;
    for (int i = 0; i < a->segment_count; i++)
        if (!same_segment(&a->segments[i], &b->segments[i]))
            return false;
    conf_match(a, b, index);
    for (int i = 0; i < a->daemon_count; i++)
        if (index[i] != i)
            return false;
    return true;
}
