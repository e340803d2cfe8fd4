/* SPDX-License-Identifier: MIT */
#include "daemon/io/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/io/neighbour.h"

enum { BACKLOG = 65535 }; /* the system cuts it to its own limit */

static enum unix_path refuse(char *why, size_t why_size, const char *what, const char *path)
{
    bool folder = errno == EACCES || errno == ENOENT || errno == EROFS || errno == ENOTDIR;
    snprintf(why, why_size, "%s %s: %s%s", what, path, strerror(errno),
             folder ? ": make its folder, for this user to write to, or choose another one with "
                      "--socket-dir"
                    : "");
    return UNIX_REFUSED;
}

/* -- what stands there already ----------------------------------------------------------------- */

static const char *user_name(uid_t uid, char text[64])
{
    const struct passwd *user = getpwuid(uid);
    if (user)
        snprintf(text, 64, "%.40s", user->pw_name);
    else
        snprintf(text, 64, "%u", uid);
    return text;
}

static enum unix_path blocked(char *why, size_t why_size, const char *path, uid_t owner,
                              const char *what)
{
    char user[64];
    snprintf(why, why_size,
             "%s is a socket of user %s %s: remove it as that user or as root, or choose another "
             "folder with --socket-dir",
             path, user_name(owner, user), what);
    return UNIX_REFUSED;
}

static enum unix_path taken(int fd, char *why, size_t why_size, const char *path)
{
    char who[NEIGHBOUR_TEXT];
    neighbour_name(fd, who);
    snprintf(why, why_size, "%s is served by %s", path, who);
    return UNIX_TAKEN;
}

/* Connecting to the path has failed with error. */
static enum unix_path judge(int error, uid_t owner, char *why, size_t why_size, const char *path)
{
    switch (error) {
    case ENOENT:
        return UNIX_OPENED;
    case ECONNREFUSED:
        if (unlink(path) == 0 || errno == ENOENT)
            return UNIX_OPENED;
        return blocked(why, why_size, path, owner,
                       "that no daemon serves any more, and this user may not remove it");
    case EAGAIN:
        snprintf(why, why_size, "%s is served by another daemon, which is too busy to answer", path);
        return UNIX_TAKEN;
    case EACCES:
    case EPERM:
        return blocked(why, why_size, path, owner,
                       "that this user may not connect to, so nobody knows whether it is served");
    default:
        errno = error;
        return refuse(why, why_size, "cannot find out who serves", path);
    }
}

/* UNIX_OPENED: nothing, any more. */
static enum unix_path clear_path(const struct sockaddr_un *address, char *why, size_t why_size)
{
    struct stat there;
    const char *path = address->sun_path;
    if (lstat(path, &there) != 0)
        return errno == ENOENT ? UNIX_OPENED : refuse(why, why_size, "cannot look at", path);
    if (!S_ISSOCK(there.st_mode)) {
        snprintf(why, why_size, "%s is in the way and is no socket", path);
        return UNIX_REFUSED;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return refuse(why, why_size, "no socket for", path);
    enum unix_path result = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0
                                ? taken(fd, why, why_size, path)
                                : judge(errno, there.st_uid, why, why_size, path);
    close(fd);
    return result;
}

/* -- ours -------------------------------------------------------------------------------------- */

/* Serves the path, on which nothing stands. */
static int serve(struct unix_socket *s, const struct sockaddr_un *address,
                 const struct account *owner, char *why, size_t why_size)
{
    struct stat made;
    const char *path = address->sun_path;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        refuse(why, why_size, "no socket for", path);
        return -1;
    }
    /* The mode comes with the socket, and lchown follows nothing: what a path leads to may be another
     * thing by then, where others can write to the folder. */
    mode_t before = umask(0111);
    bool bound = bind(fd, (const struct sockaddr *)address, sizeof *address) == 0;
    umask(before);
    if (!bound || listen(fd, BACKLOG) != 0 || lstat(path, &made) != 0) {
        refuse(why, why_size, "cannot serve", path);
        close(fd);
        return -1;
    }
    /* So that we may remove it from a sticky folder when we are root no more. */
    if (owner->drop && lchown(path, owner->uid, owner->gid) != 0) {
        refuse(why, why_size, "cannot give away", path);
        close(fd);
        return -1;
    }
    s->device = made.st_dev;
    s->inode = made.st_ino;
    return fd;
}

enum unix_path unix_socket_open(struct unix_socket *s, int *fd, const char *dir, uint16_t port,
                                const struct account *owner, char *why, size_t why_size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    s->dir = -1;
    snprintf(s->file, sizeof s->file, "%u", port);
    if ((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", dir, s->file) >=
        sizeof address.sun_path) {
        snprintf(why, why_size, "the folder %s is too long for a socket's path", dir);
        return UNIX_REFUSED;
    }
    enum unix_path there = clear_path(&address, why, why_size);
    if (there != UNIX_OPENED)
        return there;
    *fd = serve(s, &address, owner, why, why_size);
    if (*fd < 0)
        return UNIX_REFUSED;
    s->dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return UNIX_OPENED;
}

void unix_socket_close(struct unix_socket *s)
{
    struct stat now;
    if (s->dir < 0)
        return;
    if (fstatat(s->dir, s->file, &now, AT_SYMLINK_NOFOLLOW) == 0 && now.st_ino == s->inode &&
        now.st_dev == s->device)
        unlinkat(s->dir, s->file, 0);
    close(s->dir);
    s->dir = -1;
}
