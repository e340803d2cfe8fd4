/* SPDX-License-Identifier: MIT */
#include "daemon/base/memory.h"

#include <stdio.h>
#include <stdlib.h>

void memory_exhausted(void)
{
    fputs("spreadd: out of memory\n", stderr);
    exit(1);
}

void *memory_new(size_t size)
{
    void *p = calloc(1, size);
    if (!p)
        memory_exhausted();
    return p;
}

void *memory_grow(void *old, size_t new_size)
{
    void *p = realloc(old, new_size);
    if (!p)
        memory_exhausted();
    return p;
}
