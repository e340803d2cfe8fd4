/* SPDX-License-Identifier: MIT */
#include "tools/monitor/station.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/io/clock.h"
#include "daemon/io/files.h"
#include "daemon/io/host.h"
#include "daemon/io/key_file.h"

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

/* False: there are none to be used; a file that cannot be leaves a line in why. */
static bool find_keys(const struct station *s, struct keyring *keys, char why[STATION_WHY])
{
    const char *path = s->key ? s->key : s->conf->daemon_key_file;
    return !s->open && path[0] && key_file_read(path, key_file_user(s->conf), keys, why, STATION_WHY);
}

/* False with a line in why: a file that was named cannot be used. One that the configuration names may
 * be for others to read. */
static bool read_keys(struct station *s, char why[STATION_WHY])
{
    struct keyring keys;
    bool usable = find_keys(s, &keys, s->no_keys);
    if (usable) {
        s->no_keys[0] = '\0';
        s->parley = parley_new(&keys);
        keyring_wipe(&keys);
    }
    if (usable ? s->parley != NULL : !s->key)
        return true;
    snprintf(why, STATION_WHY, "%s", usable ? "the system has no random numbers" : s->no_keys);
    return false;
}

bool station_renew_keys(struct station *s)
{
    struct keyring keys;
    char why[STATION_WHY];
    if (!find_keys(s, &keys, why))
        return false;
    bool others = !s->parley || parley_use(s->parley, &keys);
    if (!s->parley)
        s->parley = parley_new(&keys);
    keyring_wipe(&keys);
    if (s->parley)
        s->no_keys[0] = '\0';
    return others && s->parley;
}

bool station_open(struct station *s, char why[STATION_WHY])
{
    s->fd = -1;
    s->parley = NULL;
    s->no_keys[0] = '\0';
    s->conf = read_conf(s->path, why);
    if (s->conf && read_keys(s, why) && (s->self = host_find_self(s->conf, s->name, why, STATION_WHY)) >= 0)
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
    parley_free(s->parley);
    conf_free(s->conf);
    s->fd = -1;
    s->parley = NULL;
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
    if (next.parley)
        parley_forget(next.parley);
    *s = next;
    station_renew_keys(s);
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

static void ask(const struct station *s, int daemon, const uint8_t *packet, size_t len)
{
    uint8_t sealed[ENVELOPE_MAX];
    if (s->parley)
        send_to(s, daemon, sealed, parley_ask(s->parley, packet, len, sealed));
    else
        send_to(s, daemon, packet, len);
}

/* The commands for it, if it has given us a moment for them. */
static void send_kept(const struct station *s, int daemon)
{
    uint8_t sealed[ENVELOPE_MAX];
    for (size_t len; (len = parley_next(s->parley, daemon, clock_now(), sealed)) > 0;)
        send_twice(s, daemon, sealed, len);
}

/* Whatever configuration it has, it answers the question for the hash, and gives a moment. */
static void ask_moment(const struct station *s, int daemon)
{
    uint8_t bytes[MONITOR_PACKET_MAX];
    size_t len = make_packet(s, s->conf->hash, MONITOR_HASH, NULL, 0, bytes);
    for (int copy = 0; copy < 2; copy++)
        ask(s, daemon, bytes, len);
}

static void command(const struct station *s, int daemon, uint32_t type, const uint8_t *bytes, size_t len)
{
    if (!s->parley) {
        send_twice(s, daemon, bytes, len);
        return;
    }
    parley_keep(s->parley, daemon, type, bytes, len);
    send_kept(s, daemon);
    if (parley_waits(s->parley, daemon))
        ask_moment(s, daemon);
}

static void command_all(const struct station *s, uint32_t hash, uint32_t type, const uint8_t *body,
                        size_t len)
{
    uint8_t bytes[MONITOR_PACKET_MAX];
    size_t packet_len = make_packet(s, hash, type, body, len, bytes);
    for (int i = 0; i < s->conf->daemon_count; i++)
        command(s, i, type, bytes, packet_len);
}

void station_ask_status(const struct station *s, int daemon)
{
    uint8_t bytes[MONITOR_PACKET_MAX];
    ask(s, daemon, bytes, make_packet(s, s->conf->hash, MONITOR_STATUS, NULL, 0, bytes));
}

void station_ask_hash(const struct station *s, int daemon)
{
    uint8_t bytes[MONITOR_PACKET_MAX];
    send_to(s, daemon, bytes, make_packet(s, s->conf->hash, MONITOR_HASH, NULL, 0, bytes));
}

void station_ask_peers(const struct station *s, int daemon)
{
    static const uint8_t zeros[MONITOR_BODY_MAX];
    uint8_t bytes[MONITOR_PACKET_MAX];
    size_t len = monitor_peers_len(s->conf->daemon_count);
    ask(s, daemon, bytes, make_packet(s, s->conf->hash, MONITOR_PEERS, zeros, len, bytes));
}

void station_ask_part(const struct station *s, int daemon, const struct part_question *q)
{
    uint8_t body[MONITOR_BODY_MAX], bytes[MONITOR_PACKET_MAX];
    size_t len = part_question_encode(body, q);
    ask(s, daemon, bytes, make_packet(s, s->conf->hash, MONITOR_PART, body, len, bytes));
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
        command(s, i, MONITOR_PARTITION, bytes, packet_len);
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

static enum station_news take_peers(const struct station *s, struct station_report *r,
                                    const struct monitor_packet *p)
{
    r->daemon = conf_find_id(s->conf, p->process);
    return r->daemon >= 0 && is_from(s, r) &&
                   monitor_peers_decode(&r->peers, p->body, s->conf->daemon_count)
               ? STATION_PEERS
               : STATION_NOISE;
}

static enum station_news take_part(const struct station *s, struct station_report *r,
                                   const struct monitor_packet *p)
{
    r->daemon = conf_find_id(s->conf, p->process);
    if (r->daemon < 0 || !is_from(s, r) || !part_answer_decode(&r->part, p->body) ||
        r->part.len > PART_DATA)
        return STATION_NOISE;
    memcpy(r->data, r->part.data, r->part.len);
    r->part.data = r->data;
    return STATION_PART;
}

static enum station_news take_status(const struct station *s, struct station_report *r,
                                     const struct monitor_packet *p)
{
    if (!(p->type & MONITOR_STATUS) || p->body.left != MONITOR_STATUS_BODY ||
        !monitor_status_decode(&r->status, p->body))
        return STATION_NOISE;
    r->daemon = conf_find_id(s->conf, (uint32_t)r->status.my_id);
    if (r->daemon < 0)
        return STATION_UNKNOWN;
    return is_from(s, r) ? STATION_REPORT : STATION_NOISE;
}

static enum station_news take(const struct station *s, struct station_report *r, const uint8_t *bytes,
                              size_t len)
{
    struct monitor_packet p;
    if (!monitor_packet_decode(&p, bytes, len))
        return STATION_NOISE;
    if (p.type == MONITOR_HASH)
        return take_hash(s, r, &p);
    if (p.type == MONITOR_PART)
        return take_part(s, r, &p);
    return p.type == MONITOR_PEERS ? take_peers(s, r, &p) : take_status(s, r, &p);
}

/* What is in the envelope, and the moment it brings. */
static enum station_news take_sealed(const struct station *s, struct station_report *r,
                                     const uint8_t *bytes, size_t len)
{
    uint8_t room[ENVELOPE_ROOM];
    struct envelope e;
    if (!parley_open(s->parley, &e, bytes, len, room))
        return STATION_NOISE;
    enum station_news news = take(s, r, e.packet, e.len);
    if (news == STATION_NOISE || news == STATION_UNKNOWN)
        return news;
    if (!parley_note(s->parley, r->daemon, &e, clock_now()))
        return STATION_NOISE;
    send_kept(s, r->daemon);
    return news;
}

enum station_news station_receive(const struct station *s, struct station_report *r)
{
    uint8_t bytes[ENVELOPE_MAX];
    struct sockaddr_storage from = {0};
    socklen_t from_len = sizeof from;
    uint16_t port;
    ssize_t n = recvfrom(s->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &from_len);
    if (n < 0)
        return STATION_QUIET;
    r->source = host_ip(&from, &port);
    if (s->parley && envelope_is(bytes, (size_t)n))
        return take_sealed(s, r, bytes, (size_t)n);
    enum station_news news = take(s, r, bytes, (size_t)n);
    return s->parley && news != STATION_HASH ? STATION_NOISE : news;
}

static bool waits(const struct station *s)
{
    for (int i = 0; s->parley && i < s->conf->daemon_count; i++)
        if (parley_waits(s->parley, i))
            return true;
    return false;
}

void station_settle(const struct station *s)
{
    static struct station_report r;
    struct pollfd fd = {.fd = s->fd, .events = POLLIN};
    usec until = clock_now() + USEC_SECOND;
    for (usec now; waits(s) && (now = clock_now()) < until;)
        if (station_receive(s, &r) == STATION_QUIET)
            poll(&fd, 1, (int)((until - now) / USEC_MS) + 1);
}
