/* SPDX-License-Identifier: MIT */
#include "daemon/io/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/base/memory.h"
#include "daemon/io/log_output.h"

enum {
    TEXT = 256,
    AGAIN_US = 100000, /* while nobody reads what we have sent */
};

/* What is told, in this order. */
enum kind { RELOADING, READY, STATUS, STOPPING, WATCHDOG, KINDS };

struct notify {
    int fd; /* -1: nobody wants to be told */
    bool owed[KINDS];
    bool reloads, stops;
    usec reloading_at;    /* when the reload has begun that is told of */
    char status[TEXT];
    usec watchdog;        /* how often the loop is to be seen turning; NEVER: it need not */
    usec watchdog_at;
    usec again_at;        /* NEVER: nothing is owed */
};

/* -- what the environment says ----------------------------------------------------------------- */

/* A path, or behind @ a name that no folder has. False: it is nothing we can send to. */
static bool read_address(const char *text, struct sockaddr_un *to, socklen_t *len)
{
    size_t n = strlen(text);
    *to = (struct sockaddr_un){.sun_family = AF_UNIX};
    if ((text[0] != '/' && text[0] != '@') || n < 2 || n >= sizeof to->sun_path)
        return false;
    memcpy(to->sun_path, text, n + 1);
    if (text[0] == '@')
        to->sun_path[0] = '\0';
    *len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (text[0] == '/'));
    return true;
}

static int connect_to(const char *text)
{
    struct sockaddr_un to;
    socklen_t len;
    if (!read_address(text, &to, &len)) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, len) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static bool read_number(const char *text, uint64_t *number)
{
    char *end;
    errno = 0;
    *number = text ? strtoull(text, &end, 10) : 0;
    return text && text[0] >= '0' && text[0] <= '9' && !*end && errno == 0;
}

/* Twice in the time after which the manager takes us for dead. It may mean another process. */
static usec read_watchdog(void)
{
    uint64_t limit, pid;
    const char *who = getenv("WATCHDOG_PID");
    if (who && (!read_number(who, &pid) || pid != (uint64_t)getpid()))
        return NEVER;
    if (!read_number(getenv("WATCHDOG_USEC"), &limit) || limit < 2 || limit / 2 >= NEVER / 2)
        return NEVER;
    return (usec)(limit / 2);
}

static void give_up(struct notify *n, const char *what)
{
    log_event(log_output(), LOG_PRINT, LEVEL_WARNING,
              "the service manager is told nothing: %s NOTIFY_SOCKET failed: %s", what,
              strerror(errno));
    if (n->fd >= 0)
        close(n->fd);
    n->fd = -1;
    n->watchdog_at = n->again_at = NEVER;
}

struct notify *notify_open(void)
{
    struct notify *n = memory_new(sizeof *n);
    const char *where = getenv("NOTIFY_SOCKET");
    n->fd = -1;
    n->watchdog = n->watchdog_at = n->again_at = NEVER;
    if (!where || !*where)
        return n;
    n->fd = connect_to(where);
    if (n->fd < 0) {
        give_up(n, "connecting to");
        return n;
    }
    n->watchdog = read_watchdog();
    if (n->watchdog != NEVER)
        n->watchdog_at = 0; /* with the first turn */
    return n;
}

void notify_close(struct notify *n)
{
    if (!n)
        return;
    if (n->fd >= 0)
        close(n->fd);
    free(n);
}

/* -- what is to be told ------------------------------------------------------------------------ */

static void owe(struct notify *n, enum kind kind)
{
    if (n->fd < 0 || n->stops)
        return;
    n->owed[kind] = true;
    n->again_at = 0;
}

void notify_ready(struct notify *n)
{
    owe(n, READY);
}

/* A manager that waits for the end of one reload takes any READY for it, so none is told that was owed
 * before another one began. */
void notify_reloading(struct notify *n, bool under_way, usec now)
{
    if (under_way == n->reloads)
        return;
    n->reloads = under_way;
    if (under_way) {
        n->reloading_at = now;
        n->owed[READY] = false;
    }
    owe(n, under_way ? RELOADING : READY);
}

void notify_stopping(struct notify *n)
{
    n->owed[RELOADING] = n->owed[READY] = false;
    owe(n, STOPPING);
    n->stops = true;
}

void notify_status(struct notify *n, const char *text)
{
    snprintf(n->status, sizeof n->status, "%s", text);
    owe(n, STATUS);
}

/* -- telling it -------------------------------------------------------------------------------- */

static size_t write_text(const struct notify *n, enum kind kind, char text[2 * TEXT])
{
    switch (kind) {
    case RELOADING:
        return (size_t)snprintf(text, 2 * TEXT, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\n",
                                (uint64_t)n->reloading_at);
    case READY:
        return (size_t)snprintf(text, 2 * TEXT, "READY=1\n");
    case STATUS:
        return (size_t)snprintf(text, 2 * TEXT, "STATUS=%s\n", n->status);
    case STOPPING:
        return (size_t)snprintf(text, 2 * TEXT, "STOPPING=1\n");
    case WATCHDOG:
    case KINDS:
        break;
    }
    return (size_t)snprintf(text, 2 * TEXT, "WATCHDOG=1\n");
}

/* False, with errno set, if it did not go out. */
static bool send_one(const struct notify *n, enum kind kind)
{
    char text[2 * TEXT];
    size_t len = write_text(n, kind, text);
    ssize_t sent;
    do {
        sent = send(n->fd, text, len, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)len;
}

static void send_owed(struct notify *n, usec now)
{
    n->again_at = NEVER;
    for (int k = 0; k < KINDS; k++) {
        if (!n->owed[k])
            continue;
        if (send_one(n, (enum kind)k)) {
            n->owed[k] = false;
            continue;
        }
        if (errno == EAGAIN || errno == ENOBUFS)
            n->again_at = now + AGAIN_US;
        else
            give_up(n, "sending to");
        return;
    }
}

void notify_step(struct notify *n, usec now)
{
    if (n->watchdog_at <= now) {
        n->watchdog_at = now + n->watchdog;
        n->owed[WATCHDOG] = true;
        n->again_at = 0;
    }
    if (n->again_at <= now)
        send_owed(n, now);
}

usec notify_deadline(const struct notify *n)
{
    return usec_earlier(n->watchdog_at, n->again_at);
}
