/* SPDX-License-Identifier: MIT */
#include "daemon/io/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/io/neighbour.h"

enum {
    BACKLOG = 65535, /* the system cuts it to its own limit */
    LOOKS = 3,       /* at a path on which something new stands each time */
};

static enum unix_path refuse(char *why, size_t why_size, const char *what, const char *path)
{
    int error = errno;
    bool folder = error == EACCES || error == ENOENT || error == EROFS || error == ENOTDIR;
    snprintf(why, why_size, "%s %s: %s%s", what, path, strerror(error),
             folder ? ": make its folder, for this user to write to, or choose another one with "
                      "--socket-dir"
                    : "");
    errno = error;
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

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Removes what was seen there, and nothing else: between the look and now another daemon may have removed
 * it as well, and serve a socket of its own by that name. So it is first taken to a name that nobody knows. */
static bool remove_seen(const char *path, const struct stat *seen)
{
    char aside[sizeof((struct sockaddr_un *)0)->sun_path + 32];
    uint64_t number;
    struct stat taken;
    if (getrandom(&number, sizeof number, 0) != sizeof number)
        return false;
    snprintf(aside, sizeof aside, "%s.%016" PRIx64, path, number);
    if (rename(path, aside) != 0)
        return errno == ENOENT;
    if (lstat(aside, &taken) == 0 && is_same(&taken, seen))
        return unlink(aside) == 0;
    renameat2(AT_FDCWD, aside, AT_FDCWD, path, RENAME_NOREPLACE);
    errno = EADDRINUSE;
    return false;
}

/* Connecting to what was seen at the path has failed with error. */
static enum unix_path judge(int error, const struct stat *seen, char *why, size_t why_size,
                            const char *path)
{
    uid_t owner = seen->st_uid;
    switch (error) {
    case ENOENT:
        return UNIX_OPENED;
    case ECONNREFUSED:
        if (remove_seen(path, seen))
            return UNIX_OPENED;
        if (errno == EADDRINUSE)
            return UNIX_CHANGED;
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
        snprintf(why, why_size, "%s is in the way and is no socket: move it away, or choose another folder with "
                 "--socket-dir", path);
        return UNIX_REFUSED;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return refuse(why, why_size, "no socket for", path);
    enum unix_path result = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0
                                ? taken(fd, why, why_size, path)
                                : judge(errno, &there, why, why_size, path);
    close(fd);
    return result;
}

/* -- ours -------------------------------------------------------------------------------------- */

/* Makes it those who are to have it: we may be root no more when it is removed, out of a sticky folder. */
static bool give(const struct unix_place *place, const char *path, char *why, size_t why_size)
{
    const uid_t same_user = (uid_t)-1;
    bool drop = place->owner->drop;
    gid_t group = place->group != UNIX_ANY_GROUP || !drop ? place->group : place->owner->gid;
    if ((!drop && group == UNIX_ANY_GROUP) ||
        lchown(path, drop ? place->owner->uid : same_user, group) == 0)
        return true;
    int error = errno;
    snprintf(why, why_size, "cannot give %s to group number %u: %s%s", path, group, strerror(error),
             error == EPERM ? ": this user is not in it" : "");
    errno = error;
    return false;
}

/* Serves the path, on which nothing stood; -1: it cannot. */
static int serve(struct unix_socket *s, const struct unix_place *place,
                 const struct sockaddr_un *address, char *why, size_t why_size)
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
    mode_t before = umask(0777 & ~place->mode);
    bool bound = bind(fd, (const struct sockaddr *)address, sizeof *address) == 0;
    umask(before);
    if (!bound || lstat(path, &made) != 0) {
        refuse(why, why_size, "cannot serve", path);
    } else if (!give(place, path, why, why_size)) {
        unlink(path);
    } else if (listen(fd, BACKLOG) != 0) { /* last, so nobody gets in who may not */
        refuse(why, why_size, "cannot serve", path);
    } else {
        s->device = made.st_dev;
        s->inode = made.st_ino;
        return fd;
    }
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

enum unix_path unix_socket_open(struct unix_socket *s, int *fd, const struct unix_place *place,
                                char *why, size_t why_size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    s->dir = -1;
    snprintf(s->file, sizeof s->file, "%u", place->port);
    if ((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", place->dir, s->file) >=
        sizeof address.sun_path) {
        snprintf(why, why_size,
                 "the folder %s is too long for a socket's path: choose another one with --socket-dir", place->dir);
        return UNIX_REFUSED;
    }
    *fd = -1;
    for (int i = 0; i < LOOKS && *fd < 0; i++) {
        enum unix_path there = clear_path(&address, why, why_size);
        if (there == UNIX_CHANGED)
            continue;
        if (there != UNIX_OPENED)
            return there;
        *fd = serve(s, place, &address, why, why_size);
        if (*fd < 0 && errno != EADDRINUSE)
            return UNIX_REFUSED;
    }
    if (*fd < 0) {
        snprintf(why, why_size, "%s becomes another socket each time that it is looked at",
                 address.sun_path);
        return UNIX_REFUSED;
    }
    s->dir = open(place->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
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
