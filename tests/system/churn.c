/* SPDX-License-Identifier: MIT
 *
 * churn - clients that come, join, send a little and go, one after the other, until killed.
 *
 * usage: churn -s DAEMON -n NAME -j GROUPS [-S SEED]
 *
 * The first group is always joined. Each goes in one of the ways there are: leaves first or not,
 * says goodbye or just closes, with or without waiting for what it has sent.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/system/record.h"

enum { PAUSE_MS = 30, MESSAGES = 4 };

static void pause_ms(int ms)
{
    struct timespec t = {.tv_nsec = ms * 1000000L};
    nanosleep(&t, NULL);
}

/* Takes what comes until nothing has for a moment, or the connection is gone. */
static void take_some(mailbox m)
{
    static struct taken t;
    struct pollfd p = {.fd = m, .events = POLLIN};
    int swapped;
    while (poll(&p, 1, PAUSE_MS) == 1) {
        t.type = 0;
        if (SP_receive(m, &t.type, t.sender, RECORD_MEMBERS_MAX, &t.group_count, t.groups, &t.kind,
                       &swapped, sizeof t.body, t.body) < 0)
            return;
        if (!Is_membership_mess(t.type))
            return;
    }
}

static void live_once(struct load *l, const char *daemon, const char *name)
{
    mailbox m;
    char self[MAX_GROUP_NAME];
    struct parcel p;
    if (SP_connect(daemon, name, 0, (int)load_random(l, 2), &m, self) != ACCEPT_SESSION) {
        pause_ms(PAUSE_MS);
        return;
    }
    for (int i = 0; i < l->group_count; i++)
        if (i == 0 || load_random(l, 2))
            SP_join(m, l->groups[i]);
    for (uint32_t number = 1, last = load_random(l, MESSAGES); number <= last; number++) {
        load_choose(l, &p, number);
        load_send(m, &p);
    }
    if (load_random(l, 2))
        take_some(m);
    if (load_random(l, 2))
        SP_leave(m, l->groups[0]);
    if (load_random(l, 2))
        SP_disconnect(m);
    else
        SP_kill(m);
    pause_ms((int)load_random(l, PAUSE_MS));
}

int main(int argc, char **argv)
{
    static struct load load = {.longest = 3000};
    const char *daemon = NULL, *name = NULL;
    for (int letter; (letter = getopt(argc, argv, "s:n:j:S:")) != -1;) {
        if (letter == 's')
            daemon = optarg;
        else if (letter == 'n')
            name = optarg;
        else if (letter == 'S')
            load.state = strtoull(optarg, NULL, 10);
        else if (letter != 'j' || !load_set_groups(&load, optarg))
            return 1;
    }
    if (!daemon || !name || load.group_count == 0)
        return 1;
    for (unsigned life = 0;; life++) {
        char full[MAX_GROUP_NAME];
        snprintf(full, sizeof full, "%.4s.%u", name, life % 100000);
        live_once(&load, daemon, full);
    }
}
