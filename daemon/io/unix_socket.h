/* SPDX-License-Identifier: MIT
 *
 * unix_socket.h - the path that clients of this machine connect to, FOLDER/PORT, and what may stand
 * there already.
 *
 * A socket that nobody serves is replaced. One that is served, one of which that cannot be known,
 * and a file that is no socket are never touched.
 */
#ifndef SPREAD_IO_UNIX_SOCKET_H
#define SPREAD_IO_UNIX_SOCKET_H

#include "daemon/io/privileges.h"

struct unix_socket {
    int dir;       /* its folder, reachable after chroot, too; -1: there is no socket of ours */
    char file[16]; /* its name there */
    dev_t device;  /* and what it was when we made it */
    ino_t inode;
};

enum unix_path {
    UNIX_OPENED,
    UNIX_TAKEN,  /* another daemon has it */
    UNIX_REFUSED /* by the system, or something is in the way */
};

/* Where it is opened *fd listens there, and *s is to be closed with unix_socket_close; else a line
 * in why says who or what has it. */
enum unix_path unix_socket_open(struct unix_socket *s, int *fd, const char *dir, uint16_t port,
                                const struct account *owner, char *why, size_t why_size);

/* Removes the file if it is still ours. Nothing without one. */
void unix_socket_close(struct unix_socket *s);

#endif
