/* SPDX-License-Identifier: MIT */
#include "tools/monitor/station.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/io/files.h"
#include "daemon/io/host.h"

/* -- where we stand ------------------------------------------------------------------------ */

/* What is wrong with the file. Warnings are for whoever starts a daemon with it. */
static void on_finding(void *why, const struct conf_finding *finding)
{
    if (finding->fatal)
        conf_finding_text(finding, why, STATION_WHY);
}

static struct conf *read_conf(const char *path, char why[STATION_WHY])
{
    size_t len;
    if (!path)
        return conf_built_in(CONF_DEFAULT_PORT);
    char *text = file_read(path, &len);
    if (!text) {
        snprintf(why, STATION_WHY, "the configuration file %s cannot be read: %s", path,
                 strerrordesc_np(errno));
        return NULL;
    }
    struct conf_source source = {.file = path,
                                 .text = text,
                                 .len = len,
                                 .resolve = host_resolve,
                                 .report = on_finding,
                                 .report_context = why};
    struct conf *conf = conf_parse(&source);
    free(text);
    return conf;
}

/* A socket at the address of the daemon we pose as: others know us by it. */
static int open_socket(const struct ip *own, uint16_t *port, char why[STATION_WHY])
{
    struct sockaddr_storage address;
    char text[IP_TEXT];
    socklen_t len = host_sockaddr(&address, own, *port);
    int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
        host_ip(&address, port);
        return fd;
    }
    snprintf(why, STATION_WHY, "no UDP socket at %s port %u: %s", ip_text(own, text), *port,
             strerrordesc_np(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

bool station_open(struct station *s, char why[STATION_WHY])
{
    s->fd = -1;
    s->conf = read_conf(s->path, why);
    if (s->conf && (s->self = host_find_self(s->conf, s->name, why, STATION_WHY)) >= 0)
        s->fd = open_socket(&s->conf->daemons[s->self].ip, &s->port, why);
    if (s->fd >= 0)
        return true;
    station_close(s);
    return false;
}

void station_close(struct station *s)
{
    if (s->fd >= 0)
        close(s->fd);
    conf_free(s->conf);
    s->fd = -1;
    s->conf = NULL;
}

bool station_reread(struct station *s, char why[STATION_WHY])
{
    struct station next = *s;
    next.conf = read_conf(s->path, why);
    if (!next.conf)
        return false;
    next.self = host_find_self(next.conf, s->name, why, STATION_WHY);
    if (next.self < 0) {
        conf_free(next.conf);
        return false;
    }
    const struct ip *before = &s->conf->daemons[s->self].ip;
    const struct ip *own = &next.conf->daemons[next.self].ip;
    if (!ip_equal(before, own)) {
        next.fd = open_socket(own, &next.port, why);
        if (next.fd < 0) {
            conf_free(next.conf);
            return false;
        }
        close(s->fd);
    }
    conf_free(s->conf);
    *s = next;
    return true;
}

/* -- to daemons ---------------------------------------------------------------------------- */

static void send_to(const struct station *s, int daemon, const uint8_t *bytes, size_t len)
{
    const struct conf_daemon *d = &s->conf->daemons[daemon];
    struct sockaddr_storage to;
    socklen_t to_len = host_sockaddr(&to, &d->ip, s->conf->segments[d->segment].port);
    if (sendto(s->fd, bytes, len, 0, (struct sockaddr *)&to, to_len) < 0)
        fprintf(stderr, "spmonitor: cannot send to %s: %s\n", d->name, strerrordesc_np(errno));
}

static size_t make_packet(const struct station *s, uint32_t hash, uint32_t type,
                          const uint8_t *body, size_t len, uint8_t bytes[MONITOR_PACKET_MAX])
{
    struct monitor_packet p = {
        .type = type,
        .transmitter = s->conf->daemons[s->self].id,
        .process = s->conf->daemons[s->self].id,
        .port = s->port,
        .hash = hash,
        .body = reader_of(body, len),
    };
    return monitor_packet_encode(bytes, &p);
}

static void send_twice(const struct station *s, int daemon, const uint8_t *bytes, size_t len)
{
    for (int copy = 0; copy < 2; copy++)
        send_to(s, daemon, bytes, len);
}

static void command_all(const struct station *s, uint32_t hash, uint32_t type, const uint8_t *body,
                        size_t len)
{
    uint8_t bytes[MONITOR_PACKET_MAX];
    size_t packet_len = make_packet(s, hash, type, body, len, bytes);
    for (int i = 0; i < s->conf->daemon_count; i++)
        send_twice(s, i, bytes, packet_len);
}

void station_ask_status(const struct station *s, int daemon)
{
    uint8_t bytes[MONITOR_PACKET_MAX];
    send_to(s, daemon, bytes, make_packet(s, s->conf->hash, MONITOR_STATUS, NULL, 0, bytes));
}

void station_ask_hash(const struct station *s, int daemon)
{
    uint8_t bytes[MONITOR_PACKET_MAX];
    send_to(s, daemon, bytes, make_packet(s, s->conf->hash, MONITOR_HASH, NULL, 0, bytes));
}

void station_send_partition(const struct station *s, const int16_t *component)
{
    uint8_t body[MONITOR_BODY_MAX];
    size_t len = monitor_partition_encode(body, component, s->conf->daemon_count);
    command_all(s, s->conf->hash, MONITOR_PARTITION, body, len);
}

void station_send_flow(const struct station *s, const struct monitor_flow *flow)
{
    uint8_t body[MONITOR_BODY_MAX];
    size_t len = monitor_flow_encode(body, flow, s->conf->daemon_count);
    command_all(s, s->conf->hash, MONITOR_FLOW, body, len);
}

void station_send_reload(const struct station *s, uint32_t hash)
{
    command_all(s, hash, MONITOR_RELOAD, NULL, 0);
}

void station_terminate(const struct station *s, const struct procset *victims,
                       const int16_t *component)
{
    uint8_t body[MONITOR_BODY_MAX];
    int16_t entries[PROCS_MAX];
    for (int i = 0; i < s->conf->daemon_count; i++)
        entries[i] = procset_has(victims, (unsigned)i) ? (int16_t)MONITOR_TERMINATE : component[i];
    size_t len = monitor_partition_encode(body, entries, s->conf->daemon_count);
    uint8_t bytes[MONITOR_PACKET_MAX];
    size_t packet_len = make_packet(s, s->conf->hash, MONITOR_PARTITION, body, len, bytes);
    for procset_each(i, victims)
        send_twice(s, i, bytes, packet_len);
}

/* -- from daemons -------------------------------------------------------------------------- */

static bool is_from(const struct station *s, const struct station_report *r)
{
    return ip_equal(&s->conf->daemons[r->daemon].ip, &r->source);
}

static enum station_news take_hash(const struct station *s, struct station_report *r,
                                   const struct monitor_packet *p)
{
    r->daemon = conf_find_id(s->conf, p->process);
    r->hash = p->hash;
    return r->daemon >= 0 && is_from(s, r) ? STATION_HASH : STATION_NOISE;
}

enum station_news station_receive(const struct station *s, struct station_report *r)
{
    uint8_t bytes[MONITOR_PACKET_MAX];
    struct sockaddr_storage from = {0};
    socklen_t from_len = sizeof from;
    struct monitor_packet p;
    uint16_t port;
    ssize_t n = recvfrom(s->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &from_len);
    if (n < 0)
        return STATION_QUIET;
    r->source = host_ip(&from, &port);
    if (!monitor_packet_decode(&p, bytes, (size_t)n))
        return STATION_NOISE;
    if (p.type == MONITOR_HASH)
        return take_hash(s, r, &p);
    if (!(p.type & MONITOR_STATUS) || p.body.left != MONITOR_STATUS_BODY ||
        !monitor_status_decode(&r->status, p.body))
        return STATION_NOISE;
    r->daemon = conf_find_id(s->conf, (uint32_t)r->status.my_id);
    if (r->daemon < 0)
        return STATION_UNKNOWN;
    return is_from(s, r) ? STATION_REPORT : STATION_NOISE;
}
