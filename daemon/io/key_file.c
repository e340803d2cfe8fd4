/* SPDX-License-Identifier: MIT */
#include "daemon/io/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/io/files.h"

uid_t key_file_user(const struct conf *conf)
{
    const struct passwd *p = NULL;
    if (geteuid() != 0)
        return geteuid();
    p = getpwnam(conf->daemon_user);
    if (!p && strcmp(conf->daemon_user, "spread") == 0)
        p = getpwnam("nobody");
    return p ? p->pw_uid : 0;
}

enum { LARGEST = 16 << 10 };

/* Who can read or write what fd is, and whether that is a file at all; NULL: all is well. */
static const char *flaw_of(int fd, uid_t owner)
{
    struct stat is;
    if (fstat(fd, &is) != 0)
        return strerror(errno);
    if (!S_ISREG(is.st_mode))
        return "it is not a regular file";
    if (is.st_uid != 0 && is.st_uid != geteuid() && is.st_uid != owner)
        return "it belongs to somebody else than root and the daemon's user";
    if (is.st_mode & (S_IRWXG | S_IRWXO))
        return "others than its owner have access to it: chmod 600";
    if (is.st_size > LARGEST)
        return "it is too large to be one";
    return NULL;
}

/* The text, at most LARGEST bytes, or -1 with errno set. */
static ssize_t read_text(int fd, char text[LARGEST])
{
    ssize_t n;
    do {
        n = read(fd, text, LARGEST);
    } while (n < 0 && errno == EINTR);
    return n;
}

static bool read_keys(int fd, const char *path, struct keyring *keys, char *why, size_t why_size)
{
    char text[LARGEST];
    struct keys_error error = {0};
    ssize_t len = read_text(fd, text);
    bool ok = len >= 0 && keys_parse(keys, text, (size_t)len, &error);
    if (len < 0)
        snprintf(why, why_size, "the key file %s cannot be read: %s", path, strerror(errno));
    else if (!ok)
        snprintf(why, why_size, "%s:%d:%d: error: %s", path, error.line, error.column, error.text);
    OPENSSL_cleanse(text, sizeof text);
    return ok;
}

bool key_file_read(const char *path, uid_t owner, struct keyring *keys, char *why,
                   size_t why_size)
{
    /* What is no file must not keep us waiting. */
    int fd = file_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
    const char *flaw = fd >= 0          ? flaw_of(fd, owner)
                       : errno == ELOOP ? "it is a symbolic link: name the file itself"
                       : errno == EACCES
                           ? "Permission denied: it has to belong to the user that the daemon runs as"
                                        : strerror(errno);
    keyring_wipe(keys);
    if (flaw)
        snprintf(why, why_size, "the key file %s cannot be used: %s", path, flaw);
    bool ok = !flaw && read_keys(fd, path, keys, why, why_size);
    if (fd >= 0)
        close(fd);
    return ok;
}
