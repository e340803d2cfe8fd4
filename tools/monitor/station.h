/* SPDX-License-Identifier: MIT
 *
 * station.h - where a monitor stands: the configuration that it shares with the daemons, the daemon
 * it poses as, and the socket at that daemon's address through which it speaks with all of them.
 */
#ifndef TOOLS_MONITOR_STATION_H
#define TOOLS_MONITOR_STATION_H

#include "daemon/config/conf.h"
#include "daemon/monitor/commands.h"
#include "daemon/monitor/part.h"
#include "daemon/monitor/peers.h"
#include "daemon/monitor/status.h"
#include "tools/monitor/parley.h"

enum { STATION_WHY = 2048 };

/* With keys questions and commands are sealed. Only the question for the hash is not, for that is told
 * to all: so one learns of a daemon that has other keys, or none. */
struct station {
    const char *path; /* of the configuration; NULL: there is no file, as for the daemon */
    const char *key;  /* the file of keys; NULL: what the configuration says ... */
    bool open;        /* ... but none: the daemons have not got it yet */
    const char *name; /* the daemon to pose as; NULL: the first with an address of this machine */
    struct conf *conf;
    int self;
    int fd;
    uint16_t port; /* where reports come in */
    struct parley *parley; /* NULL: no keys */
    char no_keys[STATION_WHY]; /* why the daemons' keys are not to be had; "": they are, or there are none */
};

/* Reads the configuration and opens the socket; path, key, open, name and port are set, port 0 for any. False
 * with one or more lines in why. */
bool station_open(struct station *s, char why[STATION_WHY]);
void station_close(struct station *s);

/* Reads the configuration again. False with lines in why, and everything is as it was. */
bool station_reread(struct station *s, char why[STATION_WHY]);

/* Reads the keys again, which may have been replaced while the monitor stays open; those that cannot be
 * read leave the ones of before. True: they are others. */
bool station_renew_keys(struct station *s);

/* -- to daemons: UDP, so nobody says whether it has arrived ----------------------------------- */

void station_ask_status(const struct station *s, int daemon);
/* Which configuration it has; it answers whatever ours is, if it knows the daemon that we pose as. */
void station_ask_hash(const struct station *s, int daemon);
void station_ask_peers(const struct station *s, int daemon);
void station_ask_part(const struct station *s, int daemon, const struct part_question *q);
/* Commands leave in two copies. With keys each waits for an answer of its daemon, which is asked; it
 * leaves when that comes. Zero is a component as good as any other. */
void station_send_partition(const struct station *s, const int16_t *component);
void station_send_flow(const struct station *s, const struct monitor_flow *flow);
/* hash: of the configuration that the daemons run with so far. */
void station_send_reload(const struct station *s, uint32_t hash);
/* component: of those that are to go on. */
void station_terminate(const struct station *s, const struct procset *victims,
                       const int16_t *component);

/* Hears until all commands have left, or a second is over. */
void station_settle(const struct station *s);

/* -- from daemons -------------------------------------------------------------------------- */

enum station_news {
    STATION_QUIET,   /* there is nothing more */
    STATION_REPORT,  /* of a daemon, from its address */
    STATION_HASH,    /* likewise: which configuration it has */
    STATION_PEERS,   /* likewise: whom it hears */
    STATION_PART,    /* likewise: what it was asked */
    STATION_UNKNOWN, /* of a daemon that is not in our file */
    STATION_NOISE,   /* no report at all, or from an address that is not that daemon's */
};

struct station_report {
    int daemon; /* REPORT, HASH, PEERS, PART: its index */
    struct monitor_status status;
    uint32_t hash; /* HASH */
    struct monitor_peers peers; /* PEERS */
    struct part_answer part; /* PART; its data lie in ... */
    uint8_t data[PART_DATA];
    struct ip source;
};

/* Takes what has come, without waiting. */
enum station_news station_receive(const struct station *s, struct station_report *r);

#endif
