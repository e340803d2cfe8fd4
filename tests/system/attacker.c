/* SPDX-License-Identifier: MIT
 *
 * attacker - who sits on the wire: hears every packet between daemons, keeps them, and sends them again,
 * changed or not, to whom he likes, at a rate.
 *
 * usage: attacker record FILE COUNT PORT INTERFACE...
 *        attacker send FILE RATE SECONDS SEED ASIDE PORT INTERFACE...
 *
 * The interfaces are the ends of the wire, the first that of host 1 and so on; he sends to host 2 by the
 * second, in the name of any other. PORT is the first one of the daemons; he sends to ports ASIDE above
 * those: with 0 to the daemons, with more past them, so that only what he takes of the machine is felt.
 * FILE has what was heard in earlier lives of the daemons; what he hears while he sends takes its place
 * bit by bit. At the end he says in JSON what he has sent. IPv4 only.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "daemon/base/random.h"

enum {
    HOSTS_MAX = 8,
    KEPT = 20000, /* packets */
    PAYLOAD_MAX = 1472,
    FRONT = 14 + 20 + 8, /* of Ethernet, IPv4, UDP */
    BATCH = 8,
    HEADER = 32, /* of a packet between daemons, which has its length at 28, and a tag behind it */
    TAG = 16,
};

struct packet {
    uint8_t from[6], to[6]; /* of Ethernet */
    uint32_t source, target; /* of IP, in network order */
    uint16_t source_port, port;
    uint16_t len;
    uint8_t payload[PAYLOAD_MAX];
};

struct host {
    int fd;
    uint32_t ip; /* 0: it has not been heard yet */
    uint8_t mac[6];
};

/* What is done to a packet before it is sent. */
enum deed { REPEAT, FLIP, REDIRECT, POSE, CUT, AHEAD, OTHER_LIFE, UNSEAL, DEEDS };
static const char *const deed_names[DEEDS] = {"repeated",  "flipped", "redirected", "posed",
                                              "cut",       "ahead",   "other_life", "unsealed"};

struct attacker {
    struct host hosts[HOSTS_MAX];
    int host_count;
    uint16_t port, aside;
    struct random random;
    struct packet *kept;
    uint32_t count, heard;
    uint64_t sent[DEEDS], refused;
};

static void give_up(const char *what)
{
    perror(what);
    exit(1);
}

static uint16_t half(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

/* -- hearing -------------------------------------------------------------------------------------- */

static void open_hosts(struct attacker *a, int count, char **interfaces)
{
    if (count < 1 || count > HOSTS_MAX)
        exit(2);
    a->host_count = count;
    for (int i = 0; i < count; i++) {
        struct sockaddr_ll at = {.sll_family = AF_PACKET,
                                 .sll_protocol = htons(ETH_P_ALL),
                                 .sll_ifindex = (int)if_nametoindex(interfaces[i])};
        int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL));
        if (fd < 0 || at.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0)
            give_up(interfaces[i]);
        a->hosts[i].fd = fd;
    }
}

static void keep(struct attacker *a, const struct packet *p)
{
    uint32_t place = a->count < KEPT ? a->count++ : random_below(&a->random, KEPT);
    a->kept[place] = *p;
    a->heard++;
}

/* A frame may hold a run of packets that the system has not cut yet. */
static void take(struct attacker *a, struct host *h, const uint8_t *frame, size_t len)
{
    struct packet p;
    if (len < FRONT || half(frame + 12) != ETH_P_IP || frame[14] != 0x45 || frame[23] != IPPROTO_UDP)
        return;
    memcpy(p.to, frame, 6);
    memcpy(p.from, frame + 6, 6);
    memcpy(&p.source, frame + 26, 4);
    memcpy(&p.target, frame + 30, 4);
    p.source_port = half(frame + 34);
    p.port = half(frame + 36);
    if (p.port != a->port && p.port != a->port + 1)
        return;
    h->ip = p.source;
    memcpy(h->mac, p.from, 6);
    const uint8_t *at = frame + FRONT, *end = frame + len;
    while (end - at >= HEADER && at[0] == 'S' && at[1] == 'R') {
        size_t one = (size_t)HEADER + half(at + 28) + (at[5] ? TAG : 0);
        if (one > (size_t)(end - at) || one > PAYLOAD_MAX)
            return;
        p.len = (uint16_t)one;
        memcpy(p.payload, at, one);
        keep(a, &p);
        at += one;
    }
}

/* What hosts have sent; what goes to them is the same once more. */
static void hear(struct attacker *a, int at_most)
{
    static uint8_t frame[FRONT + 65535];
    for (int i = 0; i < a->host_count; i++) {
        for (int n = 0; n < at_most; n++) {
            struct sockaddr_ll from;
            socklen_t from_len = sizeof from;
            ssize_t len = recvfrom(a->hosts[i].fd, frame, sizeof frame, 0, (struct sockaddr *)&from,
                                   &from_len);
            if (len < 0)
                break;
            if (from.sll_pkttype != PACKET_OUTGOING)
                take(a, &a->hosts[i], frame, (size_t)len);
        }
    }
}

static int record(struct attacker *a, const char *file, uint32_t count)
{
    struct pollfd fds[HOSTS_MAX];
    for (int i = 0; i < a->host_count; i++)
        fds[i] = (struct pollfd){.fd = a->hosts[i].fd, .events = POLLIN};
    while (a->count < count) {
        if (poll(fds, (nfds_t)a->host_count, -1) < 0)
            give_up("poll");
        hear(a, 100);
    }
    FILE *f = fopen(file, "wb");
    if (!f || fwrite(a->kept, sizeof *a->kept, a->count, f) != a->count || fclose(f) != 0)
        give_up(file);
    printf("{\"heard\": %u}\n", a->heard);
    return 0;
}

/* -- sending -------------------------------------------------------------------------------------- */

static int host_of(const struct attacker *a, uint32_t ip)
{
    for (int i = 0; i < a->host_count; i++)
        if (a->hosts[i].ip == ip)
            return i;
    return -1;
}

/* One that was heard already; there are two at least. */
static int any_host(struct attacker *a)
{
    int i;
    do {
        i = (int)random_below(&a->random, (uint32_t)a->host_count);
    } while (a->hosts[i].ip == 0);
    return i;
}

static void aim(const struct attacker *a, struct packet *p, int to)
{
    p->target = a->hosts[to].ip;
    memcpy(p->to, a->hosts[to].mac, 6);
}

static void do_it(struct attacker *a, struct packet *p, enum deed deed)
{
    switch (deed) {
    case FLIP:
        p->payload[random_below(&a->random, p->len)] ^= (uint8_t)(1 << random_below(&a->random, 8));
        break;
    case REDIRECT:
        aim(a, p, any_host(a));
        p->port = (uint16_t)(a->port + random_below(&a->random, 2));
        break;
    case POSE: { /* as another host, and in its name */
        int as = any_host(a);
        p->source = a->hosts[as].ip;
        memcpy(p->from, a->hosts[as].mac, 6);
        p->payload[7] = (uint8_t)as;
        break;
    }
    case CUT:
        p->len = (uint16_t)random_below(&a->random, p->len);
        break;
    case AHEAD: /* far ahead of what comes */
        p->payload[20 + random_below(&a->random, 8)] ^= (uint8_t)(1 + random_below(&a->random, 255));
        break;
    case OTHER_LIFE:
        for (int i = 12; i < 20; i++)
            p->payload[i] = (uint8_t)random_next(&a->random);
        break;
    case UNSEAL:
        p->payload[5] = 0;
        p->len = (uint16_t)(p->len > HEADER + TAG ? p->len - TAG : p->len);
        break;
    default:
        break;
    }
}

static void put_half(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static size_t build(const struct packet *p, uint16_t aside, uint8_t frame[FRONT + PAYLOAD_MAX])
{
    uint32_t sum = 0;
    memset(frame, 0, FRONT);
    memcpy(frame, p->to, 6);
    memcpy(frame + 6, p->from, 6);
    put_half(frame + 12, ETH_P_IP);
    frame[14] = 0x45;
    put_half(frame + 16, 28U + p->len);
    frame[22] = 64;
    frame[23] = IPPROTO_UDP;
    memcpy(frame + 26, &p->source, 4);
    memcpy(frame + 30, &p->target, 4);
    for (int i = 14; i < 34; i += 2)
        sum += half(frame + i);
    sum = (sum & 0xffff) + (sum >> 16);
    put_half(frame + 24, ~(sum + (sum >> 16)));
    put_half(frame + 34, p->source_port);
    put_half(frame + 36, (unsigned)p->port + aside);
    put_half(frame + 38, 8U + p->len); /* and no checksum, which IPv4 allows */
    memcpy(frame + FRONT, p->payload, p->len);
    return FRONT + (size_t)p->len;
}

/* To the host that it is for, or, if it is for all, to any but the one that it says it is from. */
static int way_of(struct attacker *a, const struct packet *p)
{
    int to = host_of(a, p->target);
    while (to < 0 || a->hosts[to].ip == p->source)
        to = any_host(a);
    return to;
}

static void send_batch(struct attacker *a)
{
    static uint8_t frames[BATCH][FRONT + PAYLOAD_MAX];
    struct mmsghdr messages[BATCH] = {0};
    struct iovec parts[BATCH];
    struct packet p = a->kept[random_below(&a->random, a->count)];
    int to = way_of(a, &p);
    for (int i = 0; i < BATCH; i++) { /* all for one host: one system call */
        enum deed deed = (enum deed)random_below(&a->random, DEEDS);
        p = a->kept[random_below(&a->random, a->count)];
        do_it(a, &p, deed);
        if (way_of(a, &p) != to && host_of(a, p.target) >= 0)
            aim(a, &p, to);
        parts[i] = (struct iovec){frames[i], build(&p, a->aside, frames[i])};
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
        a->sent[deed]++;
    }
    int done = sendmmsg(a->hosts[to].fd, messages, BATCH, 0);
    a->refused += (uint64_t)(BATCH - (done > 0 ? done : 0));
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void sleep_until(int64_t ns)
{
    struct timespec t = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void load(struct attacker *a, const char *file)
{
    FILE *f = fopen(file, "rb");
    struct packet p;
    if (!f)
        give_up(file);
    while (fread(&p, sizeof p, 1, f) == 1 && p.len <= PAYLOAD_MAX)
        keep(a, &p);
    fclose(f);
}

/* Addresses come with what is heard. */
static void meet_hosts(struct attacker *a)
{
    for (int known = 0; known < a->host_count;) {
        hear(a, 100);
        known = 0;
        for (int i = 0; i < a->host_count; i++)
            known += a->hosts[i].ip != 0;
        sleep_until(now_ns() + 1000000);
    }
}

static int attack(struct attacker *a, double rate, double seconds)
{
    meet_hosts(a);
    int64_t begin = now_ns(), end = begin + (int64_t)(seconds * 1e9);
    double batches = 0;
    for (int64_t now; (now = now_ns()) < end; batches++) {
        send_batch(a);
        hear(a, 4);
        sleep_until(begin + (int64_t)((batches + 1) * BATCH / rate * 1e9));
    }
    printf("{\"sent\": %.0f, \"per_second\": %.0f, \"refused\": %llu, \"heard\": %u", batches * BATCH,
           batches * BATCH / ((double)(now_ns() - begin) / 1e9), (unsigned long long)a->refused, a->heard);
    for (int d = 0; d < DEEDS; d++)
        printf(", \"%s\": %llu", deed_names[d], (unsigned long long)a->sent[d]);
    printf("}\n");
    return 0;
}

int main(int argc, char **argv)
{
    static struct attacker a;
    bool records = argc > 5 && strcmp(argv[1], "record") == 0;
    if (!records && (argc < 10 || strcmp(argv[1], "send") != 0)) {
        fprintf(stderr, "usage: attacker record FILE COUNT PORT INTERFACE...\n"
                        "       attacker send FILE RATE SECONDS SEED ASIDE PORT INTERFACE...\n");
        return 2;
    }
    int rest = records ? 5 : 8;
    a.kept = calloc(KEPT, sizeof *a.kept);
    if (!a.kept)
        give_up("memory");
    a.port = (uint16_t)atoi(argv[rest - 1]);
    open_hosts(&a, argc - rest, argv + rest);
    if (records)
        return record(&a, argv[2], (uint32_t)atoi(argv[3]));
    a.random.state = (uint64_t)atoll(argv[5]);
    a.aside = (uint16_t)atoi(argv[6]);
    load(&a, argv[2]);
    return attack(&a, atof(argv[3]), atof(argv[4]));
}
