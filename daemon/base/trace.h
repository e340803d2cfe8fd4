/* SPDX-License-Identifier: MIT
 *
 * trace.h - typed records of what the ordering core does with each message, which is too much for the
 * stream of events: for the simulator's checkers and for whoever hunts a fault. Without a recorder a record costs one test.
 */
#ifndef SPREAD_BASE_TRACE_H
#define SPREAD_BASE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/procset.h"

enum trace_kind {
    TRACE_CONF,   /* a configuration goes up: transitional or regular */
    TRACE_SEND,   /* the last part of a message has got its number */
    TRACE_DELIVER, /* a message goes up */
    TRACE_STABLE, /* all members have everything up to seq */
    TRACE_MERGED, /* groups of several sides have come together */
};

struct trace_record {
    enum trace_kind kind;
    uint64_t epoch;   /* CONF: of the ring; else of the ring the record belongs to */
    uint64_t tag;     /* of that ring */
    bool transitional; /* CONF, DELIVER: in the transitional configuration */
    struct procset members; /* CONF */
    uint64_t old_tag; /* CONF, transitional: the ring that ends */
    uint64_t seq;     /* SEND, DELIVER, STABLE; MERGED: of the message that completed it */
    unsigned part;    /* SEND, DELIVER, MERGED: which part of the packet */
    uint8_t service;  /* SEND, DELIVER */
    bool control;     /* SEND, DELIVER: of the group layer, not of a client */
    uint16_t origin;  /* DELIVER */
    uint64_t position; /* SEND: up to which seq the sender had delivered */
    const uint8_t *bytes; /* SEND, DELIVER: the message, lent */
    size_t len;
};

struct trace {
    void (*record)(void *context, const struct trace_record *r);
    void *context;
};

static inline void trace(const struct trace *t, const struct trace_record *r)
{
    if (t && t->record)
        t->record(t->context, r);
}

static inline bool trace_on(const struct trace *t)
{
    return t && t->record;
}

#endif
