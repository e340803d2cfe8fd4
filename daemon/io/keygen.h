/* SPDX-License-Identifier: MIT
 *
 * keygen.h - `spreadd --keygen`: a new key for the file of keys.
 */
#ifndef SPREAD_IO_KEYGEN_H
#define SPREAD_IO_KEYGEN_H

/* Writes the line of a new key to standard output. arguments: its number and its algorithm, if they
 * are given; else it is 1, and what this processor is quicker with. Returns the status of the process. */
int keygen(int count, char *const *arguments);

#endif
