/* SPDX-License-Identifier: MIT
 *
 * arrays.h - lists that grow.
 */
#ifndef TESTS_SIM_ARRAYS_H
#define TESTS_SIM_ARRAYS_H

#include <stddef.h>

/* Makes room for one more of each bytes; new room is not cleared. */
void *grow_array(void *list, size_t count, size_t *size, size_t each);
/* Makes room for index at; new room is zero. */
void *widen_array(void *list, size_t at, size_t *size, size_t each);

#endif
