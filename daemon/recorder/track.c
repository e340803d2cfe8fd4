/* SPDX-License-Identifier: MIT */
#include "daemon/recorder/track.h"

#include <string.h>

uint64_t track_open(struct track *t, uint8_t *bytes, uint32_t size)
{
    struct record r;
    uint64_t highest = 0;
    *t = (struct track){.bytes = bytes, .size = size, .newest = RECORD_NONE};
    for (uint32_t at = 0; at < size;) {
        uint32_t len = 0;
        if (record_may_begin(bytes + at))
            len = (uint32_t)record_decode(&r, bytes + at, size - at);
        /* Nobody has recorded so much: after such a number none could be higher. */
        if (len > 0 && r.number > highest && r.number < INT64_MAX / 2) {
            highest = r.number;
            t->newest = at;
            t->at = at + len;
        }
        at += len > 0 ? len : RECORD_STEP;
    }
    return highest;
}

void track_put(struct track *t, struct record *r)
{
    uint8_t bytes[RECORD_MOST];
    r->before = t->newest;
    uint32_t len = (uint32_t)record_encode(bytes, r);
    if (len > t->size)
        return;
    if (len > t->size - t->at)
        t->at = 0;
    memcpy(t->bytes + t->at, bytes, len);
    t->newest = t->at;
    t->at += len;
}

bool track_read(const struct track *t, uint32_t place, uint64_t below, struct record *r)
{
    return place < t->size && place % RECORD_STEP == 0 &&
           record_decode(r, t->bytes + place, t->size - place) > 0 && r->number < below;
}
