/* SPDX-License-Identifier: MIT */
#include "daemon/io/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/base/memory.h"

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
    int fd = open(path, O_RDONLY | O_CLOEXEC);
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

const char *file_default_conf(void)
{
    static const char *const places[] = {"spread.conf", SPREAD_SYSCONFDIR "/spread.conf",
                                         "/etc/spread.conf"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (access(places[i], F_OK) == 0)
            return places[i];
    return NULL;
}
