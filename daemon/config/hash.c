/* SPDX-License-Identifier: MIT */
#include "daemon/config/hash.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    ADDRESS_HASHED = 40, /* eight groups of four digits, NUL included */
    SEGMENT_HASHED = 32 + CONF_SEGMENT_ADDRESSES_MAX * (ADDRESS_HASHED + 3),
    DAEMON_HASHED = CONF_DAEMON_NAME + ADDRESS_HASHED + 32,
    TEXT_HASHED = CONF_SEGMENTS_MAX * SEGMENT_HASHED + CONF_DAEMONS_MAX * DAEMON_HASHED + 64,
};

/* Starts from the length, and takes bytes as signed, as 5.0.1 does. */
static uint32_t one_at_a_time(const char *bytes, size_t len)
{
    uint32_t h = (uint32_t)len;
    for (size_t i = 0; i < len; i++) {
        int32_t byte = (signed char)bytes[i];
        h += (uint32_t)byte;
        h += h << 10;
        h ^= h >> 6;
    }
    h += h << 3;
    h ^= h >> 11;
    h += h << 15;
    return h;
}

uint32_t conf_id_of_name(const char *name)
{
    size_t len = strlen(name) + 1;
    uint32_t id = one_at_a_time(name, len);
    return id == 0 || id == UINT32_MAX ? (uint32_t)len << 16 : id;
}

struct text {
    char bytes[TEXT_HASHED];
    size_t len;
};

static void add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(t->bytes + t->len, sizeof t->bytes - t->len, format, arguments);
    va_end(arguments);
    assert(n >= 0 && (size_t)n < sizeof t->bytes - t->len);
    t->len += (size_t)n;
}

const char *conf_full_address(const struct ip *ip, char text[IP_TEXT])
{
    if (ip->family == 4)
        return ip_text(ip, text);
    for (int i = 0; i < 8; i++)
        snprintf(text + 5 * i, 6, "%02x%02x%s", ip->bytes[2 * i], ip->bytes[2 * i + 1],
                 i < 7 ? ":" : "");
    return text;
}

static void add_segment(struct text *t, const struct conf *conf, const struct conf_segment *s)
{
    char ip[IP_TEXT];
    add(t, "Segment: port = %u;", s->port);
    for (int i = 0; i < s->address_count && !conf->exclude_segment_addresses; i++)
        add(t, " [%s]", conf_full_address(&s->addresses[i], ip));
    add(t, "\n");
    for (int i = s->first_daemon; i < s->first_daemon + s->daemon_count; i++) {
        const struct conf_daemon *d = &conf->daemons[i];
        add(t, "\t'%s' [%s] [%u]\n", d->name, conf_full_address(&d->ip, ip), d->id);
    }
    add(t, "\n");
}

uint32_t conf_hash_of(const struct conf *conf)
{
    struct text text;
    text.len = 0;
    for (int i = 0; i < conf->segment_count; i++)
        add_segment(&text, conf, &conf->segments[i]);
    /* A ring that is accelerated unasked has the hash of the original one: 5.0.1 settles its
     * default after it has hashed. */
    add(&text, "Version: 5\nProtocol: %s Ring\n",
        conf->accelerated_written && conf->accelerated ? "Accelerated" : "Original");
    return one_at_a_time(text.bytes, text.len + 1);
}
