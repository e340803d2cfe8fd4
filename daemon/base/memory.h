/* SPDX-License-Identifier: MIT
 *
 * memory.h - allocation that does not fail: without memory the daemon ends with one line,
 * for a daemon that forgot an ordered message would break every promise it made.
 */
#ifndef SPREAD_BASE_MEMORY_H
#define SPREAD_BASE_MEMORY_H

#include <stddef.h>

void *memory_new(size_t size);                 /* zeroed; free() ends it */
void *memory_grow(void *old, size_t new_size); /* as realloc */
_Noreturn void memory_exhausted(void);

/* uthash on top of it: include this header before uthash.h. */
#define uthash_malloc(size) memory_new(size)
#define uthash_fatal(text)  memory_exhausted()

#endif
