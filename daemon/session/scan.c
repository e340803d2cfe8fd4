/* SPDX-License-Identifier: MIT
 *
 * Sessions as they are shown to people.
 */
#include "daemon/base/scan.h"
#include "daemon/session/table.h"

#include <string.h>

uint64_t table_scan(const struct session_table *t, uint64_t cursor, size_t limit,
                    void (*visit)(void *context, const void *session), void *context)
{
    return scan_table(t->by_name ? t->by_name->by_name.tbl : NULL, cursor, limit, visit, context);
}

/* a is further behind than b: what waits for it has waited for longer; or there is more of it. */
static bool is_worse(const struct session *a, const struct session *b)
{
    usec since_a = outbox_oldest(&a->outbox), since_b = outbox_oldest(&b->outbox);
    return since_a != since_b ? since_a < since_b : a->outbox.bytes > b->outbox.bytes;
}

/* One pass over all; a list of two hundred at most is kept sorted on the way. */
uint32_t table_slowest(const struct session_table *t, const struct session **list, uint32_t most)
{
    uint32_t count = 0;
    for (const struct session *s = t->by_name; s && most > 0; s = s->by_name.next) {
        uint32_t at = count;
        if (count == most && !is_worse(s, list[count - 1]))
            continue;
        while (at > 0 && is_worse(s, list[at - 1]))
            at--;
        count += count < most;
        memmove(list + at + 1, list + at, (count - 1 - at) * sizeof *list);
        list[at] = s;
    }
    return count;
}

size_t table_named(const struct session_table *t)
{
    return HASH_CNT(by_name, t->by_name);
}
