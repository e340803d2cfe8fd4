/* SPDX-License-Identifier: MIT */
#include "libspread/buffers.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

enum { KEPT = 4 };

static _Atomic(uint8_t *) kept[KEPT]; /* each place owns what stands in it */
static atomic_int lent;

uint8_t *buffer_take(void)
{
    uint8_t *buffer = NULL;
    if (atomic_fetch_add(&lent, 1) < BUFFERS_MAX) {
        for (int i = 0; i < KEPT && !buffer; i++)
            if (atomic_load_explicit(&kept[i], memory_order_relaxed))
                buffer = atomic_exchange(&kept[i], NULL);
        if (!buffer)
            buffer = malloc(BUFFER_BYTES);
    }
    if (!buffer)
        atomic_fetch_sub(&lent, 1);
    return buffer;
}

void buffer_give(uint8_t *buffer)
{
    if (!buffer)
        return;
    atomic_fetch_sub(&lent, 1);
    for (int i = 0; i < KEPT; i++) {
        uint8_t *nothing = NULL;
        if (atomic_compare_exchange_strong(&kept[i], &nothing, buffer))
            return;
    }
    free(buffer);
}
