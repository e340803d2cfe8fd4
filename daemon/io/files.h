/* SPDX-License-Identifier: MIT
 *
 * files.h - whole files into memory, and where the configuration stands.
 */
#ifndef SPREAD_IO_FILES_H
#define SPREAD_IO_FILES_H

#include <stddef.h>

/* The content of path with a NUL behind it, to be freed; NULL with errno set. *len without the
 * NUL. Files over 16 MiB are refused with EFBIG, folders with EISDIR. */
char *file_read(const char *path, size_t *len);

/* The configuration file to use when none was named: spread.conf here or in the system's folder for
 * them; NULL: there is none. */
const char *file_default_conf(void);

#endif
