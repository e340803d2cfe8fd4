/* SPDX-License-Identifier: MIT
 *
 * unix_socket.h - the path that clients of this machine connect to, FOLDER/PORT, and what may stand
 * there already.
 *
 * A socket that nobody serves is replaced. One that is served, one of which that cannot be known,
 * and a file that is no socket are never touched, even if they come between a look and what is done.
 */
#ifndef SPREAD_IO_UNIX_SOCKET_H
#define SPREAD_IO_UNIX_SOCKET_H

#include "daemon/io/privileges.h"

#define UNIX_ANY_GROUP ((gid_t)-1)

struct unix_place {
    const char *dir;
    uint16_t port;
    mode_t mode;                 /* of the socket: who can write to it can connect */
    const struct account *owner; /* whose it becomes, if that is another one */
    gid_t group;                 /* UNIX_ANY_GROUP: that of owner */
};

struct unix_socket {
    int dir;       /* its folder, reachable after chroot, too; -1: there is no socket of ours */
    char file[16]; /* its name there */
    dev_t device;  /* and what it was when we made it */
    ino_t inode;
};

enum unix_path {
    UNIX_OPENED,
    UNIX_TAKEN,   /* another daemon has it */
    UNIX_REFUSED, /* by the system, or something is in the way */
    UNIX_CHANGED  /* never handed out: it was replaced while we looked, so look again */
};

/* Where it is opened *fd listens there, and *s is to be closed with unix_socket_close; else a line
 * in why says who or what has it. */
enum unix_path unix_socket_open(struct unix_socket *s, int *fd, const struct unix_place *place,
                                char *why, size_t why_size);

/* Removes the file if it is still ours. Nothing without one. */
void unix_socket_close(struct unix_socket *s);

#endif
