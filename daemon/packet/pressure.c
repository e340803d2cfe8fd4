/* SPDX-License-Identifier: MIT */
#include "daemon/packet/pressure.h"

#include <string.h>

void pressure_give(struct writer *w, const struct pressure *p)
{
    size_t len = strlen(p->connection);
    give_u8(w, CONTROL_PRESSURE);
    give_u8(w, p->waits);
    give_u8(w, (uint8_t)len);
    give_bytes(w, p->connection, len);
}

bool pressure_take(struct reader *r, struct pressure *p)
{
    uint8_t kind = take_u8(r), waits = take_u8(r), len = take_u8(r);
    const uint8_t *name = read_bytes(r, len);
    if (r->failed || !reader_done(r) || kind != CONTROL_PRESSURE || waits >> PRESSURE_KINDS ||
        len > PRIVATE_NAME_MAX || !name_bytes_legal((const char *)name, len))
        return false;
    memset(p->connection, 0, sizeof p->connection);
    memcpy(p->connection, name, len);
    p->waits = waits;
    return true;
}
