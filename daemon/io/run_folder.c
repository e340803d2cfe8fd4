/* SPDX-License-Identifier: MIT */
#include "daemon/io/run_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/io/log_output.h"

/* Who can write to it, besides its owner and root. */
static void doubt(const char *dir, const struct stat *there, uid_t owner)
{
    const char *who = there->st_mode & 0002                             ? "everybody"
                      : there->st_mode & 0020                           ? "its group"
                      : there->st_uid != 0 && there->st_uid != owner ? "its owner"
                                                                        : NULL;
    if (who)
        log_event(log_output(), LOG_SECURITY | LOG_PRINT, LEVEL_WARNING,
                  "warning: SocketDir %s: %s can write to it, and so put a socket there that clients "
                  "take for the daemon's while none runs",
                  dir, who);
}

bool run_folder_make(const char *dir, const struct account *owner, char *why, size_t why_size)
{
    struct stat there;
    mode_t before = umask(0022);
    bool made = mkdir(dir, 0755) == 0;
    umask(before);
    int fd = made || errno == EEXIST ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool ok = fd >= 0 && (!made || !owner->drop || fchown(fd, owner->uid, owner->gid) == 0) &&
              fstat(fd, &there) == 0;
    if (ok)
        doubt(dir, &there, owner->drop ? owner->uid : geteuid());
    else
        snprintf(why, why_size, "SocketDir %s cannot be had: %s", dir, strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}

bool run_folder_group(const struct conf *conf, gid_t *group, char *why, size_t why_size)
{
    *group = UNIX_ANY_GROUP;
    if (conf->socket_group[0] == '\0')
        return true;
    const struct group *g = getgrnam(conf->socket_group);
    if (g)
        *group = g->gr_gid;
    else
        snprintf(why, why_size, "SocketGroup %s does not exist", conf->socket_group);
    return g != NULL;
}
