/* SPDX-License-Identifier: MIT */
#include "daemon/io/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/memory.h"

/* The folders that paths begin at; AT_FDCWD: those of the process. */
static int root = AT_FDCWD, here = AT_FDCWD;

void files_keep_root(void)
{
    int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top >= 0)
        root = top;
    if (folder >= 0)
        here = folder;
}

/* The folder that path begins at; *path is the rest of it from there. */
static int begin_of(const char **path)
{
    if (**path != '/')
        return here;
    if (root == AT_FDCWD)
        return AT_FDCWD;
    *path += strspn(*path, "/");
    return root;
}

int file_open(const char *path, int flags, mode_t mode)
{
    int from = begin_of(&path);
    return openat(from, path, flags | O_CLOEXEC, mode);
}

bool file_exists(const char *path)
{
    int from = begin_of(&path);
    return faccessat(from, path, F_OK, 0) == 0;
}

bool file_look(const char *path, struct stat *is)
{
    int from = begin_of(&path);
    return fstatat(from, path, is, 0) == 0;
}

bool file_owner(const char *path, uid_t *owner)
{
    struct stat is;
    bool told = file_look(path, &is);
    if (told)
        *owner = is.st_uid;
    return told;
}

enum { CHUNK = 64 << 10, LARGEST = 16 << 20 };

/* Appends what comes until the end; false with errno set. */
static bool read_all(int fd, char **text, size_t *len)
{
    *text = NULL;
    *len = 0;
    for (;;) {
        *text = memory_grow(*text, *len + CHUNK + 1);
        ssize_t n = read(fd, *text + *len, CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        *len += (size_t)n;
        (*text)[*len] = '\0';
        if (n == 0)
            return true;
        if (*len > LARGEST) {
            errno = EFBIG;
            return false;
        }
    }
}

char *file_read(const char *path, size_t *len)
{
    char *text = NULL;
    int fd = file_open(path, O_RDONLY, 0);
    if (fd < 0)
        return NULL;
    bool ok = read_all(fd, &text, len);
    int error = errno;
    close(fd);
    if (!ok) {
        free(text);
        text = NULL;
    }
    errno = error;
    return text;
}

const char *file_remedy(int error)
{
    return error == EACCES   ? ": let the user that the daemon runs as read it"
           : error == ENOENT ? ": put it there, or name another one"
                             : "";
}

const char *file_default_conf(void)
{
    static const char *const places[] = {"spread.conf", SPREAD_SYSCONFDIR "/spread.conf",
                                         "/etc/spread.conf"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (file_exists(places[i]))
            return places[i];
    return NULL;
}
