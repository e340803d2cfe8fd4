/* SPDX-License-Identifier: MIT
 *
 * pattern.h - patterns of names, as spread.conf has them: "*" stands for any run of bytes, also none,
 * "?" for any one, and all else for itself. "quotes.*" fits quotes.bund, not quotes.
 */
#ifndef SPREAD_BASE_PATTERN_H
#define SPREAD_BASE_PATTERN_H

#include <stdbool.h>

bool pattern_fits(const char *pattern, const char *text);

#endif
