/* SPDX-License-Identifier: MIT */
#include "tests/sim/arrays.h"

#include <string.h>

#include "daemon/base/memory.h"

void *grow_array(void *list, size_t count, size_t *size, size_t each)
{
    if (count < *size)
        return list;
    *size = *size ? 2 * *size : 16;
    return memory_grow(list, *size * each);
}

void *widen_array(void *list, size_t at, size_t *size, size_t each)
{
    if (at < *size)
        return list;
    size_t before = *size;
    *size = 2 * at + 16;
    list = memory_grow(list, *size * each);
    memset((char *)list + before * each, 0, (*size - before) * each);
    return list;
}
