/* SPDX-License-Identifier: MIT */
#include "daemon/io/descriptors.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/io/log_output.h"

enum {
    LOOK_AT_MOST = 4096, /* descriptors that whoever started us may have left open */
    /* The folders that paths begin at, those of the two Unix sockets and these themselves, the sockets
     * that send and answer monitors, what tells of interfaces and, twice, of this process, what the
     * service manager is told by, and the reserve. */
    ALWAYS = 13,
    OF_THE_LOOP = 6, /* of libevent: epoll, a timer, and a pair for signals, with some to spare */
    FOR_FILES = 4,   /* what a reload, the log and the resolver open for a moment */
    FEW = 1024,      /* 5.0.1 lets some 1000 clients in */
    QUIET_US = USEC_SECOND,
};

#define REMEDY "raise the limit with ulimit -n, or with LimitNOFILE= in a unit of systemd"

void descriptors_raise(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

static uint64_t count_open(uint64_t limit)
{
    uint64_t open = 0;
    for (int fd = 0; fd < LOOK_AT_MOST && (uint64_t)fd < limit; fd++)
        open += fcntl(fd, F_GETFD) >= 0;
    return open;
}

bool descriptors_suffice(const struct conf *conf, int self, char *why, size_t why_size)
{
    struct rlimit files;
    unsigned interfaces = (unsigned)conf->daemons[self].interface_count;
    if (interfaces == 0)
        interfaces = 1;
    /* For each interface TCP, the status if it has a port of its own, data and tokens; the addresses of a
     * segment, and those of the next configuration; one client. */
    uint64_t needed = (conf->monitor_port ? 4 : 3) * interfaces + 2 * CONF_SEGMENT_ADDRESSES_MAX +
                      ALWAYS + OF_THE_LOOP + FOR_FILES + 1;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return true;
    uint64_t open = count_open(files.rlim_cur);
    if (files.rlim_cur < open + needed) {
        snprintf(
            why, why_size,
            "the system allows %llu descriptors, and %llu are needed for the first client: " REMEDY,
            (unsigned long long)files.rlim_cur, (unsigned long long)(open + needed));
        return false;
    }
    if (files.rlim_cur < FEW)
        log_event(log_output(), LOG_PRINT, LEVEL_WARNING,
                  "the system allows %llu descriptors, so some %llu clients can be in: " REMEDY,
                  (unsigned long long)files.rlim_cur,
                  (unsigned long long)(files.rlim_cur - open - needed + 1));
    return true;
}

/* -- the reserve --------------------------------------------------------------------------- */

void reserve_init(struct reserve *r)
{
    *r = (struct reserve){.fd = -1};
    reserve_take(r);
}

void reserve_fini(struct reserve *r)
{
    reserve_give_up(r);
}

bool reserve_take(struct reserve *r)
{
    if (r->fd < 0)
        r->fd = eventfd(0, EFD_CLOEXEC);
    return r->fd >= 0;
}

bool reserve_give_up(struct reserve *r)
{
    if (r->fd < 0)
        return false;
    close(r->fd);
    r->fd = -1;
    return true;
}

bool reserve_note(struct reserve *r, bool refused, usec now)
{
    bool news = !r->scarce;
    r->since_last = now;
    r->refused += refused;
    r->scarce = true;
    return news;
}

bool reserve_is_over(struct reserve *r, uint64_t *refused, usec now)
{
    if (now - r->since_last < QUIET_US)
        return false;
    int another = eventfd(0, EFD_CLOEXEC);
    if (another < 0)
        return false;
    close(another);
    *refused = r->refused;
    r->scarce = false;
    r->refused = 0;
    return true;
}
