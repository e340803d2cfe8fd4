/* SPDX-License-Identifier: MIT */
#include "daemon/io/neighbour.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/config/conf.h"
#include "daemon/io/clock.h"
#include "libspread/wire/hello.h"

enum { PATIENCE_US = 1 * USEC_SECOND };

static bool write_all(int fd, const void *bytes, size_t len)
{
    return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool read_all(int fd, uint8_t *bytes, size_t len, usec until)
{
    while (len > 0) {
        usec now = clock_now();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (now >= until || poll(&p, 1, (int)((until - now) / USEC_MS) + 1) <= 0)
            return false;
        ssize_t n = recv(fd, bytes, len, MSG_DONTWAIT);
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* As a client without a name of its own and without notices; its private group is
 * "#r1-2#d1" if the daemon is called d1. */
static bool shake_hands(int fd, char group[256])
{
    uint8_t hello[HELLO_MAX], len, list[AUTH_LIST_MAX], answer[5];
    static const uint8_t choice[AUTH_CHOICE] = "NULL";
    usec until = clock_now() + PATIENCE_US;
    if (!write_all(fd, hello, hello_encode(hello, "", false, false)) ||
        !read_all(fd, &len, 1, until) || len > AUTH_LIST_MAX || !read_all(fd, list, len, until) ||
        !write_all(fd, choice, sizeof choice) || !read_all(fd, answer, sizeof answer, until) ||
        answer[0] != 1 || !read_all(fd, (uint8_t *)group, answer[4], until))
        return false;
    group[answer[4]] = '\0';
    return true;
}

void neighbour_name(int fd, char text[NEIGHBOUR_TEXT])
{
    char group[256], process[32] = "";
    struct ucred peer;
    socklen_t len = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.pid > 0)
        snprintf(process, sizeof process, " (process %d)", (int)peer.pid);
    const char *name = shake_hands(fd, group) && group[0] == '#' ? strchr(group + 1, '#') : NULL;
    if (name && strlen(name + 1) < CONF_DAEMON_NAME && name_bytes_legal(name + 1, strlen(name + 1)))
        snprintf(text, NEIGHBOUR_TEXT, "daemon %s%s", name + 1, process);
    else
        snprintf(text, NEIGHBOUR_TEXT, "another daemon%s", process);
}
