/* SPDX-License-Identifier: MIT */
#include "tools/passwd/users.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/memory.h"

enum { LARGEST = 16 << 20 };

struct users {
    char path[PATH_MAX]; /* without links */
    int fd;              /* the file, locked while it is changed */
    struct stat was;
    char *text;
    size_t len;
};

static void *complain(const char *path, const char *what)
{
    fprintf(stderr, "sppasswd: %s: %s: %s\n", path, what, strerror(errno));
    return NULL;
}

/* -- opening ---------------------------------------------------------------------------------- */

static bool read_text(struct users *u)
{
    u->text = memory_new((size_t)u->was.st_size + 1);
    while (u->len < (size_t)u->was.st_size) {
        ssize_t n = read(u->fd, u->text + u->len, (size_t)u->was.st_size - u->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            break;
        u->len += (size_t)n;
    }
    return true;
}

/* Somebody else may put another file in place while we wait for the lock: then that one is to be had. */
static bool is_in_place(const struct users *u)
{
    struct stat now;
    return stat(u->path, &now) == 0 && now.st_dev == u->was.st_dev && now.st_ino == u->was.st_ino;
}

static bool open_locked(struct users *u, enum users_use use)
{
    for (;;) {
        u->fd = open(u->path, O_RDONLY | O_CLOEXEC | (use == USERS_MAKE ? O_CREAT : 0), 0600);
        if (u->fd < 0 || (use != USERS_READ && flock(u->fd, LOCK_EX) != 0) ||
            fstat(u->fd, &u->was) != 0)
            return false;
        if (use == USERS_READ || is_in_place(u))
            return true;
        close(u->fd);
    }
}

struct users *users_open(const char *path, enum users_use use)
{
    struct users *u = memory_new(sizeof *u);
    u->fd = -1;
    if (!realpath(path, u->path))
        snprintf(u->path, sizeof u->path, "%s", path);
    bool opened = open_locked(u, use);
    if (opened && (!S_ISREG(u->was.st_mode) || u->was.st_size > LARGEST)) {
        errno = S_ISREG(u->was.st_mode) ? EFBIG : EINVAL;
        opened = false;
    }
    if (opened && read_text(u) && strlen(u->text) == u->len)
        return u;
    complain(path, "cannot be read");
    users_close(u);
    return NULL;
}

void users_close(struct users *u)
{
    if (u->fd >= 0)
        close(u->fd);
    if (u->text)
        explicit_bzero(u->text, u->len);
    free(u->text);
    free(u);
}

/* -- lines ------------------------------------------------------------------------------------ */

bool users_name_is_legal(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > USERS_NAME_MAX || name[0] == '#' || name[0] == ' ')
        return false;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)name[i] < ' ' || name[i] == 0x7f || name[i] == ':')
            return false;
    return true;
}

static const char *end_of_line(const char *line)
{
    const char *newline = strchr(line, '\n');
    return newline ? newline + 1 : line + strlen(line);
}

/* A line as the daemon reads it: blanks before it count for nothing. True if it is of a user: the name is
 * name_len bytes at *name, and the hash follows the colon behind it. */
static bool is_user(const char *line, const char **name, size_t *name_len)
{
    const char *end = end_of_line(line);
    *name = line + strspn(line, " \t\r");
    *name_len = strcspn(*name, ":\n");
    return **name != '#' && *name < end && (*name)[*name_len] == ':';
}

/* The line of that user; NULL: there is none. */
static const char *find(const struct users *u, const char *name)
{
    const char *at;
    size_t len;
    for (const char *line = u->text; *line; line = end_of_line(line))
        if (is_user(line, &at, &len) && len == strlen(name) && memcmp(at, name, len) == 0)
            return line;
    return NULL;
}

bool users_have(const struct users *u, const char *name)
{
    return find(u, name) != NULL;
}

/* In place of the bytes from at to end. */
static void replace(struct users *u, const char *at, const char *end, const char *with)
{
    size_t before = (size_t)(at - u->text), gone = (size_t)(end - at), more = strlen(with);
    char *text = memory_new(u->len - gone + more + 1);
    memcpy(text, u->text, before);
    memcpy(text + before, with, more);
    memcpy(text + before + more, end, u->len - before - gone);
    explicit_bzero(u->text, u->len);
    free(u->text);
    u->text = text;
    u->len = strlen(text);
}

void users_set(struct users *u, const char *name, const char *hash)
{
    char line[USERS_NAME_MAX + 256];
    const char *old = find(u, name);
    size_t at = old ? (size_t)(old - u->text) : u->len;
    users_remove(u, name); /* all passwords that it had */
    bool open_end = at > 0 && u->text[at - 1] != '\n'; /* the last line has no newline */
    snprintf(line, sizeof line, "%s%s:%s\n", open_end ? "\n" : "", name, hash);
    replace(u, u->text + at, u->text + at, line);
}

void users_remove(struct users *u, const char *name)
{
    for (const char *line; (line = find(u, name));)
        replace(u, line, end_of_line(line), "");
}

void users_each(const struct users *u, void (*visit)(const char *name, const char *hash))
{
    const char *at;
    size_t len;
    for (const char *line = u->text; *line; line = end_of_line(line)) {
        char name[USERS_NAME_MAX + 1], hash[256];
        if (!is_user(line, &at, &len) || len > USERS_NAME_MAX)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)len, at);
        snprintf(hash, sizeof hash, "%.*s", (int)strcspn(at + len + 1, " \t\r\n"), at + len + 1);
        visit(name, hash);
    }
}

/* -- writing ---------------------------------------------------------------------------------- */

static bool write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        text += n;
        len -= (size_t)n;
    }
    return fsync(fd) == 0;
}

/* The name is to last, too. */
static bool sync_folder(const char *path)
{
    char copy[PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

bool users_write(const struct users *u)
{
    char other[PATH_MAX + 8];
    snprintf(other, sizeof other, "%s.XXXXXX", u->path);
    int fd = mkostemp(other, O_CLOEXEC); /* 0600 */
    if (fd < 0) {
        complain(u->path, "cannot be written");
        return false;
    }
    bool keeps_owner = (geteuid() == u->was.st_uid && getegid() == u->was.st_gid) ||
                       fchown(fd, u->was.st_uid, u->was.st_gid) == 0;
    bool ok = keeps_owner && write_all(fd, u->text, u->len) && rename(other, u->path) == 0;
    if (!ok) {
        complain(u->path, "cannot be written");
        unlink(other);
    }
    close(fd);
    return ok && sync_folder(u->path);
}
