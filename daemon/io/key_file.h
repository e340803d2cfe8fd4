/* SPDX-License-Identifier: MIT
 *
 * key_file.h - reading the file with the keys that packets are sealed with.
 */
#ifndef SPREAD_IO_KEY_FILE_H
#define SPREAD_IO_KEY_FILE_H

#include <sys/types.h>

#include "daemon/config/conf.h"
#include "daemon/seal/keys.h"

/* Whom a daemon will run as that we start, or runs as if it is us (privileges.h). */
uid_t key_file_user(const struct conf *conf);

/* Reads path, a regular file of root, of the user that runs this, or of owner, that nobody else can
 * read. False with a line in why, which names the file and the place in it, and an empty ring. */
bool key_file_read(const char *path, uid_t owner, struct keyring *keys, char *why,
                   size_t why_size);

#endif
