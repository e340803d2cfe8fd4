/* SPDX-License-Identifier: MIT
 *
 * test.h - cmocka with the headers it wants before it.
 */
#ifndef SPREAD_TEST_H
#define SPREAD_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
