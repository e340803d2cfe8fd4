/* SPDX-License-Identifier: MIT
 *
 * text.h - a text that grows while it is written.
 */
#ifndef SPREAD_BASE_TEXT_H
#define SPREAD_BASE_TEXT_H

#include <stddef.h>

struct text {
    char *bytes; /* with a NUL behind them, once something was put in */
    size_t len, size;
};

void text_put(struct text *t, const char *bytes, size_t len);
void text_add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_fini(struct text *t);

#endif
