/* SPDX-License-Identifier: MIT
 *
 * lock - one holder at a time, also when the network parts.
 *
 * usage: lock ADDRESSES NAME MEMBERS MILLISECONDS [new]
 *
 * Takes the lock again and again, holds it for so long, and says "NAME holds N", then "NAME released N" or
 * "NAME lost N". MEMBERS: how many such processes there are; never may more of them run. new: for those
 * started first; one that is started in the place of one that has died is not told so.
 *
 * The first WANT after the lock is free takes it; all see the same first, in the same order. In a partition:
 *
 *   - Only where more than half of MEMBERS are together, on the primary side, has the lock a holder. A
 *     minority takes nothing and holds nothing, for the others may.
 *   - At the transitional signal the holder lets go: on which side it will be it cannot know yet.
 *   - A grant counts when its SAFE message comes before a transitional signal: then all of the view know of
 *     it, or they are dead. What comes behind the signal is remembered, but not acted on.
 *   - In a new view everybody says what it knows, and nothing is granted until all have: so whoever is here
 *     and has lost the lock knows that before another takes it.
 *   - A vs set of more than half of MEMBERS still knows who holds: there is only one such set, and all in
 *     it have received the same. Where there is none, nobody holds.
 *
 * One thing none of this can help: who has been cut off this instant does not know it yet. So each grant has
 * a number that is above all earlier ones, for any two primary sides have a member in common who remembers;
 * a process that was started anew does not, so it does not count until it was told. Whatever the lock
 * protects must refuse a number below one that it has seen.
 */
#include <sp_more.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUP "lock"
enum { MOST = 50, BODY = 100 + MOST * 40 };

typedef char name[MAX_GROUP_NAME];

static sp_redial *link_;
static const char *called; /* in what we print */
static int members_in_all;

static name here[MOST]; /* the view, */
static int here_count;
static group_id view;    /* its id, */
static bool spoke[MOST]; /* and who of it has said what it knows */
static bool decided;     /* all have, and it is the primary side */
static bool transition;  /* somebody of it is being lost */

struct knowledge {
    name holder;    /* or "-" */
    long number;    /* of the last grant */
    bool knows;     /* the holder is that of the primary side */
    int remembers;  /* a new member or one that was told; of all: how many */
};
static struct knowledge ours = {.holder = "-"}, told;

static long held, done; /* the number by which we hold it; the last one that we have given back */
static long long until_ms;
static bool said; /* what we want next */

static long long now_ms(void)
{
    sp_time t = E_get_time_monotonic();
    return t.sec * 1000LL + t.usec / 1000;
}

static int place_of(const char *who)
{
    for (int i = 0; i < here_count; i++)
        if (strcmp(here[i], who) == 0)
            return i;
    return -1;
}

static void say(const char *text) /* what is lost with the connection is said again in the view that follows */
{
    SP_multicast(SP_redial_mailbox(link_), SAFE_MESS, GROUP, 0, (int)strlen(text), text);
}

/* After everything that has happened. */
static void act(long hold_ms)
{
    bool mine = decided && strcmp(ours.holder, SP_redial_private_group(link_)) == 0;
    if (held != 0 && (transition || !ours.knows || (decided && !(mine && held == ours.number)))) {
        printf("%s lost %ld\n", called, held);
        held = 0;
    } else if (held != 0 && now_ms() >= until_ms) {
        printf("%s released %ld\n", called, held);
        done = held;
        held = 0;
        said = false;
    }
    if (mine && !transition && held == 0 && done != ours.number) {
        held = ours.number;
        until_ms = now_ms() + hold_ms;
        printf("%s holds %ld\n", called, held);
    }
    if (decided && !said && (strcmp(ours.holder, "-") == 0 || (mine && done == ours.number))) {
        say(mine ? "DONE" : "WANT");
        said = true;
    }
}

/* Says for which view it speaks, and what it knows. */
static void enter_view(service kind, const char *body)
{
    membership_info info;
    char text[BODY];
    SP_get_memb_info(body, kind, &info);
    view = info.gid;
    decided = transition = false;
    memset(spoke, 0, sizeof spoke);
    told = (struct knowledge){.holder = "-"};
    if (Is_caused_network_mess(kind) && 2 * (int)info.my_vs_set.num_members <= members_in_all)
        ours.knows = false;
    snprintf(text, sizeof text, "STATE %d %d %d %d %d %ld %s", view.id[0], view.id[1], view.id[2],
             ours.remembers, ours.knows, ours.number, ours.holder);
    say(text);
}

static void hear_state(int from, const char *text)
{
    struct knowledge its;
    group_id of;
    int knows;
    if (sscanf(text, "STATE %d %d %d %d %d %ld %31s", &of.id[0], &of.id[1], &of.id[2], &its.remembers, &knows,
               &its.number, its.holder) != 7 || !SP_equal_group_ids(of, view) || spoke[from])
        return; /* it was said in a view that has ended */
    spoke[from] = true;
    told.remembers += its.remembers != 0;
    if (its.number > told.number)
        told.number = its.number;
    if (knows && place_of(its.holder) >= 0)
        strcpy(told.holder, its.holder);
    for (int i = 0; i < here_count; i++)
        if (!spoke[i])
            return;
    if (2 * told.remembers <= members_in_all)
        return;
    ours = told;
    ours.remembers = 1;
    decided = ours.knows = true;
    said = false;
}

static void hear(const char *from, const char *text)
{
    if (place_of(from) < 0)
        return; /* anybody may send to a group; what counts is what members say */
    if (strncmp(text, "STATE", 5) == 0) {
        hear_state(place_of(from), text);
    } else if (decided && strcmp(text, "WANT") == 0 && strcmp(ours.holder, "-") == 0) {
        strcpy(ours.holder, from);
        ours.number++;
    } else if (decided && strcmp(text, "DONE") == 0 && strcmp(ours.holder, from) == 0) {
        strcpy(ours.holder, "-");
        said = false;
    } /* else we are about to decide, after which it is said again */
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    called = argv[2];
    members_in_all = atoi(argv[3]);
    ours.remembers = argc > 5;
    setvbuf(stdout, NULL, _IOLBF, 0);
    int error = SP_redial_open(&link_, argv[1], called, SP_REDIAL_MEMBERSHIP);
    if (error == ACCEPT_SESSION)
        error = SP_redial_join(link_, GROUP);
    while (error >= 0 || error == SP_TIMED_OUT) {
        name from, list[MOST];
        char body[BODY + 1];
        service kind = 0;
        int16 type;
        int count, swapped, left_ms = held != 0 ? (int)(until_ms - now_ms()) : 1000;
        error = SP_redial_receive(link_, &kind, from, MOST, &count, list, &type, &swapped, BODY, body,
                                  left_ms > 0 ? left_ms : 0);
        if (error >= 0)
            body[error] = 0;
        if (error >= 0 && Is_regular_mess(kind)) {
            hear(from, body);
        } else if (error >= 0 && Is_reg_memb_mess(kind)) {
            memcpy(here, list, sizeof here);
            here_count = count;
            enter_view(kind, body);
        } else if (error >= 0) { /* the transitional signal; or the daemon is lost, and so all that we know */
            transition = true;
            ours.knows = ours.knows && Is_transition_mess(kind);
        }
        act(atol(argv[4]));
    }
    SP_error(error);
    return 1;
}
