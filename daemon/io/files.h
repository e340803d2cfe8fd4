/* SPDX-License-Identifier: MIT
 *
 * files.h - opening files, whole ones into memory, and where the configuration stands.
 */
#ifndef SPREAD_IO_FILES_H
#define SPREAD_IO_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* From now on paths mean what they mean now, though the root folder is changed later. */
void files_keep_root(void);
/* As open() and access(). */
int file_open(const char *path, int flags, mode_t mode);
bool file_exists(const char *path);
/* As stat(); false: it cannot be. */
bool file_look(const char *path, struct stat *is);
/* False: it cannot be told. */
bool file_owner(const char *path, uid_t *owner);

/* The content of path with a NUL behind it, to be freed; NULL with errno set. *len without the
 * NUL. Files over 16 MiB are refused with EFBIG, folders with EISDIR. */
char *file_read(const char *path, size_t *len);
/* What can be done about a file that could not be read, to be said after the error; "": who knows. */
const char *file_remedy(int error);

/* The configuration file to use when none was named: spread.conf here or in the system's folder for
 * them; NULL: there is none. */
const char *file_default_conf(void);

#endif
