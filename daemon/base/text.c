/* SPDX-License-Identifier: MIT */
#include "daemon/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"

/* There is room for that many more bytes and a NUL. */
static void make_room(struct text *t, size_t len)
{
    if (t->size - t->len > len)
        return;
    t->size = 2 * t->size + len + 256;
    t->bytes = memory_grow(t->bytes, t->size);
}

void text_put(struct text *t, const char *bytes, size_t len)
{
    make_room(t, len);
    memcpy(t->bytes + t->len, bytes, len);
    t->len += len;
    t->bytes[t->len] = '\0';
}

void text_add(struct text *t, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int n = vsnprintf(NULL, 0, format, arguments);
    if (n > 0) {
        make_room(t, (size_t)n);
        vsnprintf(t->bytes + t->len, (size_t)n + 1, format, again);
        t->len += (size_t)n;
    }
    va_end(again);
    va_end(arguments);
}

void text_fini(struct text *t)
{
    free(t->bytes);
    *t = (struct text){0};
}
