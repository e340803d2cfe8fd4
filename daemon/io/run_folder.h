/* SPDX-License-Identifier: MIT
 *
 * run_folder.h - the folder of the Unix socket that SocketDir asks for, and who may connect there.
 *
 * A folder to which nobody else can write is what keeps others from taking the path while no daemon runs:
 * in /tmp whoever is first has it.
 */
#ifndef SPREAD_IO_RUN_FOLDER_H
#define SPREAD_IO_RUN_FOLDER_H

#include "daemon/io/unix_socket.h"

/* Makes the folder if it is not there, for owner, with a parent that is; doubts it in the log if others
 * can write to it. False with a line in why. */
bool run_folder_make(const char *dir, const struct account *owner, char *why, size_t why_size);

/* The number of SocketGroup; UNIX_ANY_GROUP: none is asked for. False with a line in why. */
bool run_folder_group(const struct conf *conf, gid_t *group, char *why, size_t why_size);

#endif
