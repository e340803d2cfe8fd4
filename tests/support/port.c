/* SPDX-License-Identifier: MIT */
#include "tests/support/port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/test.h"

static uint16_t some_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    close(fd);
    return ntohs(a.sin_port);
}

uint16_t port_free(void)
{
    for (;;) {
        char path[64];
        uint16_t port = some_port();
        snprintf(path, sizeof path, SPREAD_SOCKET_DIR "/%u", port);
        if (access(path, F_OK) != 0)
            return port;
    }
}
