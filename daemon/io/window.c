/* SPDX-License-Identifier: MIT */
#include "daemon/io/window.h"

enum { PACKED_PART = 16 }; /* of what came, the edge moves on by less than that by itself */

bool window_moves(struct window *w, uint64_t acked, uint32_t offered, uint32_t granule)
{
    uint64_t edge = acked + offered, came = acked - w->acked;
    if (edge <= w->edge + came / PACKED_PART + granule)
        return false;
    *w = (struct window){acked, edge};
    return true;
}
