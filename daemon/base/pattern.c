/* SPDX-License-Identifier: MIT */
#include "daemon/base/pattern.h"

#include <stddef.h>

bool pattern_fits(const char *pattern, const char *text)
{
    const char *star = NULL, *from = text; /* the last star, and where what follows it was tried */
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            from = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star; /* the star stands for one byte more */
            text = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}
