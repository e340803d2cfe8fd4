/* SPDX-License-Identifier: MIT
 *
 * collectors.h - how far each collector has come, and so how far enough of them have.
 */
#ifndef SPLOG_COLLECTORS_H
#define SPLOG_COLLECTORS_H

#include "tools/splog/message.h"

enum { COLLECTORS_MAX = 8 };

struct collectors {
    struct {
        struct id who;
        uint64_t next;
    } known[COLLECTORS_MAX];
    unsigned count;
};

/* A collector wants line next as its next one. Returns the number below which at least wanted
 * collectors, 1 or more, have all lines. */
uint64_t collectors_note(struct collectors *c, const struct id *who, uint64_t next,
                         unsigned wanted);

#endif
