/* SPDX-License-Identifier: MIT */
#include "daemon/io/listen.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/base/memory.h"
#include "daemon/io/host.h"
#include "daemon/session/handshake.h"

enum {
    LISTENERS_MAX = CONF_INTERFACES_MAX + 2,
    BACKLOG = 65535,      /* the system cuts it to its own limit */
    ACCEPTS_A_TURN = 256, /* then others get their turn */
    CLIENT_BUFFER = 1 << 20,
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
    int reserve;   /* a descriptor to give up when there are no more, so as to say so */
    int dir;       /* folder of the Unix socket, reachable after chroot, too */
    char file[16]; /* its name there */
    dev_t device;  /* and what it was when we made it */
    ino_t inode;
};

static int fail(char *why, size_t why_size, const char *what, const char *where)
{
    snprintf(why, why_size, "%s %s: %s", what, where, strerror(errno));
    return -1;
}

static struct listener *add(struct listeners *l, int fd, bool local)
{
    struct listener *one = &l->list[l->count++];
    *one = (struct listener){.all = l, .fd = fd, .local = local};
    return one;
}

/* -- TCP ----------------------------------------------------------------------------------- */

static int open_tcp(const struct ip *ip, uint16_t port, bool reuse, char *why, size_t why_size)
{
    struct sockaddr_storage address;
    char text[IP_TEXT], where[IP_TEXT + 16];
    socklen_t len = host_sockaddr(&address, ip, port);
    int on = 1, off = 0;
    snprintf(where, sizeof where, "%s port %u", ip_text(ip, text), port);

    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(why, why_size, "no socket for", where);
    if (reuse)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (ip->family == 6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    if (errno == EADDRINUSE)
        snprintf(why, why_size, "%s is in use: another daemon, or another program, serves it",
                 where);
    else
        fail(why, why_size, "cannot listen at", where);
    close(fd);
    return -1;
}

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
        if (!(list[i].uses & CONF_FOR_CLIENTS))
            continue;
        int fd = open_tcp(&list[i].ip, port, reuse, why, why_size);
        if (fd < 0)
            return false;
        add(l, fd, false);
    }
    return true;
}

/* -- the Unix socket ----------------------------------------------------------------------- */

/* What stands at path: 0 nothing or a dead socket that was removed, -1 somebody or something. */
static int clear_path(const struct sockaddr_un *address, char *why, size_t why_size)
{
    struct stat there;
    const char *path = address->sun_path;
    if (lstat(path, &there) != 0)
        return errno == ENOENT ? 0 : fail(why, why_size, "cannot look at", path);
    if (!S_ISSOCK(there.st_mode)) {
        snprintf(why, why_size, "%s is in the way and is no socket", path);
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int result = connect(fd, (const struct sockaddr *)address, sizeof *address);
    int error = errno;
    close(fd);
    if (result == 0 || error != ECONNREFUSED) {
        snprintf(why, why_size, "%s is served by another daemon", path);
        return -1;
    }
    if (unlink(path) != 0)
        return fail(why, why_size, "cannot remove the dead socket", path);
    return 0;
}

static bool open_unix(struct listeners *l, const char *dir, uint16_t port,
                      const struct identity *owner, char *why, size_t why_size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat made;
    snprintf(l->file, sizeof l->file, "%u", port);
    if ((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", dir, l->file) >=
        sizeof address.sun_path) {
        snprintf(why, why_size, "the folder %s is too long for a socket's path", dir);
        return false;
    }
    if (clear_path(&address, why, why_size) < 0)
        return false;
    l->dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, BACKLOG) != 0 || chmod(address.sun_path, 0666) != 0 ||
        stat(address.sun_path, &made) != 0) {
        fail(why, why_size, "cannot serve", address.sun_path);
        close(fd);
        return false;
    }
    /* So that we may remove it from a sticky folder when we are root no more. */
    if (owner->drop && chown(address.sun_path, owner->uid, owner->gid) != 0) {
        fail(why, why_size, "cannot give away", address.sun_path);
        close(fd);
        return false;
    }
    l->device = made.st_dev;
    l->inode = made.st_ino;
    add(l, fd, true);
    return true;
}

static void remove_unix(const struct listeners *l)
{
    struct stat now;
    if (l->dir >= 0 && l->inode && fstatat(l->dir, l->file, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
        now.st_ino == l->inode && now.st_dev == l->device)
        unlinkat(l->dir, l->file, 0);
}

struct listeners *listeners_open(const struct conf *conf, int self, const char *socket_dir,
                                 const struct identity *owner, char *why, size_t why_size)
{
    struct listeners *l = memory_new(sizeof *l);
    uint16_t port = conf->segments[conf->daemons[self].segment].port;
    l->dir = -1;
    l->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (open_all_tcp(l, conf, self, why, why_size) &&
        open_unix(l, socket_dir, port, owner, why, why_size))
        return l;
    listeners_close(l);
    return NULL;
}

void listeners_close(struct listeners *l)
{
    if (!l)
        return;
    remove_unix(l);
    for (int i = 0; i < l->count; i++) {
        if (l->clients)
            event_del(&l->list[i].event);
        close(l->list[i].fd);
    }
    if (l->dir >= 0)
        close(l->dir);
    if (l->reserve >= 0)
        close(l->reserve);
    free(l);
}

/* -- accepting ----------------------------------------------------------------------------- */

/* No descriptor is left: the one in reserve takes the connection, to say so and close it. False
 * if nobody is waiting. */
static bool turn_away(struct listeners *l, int listener)
{
    uint8_t byte = handshake_quota_byte();
    close(l->reserve);
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        send(fd, &byte, 1, MSG_NOSIGNAL);
        close(fd);
        daemon_count_quota(l->daemon);
    }
    l->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return fd >= 0;
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

static void on_connectable(evutil_socket_t listener, short what, void *context)
{
    struct listener *one = context;
    (void)what;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        struct sockaddr_storage address = {0};
        socklen_t len = sizeof address;
        int fd = accept4(listener, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE) && turn_away(one->all, listener))
            continue;
        if (fd < 0)
            return;
        struct peer peer = {.local = one->local};
        if (!one->local)
            peer.ip = host_ip(&address, &peer.port);
        tune(fd, one->local);
        clients_add(one->all->clients, fd, &peer);
    }
}

void listeners_start(struct listeners *l, struct event_base *base, struct clients *clients,
                     struct daemon *daemon)
{
    l->clients = clients;
    l->daemon = daemon;
    for (int i = 0; i < l->count; i++) {
        struct listener *one = &l->list[i];
        event_assign(&one->event, base, one->fd, EV_READ | EV_PERSIST, on_connectable, one);
        event_add(&one->event, NULL);
    }
}
