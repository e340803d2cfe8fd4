/* SPDX-License-Identifier: MIT
 *
 * hopbench - what it takes to hand a datagram on: processes in a circle, each of which sleeps until one
 * comes and sends it to the next. Nothing that passes through as many processes can be faster.
 *
 * usage: hopbench ADDRESS NEXT COUNT [GAP]
 *
 * With GAP it is the first of them: it sends COUNT datagrams, each so many microseconds after the one
 * before is back, and prints how long a round took. The others end with their parent.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#include "bench/measure.h"

enum { PORT = 4899, BYTES = 100 };

static struct sockaddr_in address(const char *text)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    if (inet_pton(AF_INET, text, &a.sin_addr) != 1)
        give_up("no address", 0);
    return a;
}

static void await(int fd)
{
    static char body[BYTES];
    poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1);
    if (recv(fd, body, sizeof body, 0) < 0)
        give_up("receive", 0);
}

static void hand_on(int fd, const struct sockaddr_in *next)
{
    static const char body[BYTES];
    if (sendto(fd, body, sizeof body, 0, (const struct sockaddr *)next, sizeof *next) < 0)
        give_up("send", 0);
}

static void measure(int fd, const struct sockaddr_in *next, int count, long gap_us)
{
    struct samples took = {0};
    for (int i = 0; i < count; i++) {
        nanosleep(&(struct timespec){.tv_nsec = gap_us * 1000}, NULL);
        uint64_t begin = now_us();
        hand_on(fd, next);
        await(fd);
        samples_add(&took, (uint32_t)(now_us() - begin));
    }
    printf("{\"bench\":\"hops\",\"gap_us\":%ld", gap_us);
    samples_print(&took, "round_us");
    printf("}\n");
    samples_free(&took);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("usage: hopbench ADDRESS NEXT COUNT [GAP]\n", stderr);
        return 2;
    }
    struct sockaddr_in own = address(argv[1]), next = address(argv[2]);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(fd, (const struct sockaddr *)&own, sizeof own) != 0)
        give_up("cannot bind", 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc > 4) {
        measure(fd, &next, atoi(argv[3]), atol(argv[4]));
        return 0;
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        await(fd);
        hand_on(fd, &next);
    }
}
