/* SPDX-License-Identifier: MIT
 *
 * shape.h - what looks like an address or a number, whether or not it is one.
 *
 * The shape alone decides that a word is no name: "300.1.1.1" is then found to be malformed,
 * while "1.2.3" and "fe80" are ordinary words.
 */
#ifndef SPREAD_CONFIG_SHAPE_H
#define SPREAD_CONFIG_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

enum { NUMBER_DIGITS = 9, PORT_DIGITS = 5 };

/* How many decimal digits text begins with, counting to limit at most. */
size_t shape_digits(const char *text, size_t len, size_t limit);

bool shape_is_number(const char *text, size_t len); /* one to nine digits */

/* The length of four groups of one to three digits joined by dots at the start of text, else 0. */
size_t shape_ipv4(const char *text, size_t len);

/* Eight groups of one to four hex digits, or one "::" with at most seven on each side; then
 * perhaps "%interface". Dotted-quad tails have no such shape. */
bool shape_is_ipv6(const char *text, size_t len);

#endif
