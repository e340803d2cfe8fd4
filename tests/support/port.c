/* SPDX-License-Identifier: MIT */
#include "tests/support/port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/test.h"

enum { FIRST = 10000, LAST = 65534 };

/* What the kernel gives to connections. */
struct range {
    unsigned low, high;
};

static struct range read_range(void)
{
    struct range r;
    FILE *f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%u %u", &r.low, &r.high), 2);
    fclose(f);
    return r;
}

/* Neither this port nor the next is one of the kernel's; any will do where the others are too few to
 * be found. */
static bool is_outside(struct range r, unsigned port)
{
    return port > r.high || port + 1 < r.low || (r.low <= FIRST && r.high >= LAST);
}

static unsigned some_even_port(void)
{
    uint16_t number;
    assert_int_equal(getrandom(&number, sizeof number, 0), sizeof number);
    return FIRST + 2 * (number % ((LAST - FIRST) / 2u + 1));
}

/* Never closed: the claim ends with the process. False: another test has the port. */
static bool claim(unsigned port, int *fd)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int len = snprintf(a.sun_path + 1, sizeof a.sun_path - 1, "spread-test-port-%u", port);
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(*fd >= 0);
    return bind(*fd, (struct sockaddr *)&a,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len)) == 0;
}

static bool binds(int type, unsigned port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    bool free = bind(fd, (struct sockaddr *)&a, sizeof a) == 0;
    close(fd);
    return free;
}

static bool is_free(unsigned port)
{
    char path[64];
    snprintf(path, sizeof path, SPREAD_SOCKET_DIR "/%u", port);
    return access(path, F_OK) != 0 && binds(SOCK_STREAM, port) && binds(SOCK_DGRAM, port) &&
           binds(SOCK_DGRAM, port + 1);
}

uint16_t port_free(void)
{
    struct range kernels = read_range();
    for (;;) {
        unsigned port = some_even_port();
        int fd;
        if (!is_outside(kernels, port))
            continue;
        if (claim(port, &fd) && is_free(port))
            return (uint16_t)port;
        close(fd);
    }
}
