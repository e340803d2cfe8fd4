/* SPDX-License-Identifier: MIT */
#include "daemon/io/listen.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/memory.h"
#include "daemon/io/clock.h"
#include "daemon/io/descriptors.h"
#include "daemon/io/host.h"
#include "daemon/io/log_output.h"
#include "daemon/io/monitor_port.h"
#include "daemon/io/run_folder.h"
#include "daemon/io/tcp_port.h"
#include "daemon/session/handshake.h"

#define CLASSIC_DIR "/tmp" /* where libraries of 5.0.1 look for PORT */

enum {
    LISTENERS_MAX = CONF_INTERFACES_MAX + 2, /* and two Unix sockets */
    ACCEPT_US = 200,        /* of a turn; then others get theirs */
    LOOK_AGAIN_US = 100000, /* while there are no descriptors */
    CLIENT_BUFFER = 1 << 20,
    GIDS_MAX = 512,
};

struct listener {
    struct listeners *all;
    int fd;
    bool local;
    struct event event;
};

struct listeners {
    struct listener list[LISTENERS_MAX];
    int count;
    struct clients *clients;
    struct daemon *daemon;
    struct reserve reserve;
    bool resting; /* nobody is accepted, for not even the reserve is there */
    struct event look_again;
    struct unix_socket unix_socket, classic;
    struct monitor_port *monitor_port;
};

static struct listener *add(struct listeners *l, int fd, bool local)
{
    struct listener *one = &l->list[l->count++];
    *one = (struct listener){.all = l, .fd = fd, .local = local};
    return one;
}

/* -- TCP ----------------------------------------------------------------------------------- */

/* On Linux SO_REUSEADDR lets nobody share a listening port; it only forgives the remains of old
 * connections. So "auto" sets it, where 5.0.1 did so for explicit interfaces alone. */
static bool open_all_tcp(struct listeners *l, const struct conf *conf, int self, char *why,
                         size_t why_size)
{
    const struct conf_daemon *me = &conf->daemons[self];
    uint16_t port = conf->segments[me->segment].port;
    bool reuse = conf->socket_port_reuse != CONF_OFF;
    struct conf_interface any = {.ip = {.family = me->ip.family}, .uses = CONF_FOR_ALL};
    const struct conf_interface *list = me->interface_count ? me->interfaces : &any;
    int count = me->interface_count ? me->interface_count : 1;

    for (int i = 0; i < count; i++) {
        if (!(list[i].uses & CONF_FOR_CLIENTS) ||
            conf_listens_to_all(me, CONF_FOR_CLIENTS, &list[i].ip))
            continue;
        int fd = tcp_port_open(&list[i].ip, port, reuse, why, why_size);
        if (fd < 0)
            return false;
        add(l, fd, false);
    }
    return true;
}

/* -- the Unix sockets ---------------------------------------------------------------------- */

/* Another daemon may have the path: where two share a folder but no address. Clients can do without
 * it as long as there is TCP, unless that folder was asked for: wanted. */
static bool open_unix(struct listeners *l, const struct unix_place *place, bool wanted, char *why,
                      size_t why_size)
{
    int fd;
    enum unix_path path = unix_socket_open(&l->unix_socket, &fd, place, why, why_size);
    if (path == UNIX_OPENED)
        add(l, fd, true);
    if (path != UNIX_TAKEN || l->count == 0 || wanted)
        return path == UNIX_OPENED;
    log_event(log_output(), LOG_PRINT, LEVEL_WARNING,
              "%s: clients reach this one by TCP only, as %u@ADDRESS; with --socket-dir or SocketDir it "
              "has a path of its own",
              why, place->port);
    why[0] = '\0';
    return true;
}

static bool is_classic(const struct unix_socket *s)
{
    struct stat ours, classic;
    return s->dir >= 0 && fstat(s->dir, &ours) == 0 && stat(CLASSIC_DIR, &classic) == 0 &&
           ours.st_dev == classic.st_dev && ours.st_ino == classic.st_ino;
}

/* Anybody can be first in /tmp and stay there, so a daemon that has a folder of its own does without. */
static void open_classic(struct listeners *l, const struct unix_place *place)
{
    char why[512];
    int fd;
    struct unix_place classic = *place;
    classic.dir = CLASSIC_DIR;
    if (is_classic(&l->unix_socket))
        return;
    if (unix_socket_open(&l->classic, &fd, &classic, why, sizeof why) == UNIX_OPENED)
        add(l, fd, true);
    else
        log_event(log_output(), LOG_PRINT, LEVEL_WARNING,
                  "warning: %s: clients that look for the daemon there do not find it. ClassicSocket = "
                  "off does without that path",
                  why);
}

static bool open_all_unix(struct listeners *l, const struct conf *conf, uint16_t port,
                          const char *option, const struct account *owner, char *why, size_t why_size)
{
    const char *asked = option ? option : conf->socket_dir[0] ? conf->socket_dir : NULL;
    struct unix_place place = {.dir = asked ? asked : SPREAD_SOCKET_DIR,
                               .port = port,
                               .mode = conf->socket_mode,
                               .owner = owner};
    if (!run_folder_group(conf, &place.group, why, why_size) ||
        (asked && !option && !run_folder_make(asked, owner, why, why_size)) ||
        !open_unix(l, &place, asked != NULL, why, why_size))
        return false;
    if (conf->classic_socket == CONF_ON || (conf->classic_socket == CONF_AUTO && asked && !option))
        open_classic(l, &place);
    return true;
}

struct listeners *listeners_open(const struct conf *conf, int self, const char *socket_dir,
                                 const struct account *owner, char *why, size_t why_size)
{
    struct listeners *l = memory_new(sizeof *l);
    uint16_t port = conf->segments[conf->daemons[self].segment].port;
    l->unix_socket.dir = l->classic.dir = -1;
    reserve_init(&l->reserve);
    if (open_all_tcp(l, conf, self, why, why_size) &&
        (l->monitor_port = monitor_port_open(conf, self, why, why_size)) &&
        open_all_unix(l, conf, port, socket_dir, owner, why, why_size))
        return l;
    listeners_close(l);
    return NULL;
}

void listeners_close(struct listeners *l)
{
    if (!l)
        return;
    unix_socket_close(&l->unix_socket);
    unix_socket_close(&l->classic);
    monitor_port_close(l->monitor_port);
    for (int i = 0; i < l->count; i++) {
        if (l->clients)
            event_del(&l->list[i].event);
        close(l->list[i].fd);
    }
    if (l->clients)
        event_del(&l->look_again);
    reserve_fini(&l->reserve);
    free(l);
}

/* -- accepting ----------------------------------------------------------------------------- */

static void look_again(struct listeners *l)
{
    struct timeval wait = {.tv_usec = LOOK_AGAIN_US};
    event_add(&l->look_again, &wait);
}

/* A connection that waits makes its listener readable all the time, so they are not watched while
 * nothing can be done about it. */
static void rest(struct listeners *l)
{
    l->resting = true;
    for (int i = 0; i < l->count; i++)
        event_del(&l->list[i].event);
}

static void tell(struct listeners *l, enum event_kind kind, uint64_t number)
{
    struct event_record e = event_about(kind, NO_PROC, number);
    daemon_tell(l->daemon, &e, clock_now());
}

static void on_look_again(evutil_socket_t fd, short what, void *context)
{
    struct listeners *l = context;
    uint64_t refused;
    (void)fd;
    (void)what;
    if (reserve_take(&l->reserve) && l->resting) {
        l->resting = false;
        for (int i = 0; i < l->count; i++)
            event_add(&l->list[i].event, NULL);
    }
    if (l->resting || !reserve_is_over(&l->reserve, &refused, clock_now()))
        look_again(l);
    else
        tell(l, EVENT_SCARCE_OVER, refused);
}

static void note(struct listeners *l, int error, bool refused)
{
    if (!reserve_note(&l->reserve, refused, clock_now()))
        return;
    tell(l, EVENT_SCARCE, (uint64_t)error);
    look_again(l);
}

/* No descriptor is left: the one in reserve takes the connection, to say so and close it. False
 * if that was not possible, or nobody is waiting. */
static bool turn_away(struct listeners *l, int listener)
{
    uint8_t byte = handshake_quota_byte();
    int error = errno;
    if (!reserve_give_up(&l->reserve)) {
        note(l, error, false);
        rest(l);
        return false;
    }
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    bool nobody = fd < 0 && errno == EAGAIN;
    if (fd >= 0) {
        send(fd, &byte, 1, MSG_NOSIGNAL);
        close(fd);
        daemon_count_quota(l->daemon);
    }
    bool again = reserve_take(&l->reserve);
    if (!nobody)
        note(l, error, fd >= 0);
    if (!again || (fd < 0 && !nobody))
        rest(l);
    return fd >= 0 && again;
}

/* What accept4 says of a connection that is gone again, or of its network: the next one may do. */
static bool is_of_one_connection(int error)
{
    static const int errors[] = {EINTR,       ECONNABORTED, EPROTO,   ENETDOWN,
                                 ENOPROTOOPT, EHOSTDOWN,    ENONET,   EHOSTUNREACH,
                                 EOPNOTSUPP,  ENETUNREACH,  ETIMEDOUT};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (errors[i] == error)
            return true;
    return false;
}

/* Nobody was accepted. Whether there is somebody else to be asked. */
static bool go_on(struct listeners *l, int listener)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return false;
    if (errno == EMFILE || errno == ENFILE)
        return turn_away(l, listener);
    if (is_of_one_connection(errno))
        return true;
    note(l, errno, false); /* no memory, or what we do not know: later */
    rest(l);
    return false;
}

static void tune(int fd, bool local)
{
    int on = 1, buffer = CLIENT_BUFFER;
    if (local) {
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
        return;
    }
    /* TCP sizes its buffers itself, and better. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

/* The process that connected to the Unix socket: its user, its group and the others that it had then.
 * Of one in more groups than that only the first is known. */
static void look_at_user(int fd, struct peer *peer, uint32_t gids[GIDS_MAX])
{
    struct ucred u;
    socklen_t len = sizeof u;
    peer->uid = IDENTITY_NOBODY;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &u, &len) != 0 || u.uid == IDENTITY_NOBODY)
        return;
    peer->uid = u.uid;
    peer->gids = gids;
    peer->gid_count = 1;
    gids[0] = u.gid;
    len = (GIDS_MAX - 1) * sizeof gids[0];
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, gids + 1, &len) == 0)
        peer->gid_count += len / sizeof gids[0];
}

static void on_connectable(evutil_socket_t listener, short what, void *context)
{
    struct listener *one = context;
    uint32_t gids[GIDS_MAX];
    (void)what;
    for (usec end = clock_now() + ACCEPT_US; clock_now() < end;) {
        struct sockaddr_storage address = {0};
        socklen_t len = sizeof address;
        int fd = accept4(listener, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && go_on(one->all, listener))
            continue;
        if (fd < 0)
            return;
        struct peer peer = {.local = one->local};
        if (one->local)
            look_at_user(fd, &peer, gids);
        else
            peer.ip = host_ip(&address, &peer.port);
        tune(fd, one->local);
        clients_add(one->all->clients, fd, &peer);
    }
}

void listeners_start(struct listeners *l, struct event_base *base, struct clients *clients,
                     struct http *http, struct daemon *daemon)
{
    l->clients = clients;
    l->daemon = daemon;
    event_assign(&l->look_again, base, -1, 0, on_look_again, l);
    monitor_port_start(l->monitor_port, base, http);
    for (int i = 0; i < l->count; i++) {
        struct listener *one = &l->list[i];
        event_assign(&one->event, base, one->fd, EV_READ | EV_PERSIST, on_connectable, one);
        event_add(&one->event, NULL);
    }
}
