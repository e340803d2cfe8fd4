/* SPDX-License-Identifier: MIT */
#include "daemon/net/admit.h"

/* The daemon's own address; or, for packets that are passed on, one of its segment's. */
static bool is_source_of(const struct conf *conf, const struct packet_header *h,
                         const struct ip *source, uint16_t self)
{
    const struct conf_daemon *sender = &conf->daemons[h->sender];
    if (ip_equal(&sender->ip, source))
        return true;
    if (!(h->flags & PACKET_SEGFWD) || sender->segment == conf->daemons[self].segment)
        return false;
    const struct conf_segment *mine = &conf->segments[conf->daemons[self].segment];
    for (int i = 0; i < mine->daemon_count; i++)
        if (ip_equal(&conf->daemons[mine->first_daemon + i].ip, source))
            return true;
    return false;
}

enum why admit(const struct admit *a, const uint8_t *bytes, size_t len, const struct ip *source,
                     struct received *p)
{
    struct packet_header *h = &p->header;
    if (!packet_header_decode(h, bytes, len))
        return REFUSED_LENGTH;
    if (h->version != PACKET_VERSION)
        return REFUSED_VERSION;
    if (h->type == 0 || h->type >= PACKET_TYPES)
        return REFUSED_TYPE;
    if (h->hash != a->conf->hash)
        return REFUSED_HASH;
    if (h->sender >= a->conf->daemon_count)
        return REFUSED_SENDER;
    if (h->sender == a->self)
        return h->incarnation == a->incarnation ? REFUSED_SELF : REFUSED_TWIN;
    if (!is_source_of(a->conf, h, source, a->self))
        return REFUSED_SOURCE;
    if (h->receiver != a->self && h->receiver != NO_PROC)
        return REFUSED_RECEIVER;
    return ADMITTED;
}
