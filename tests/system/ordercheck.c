/* SPDX-License-Identifier: MIT
 *
 * ordercheck - a client that sends and receives, and writes down everything it did and saw.
 *
 * usage: ordercheck -s DAEMON -n NAME -o FILE -j GROUPS [-t GROUPS] [-x GROUP] [-r RATE]
 *                   [-b BYTES] [-S SEED]
 *   -j joins and stays in, -t besides those sends to, -x leaves and joins now and then
 *
 * When its daemon ends it connects again as soon as there is one, as NAME.1, NAME.2 and so on: a
 * new life. Commands come in by standard input, a line each; each is answered when it is done:
 *   more N      N further messages have been received
 *   members N   the first group has N members
 *   quiet       nothing is sent any more, and all that was has come back
 *   last N      a last message was sent, and N such have been received; the record is complete
 *   go          sends again
 * It ends with its input. Status 2: something received was damaged.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/system/record.h"

enum {
    LAST = 1,       /* the type of a last message */
    IN_FLIGHT = 40, /* own messages that have not come back: what the daemon may hold of ours */
    RETRY_MS = 10,
    ROAM_EVERY = 60, /* messages */
};

struct options {
    const char *daemon, *name, *roams;
    struct load load;
    int joins; /* so many of the load's groups are joined */
    int rate;
};

struct client {
    struct options o;
    FILE *record;
    mailbox mbox; /* -1: there is no connection */
    int life;
    char self[MAX_GROUP_NAME];
    uint32_t sent, received;
    int in_flight;
    int members; /* of the first group */
    bool quiet, roaming;
    uint64_t send_at; /* us */
    int lasts;        /* received in this life */
    char command[64];
    size_t command_len;
    char waiting[16]; /* the command that is not answered yet, or "" */
    uint32_t awaited; /* its number */
    bool over;
};

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

/* -- the connection ------------------------------------------------------------------------ */

static void lost(struct client *c, int code)
{
    char word[16];
    snprintf(word, sizeof word, "%d", code);
    record_word(c->record, 'X', word);
    SP_kill(c->mbox);
    c->mbox = -1;
    c->life++;
}

static void join(struct client *c, const char *group)
{
    record_word(c->record, 'J', group);
    int code = SP_join(c->mbox, group);
    if (code < 0)
        lost(c, code);
}

static void connect_again(struct client *c)
{
    char name[MAX_GROUP_NAME];
    snprintf(name, sizeof name, c->life ? "%s.%d" : "%s", c->o.name, c->life);
    if (SP_connect(c->o.daemon, name, 0, 1, &c->mbox, c->self) != ACCEPT_SESSION) {
        c->mbox = -1;
        return;
    }
    c->in_flight = c->members = c->lasts = 0;
    c->sent = 0;
    c->roaming = false;
    c->send_at = now_us();
    record_word(c->record, 'C', c->self);
    for (int i = 0; i < c->o.joins && c->mbox >= 0; i++)
        join(c, c->o.load.groups[i]);
}

/* -- sending ------------------------------------------------------------------------------- */

/* One of them is a group we are in for certain. */
static bool comes_back(const struct client *c, const struct parcel *p)
{
    for (int i = 0; i < p->group_count; i++)
        for (int k = 0; k < c->o.joins; k++)
            if (strcmp(p->groups[i], c->o.load.groups[k]) == 0)
                return true;
    return false;
}

static void send_one(struct client *c)
{
    struct parcel p;
    load_choose(&c->o.load, &p, ++c->sent);
    if (!comes_back(c, &p))
        memcpy(p.groups[p.group_count++], c->self, sizeof c->self);
    record_sent(c->record, &p);
    c->in_flight++;
    int code = load_send(c->mbox, &p);
    if (code < 0)
        lost(c, code);
}

/* Leaves or joins the group it roams, whichever is due. */
static void roam(struct client *c)
{
    if (c->roaming) {
        record_word(c->record, 'L', c->o.roams);
        int code = SP_leave(c->mbox, c->o.roams);
        if (code < 0)
            lost(c, code);
    } else {
        join(c, c->o.roams);
    }
    c->roaming = !c->roaming;
}

static void send_last(struct client *c)
{
    int code = SP_multicast(c->mbox, AGREED_MESS, c->o.load.groups[0], LAST, 0, "");
    if (code < 0)
        lost(c, code);
}

static void send_what_is_due(struct client *c)
{
    if (c->mbox < 0 || c->quiet || c->in_flight >= IN_FLIGHT || now_us() < c->send_at)
        return;
    c->send_at += 1000000u / (uint64_t)c->o.rate;
    if (c->o.roams && load_random(&c->o.load, ROAM_EVERY) == 0)
        roam(c);
    if (c->mbox >= 0)
        send_one(c);
}

/* -- receiving ----------------------------------------------------------------------------- */

static void on_message(struct client *c, const struct taken *t)
{
    uint32_t number;
    if (t->kind == LAST) {
        c->lasts++;
        return;
    }
    if (!load_is_whole(t->body, t->len, &number)) {
        fprintf(stderr, "%s: a message of %s came damaged\n", c->self, t->sender);
        exit(2);
    }
    record_received(c->record, t, number);
    c->received++;
    c->in_flight -= strcmp(t->sender, c->self) == 0;
}

static void receive_one(struct client *c)
{
    static struct taken t;
    int swapped;
    t.type = 0;
    int n = SP_receive(c->mbox, &t.type, t.sender, RECORD_MEMBERS_MAX, &t.group_count, t.groups,
                       &t.kind, &swapped, sizeof t.body, t.body);
    if (n < 0) {
        lost(c, n);
        return;
    }
    t.len = n;
    if (!Is_membership_mess(t.type)) {
        on_message(c, &t);
        return;
    }
    record_notice(c->record, &t);
    if (Is_reg_memb_mess(t.type) && strcmp(t.sender, c->o.load.groups[0]) == 0)
        c->members = t.group_count;
}

/* -- commands ------------------------------------------------------------------------------ */

static void on_command(struct client *c)
{
    unsigned n = 0;
    c->waiting[0] = '\0';
    sscanf(c->command, "%15s %u", c->waiting, &n);
    c->awaited = n;
    if (strcmp(c->waiting, "more") == 0)
        c->awaited = c->received + n;
    else if (strcmp(c->waiting, "quiet") == 0)
        c->quiet = true;
    else if (strcmp(c->waiting, "go") == 0)
        c->quiet = false, c->send_at = now_us();
    else if (strcmp(c->waiting, "last") == 0 && c->mbox >= 0)
        send_last(c);
}

static void read_commands(struct client *c)
{
    char letter;
    if (read(STDIN_FILENO, &letter, 1) != 1) {
        c->over = true;
    } else if (letter != '\n') {
        if (c->command_len + 1 < sizeof c->command)
            c->command[c->command_len++] = letter;
    } else {
        c->command[c->command_len] = '\0';
        c->command_len = 0;
        on_command(c);
    }
}

static bool is_done(const struct client *c)
{
    if (strcmp(c->waiting, "more") == 0)
        return (int32_t)(c->received - c->awaited) >= 0;
    if (strcmp(c->waiting, "members") == 0)
        return c->mbox >= 0 && c->members == (int)c->awaited;
    if (strcmp(c->waiting, "quiet") == 0)
        return c->mbox >= 0 && c->in_flight == 0;
    if (strcmp(c->waiting, "last") == 0)
        return c->lasts >= (int)c->awaited;
    return true;
}

static void answer(struct client *c)
{
    if (!c->waiting[0] || !is_done(c))
        return;
    if (strcmp(c->waiting, "last") == 0)
        record_word(c->record, 'Z', "-");
    fflush(c->record);
    printf("%s\n", c->waiting);
    fflush(stdout);
    c->waiting[0] = '\0';
}

/* -- the program --------------------------------------------------------------------------- */

static int wait_ms(const struct client *c)
{
    uint64_t now = now_us();
    if (c->mbox < 0)
        return RETRY_MS;
    if (c->quiet || c->in_flight >= IN_FLIGHT)
        return -1;
    return now >= c->send_at ? 0 : (int)((c->send_at - now) / 1000 + 1);
}

static void run(struct client *c)
{
    while (!c->over) {
        if (c->mbox < 0)
            connect_again(c);
        struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                {.fd = c->mbox, .events = POLLIN}};
        poll(fds, 2, wait_ms(c));
        if (fds[1].revents && c->mbox >= 0)
            receive_one(c);
        if (fds[0].revents)
            read_commands(c);
        send_what_is_due(c);
        answer(c);
    }
    if (c->mbox >= 0)
        SP_disconnect(c->mbox);
    fclose(c->record);
}

static bool read_options(struct client *c, int argc, char **argv)
{
    char groups[512] = "";
    c->o = (struct options){.rate = 100, .load = {.longest = LOAD_BODY_MAX}};
    for (int letter; (letter = getopt(argc, argv, "s:n:o:j:t:x:r:b:S:")) != -1;) {
        if (letter == 's')
            c->o.daemon = optarg;
        else if (letter == 'n')
            c->o.name = optarg;
        else if (letter == 'o')
            c->record = fopen(optarg, "w");
        else if (letter == 'j')
            snprintf(groups, sizeof groups, "%s", optarg);
        else if (letter == 't')
            snprintf(groups + strlen(groups), sizeof groups - strlen(groups), ",%s", optarg);
        else if (letter == 'x')
            c->o.roams = optarg;
        else if (letter == 'r')
            c->o.rate = atoi(optarg);
        else if (letter == 'b')
            c->o.load.longest = atoi(optarg);
        else if (letter == 'S')
            c->o.load.state = strtoull(optarg, NULL, 10);
        else
            return false;
        if (letter == 'j' && load_set_groups(&c->o.load, groups))
            c->o.joins = c->o.load.group_count;
    }
    return c->o.daemon && c->o.name && c->record && c->o.joins > 0 && c->o.rate > 0 &&
           c->o.load.longest >= 8 && load_set_groups(&c->o.load, groups);
}

int main(int argc, char **argv)
{
    static struct client c = {.mbox = -1};
    if (!read_options(&c, argc, argv)) {
        fputs("usage: see the top of ordercheck.c\n", stderr);
        return 1;
    }
    run(&c);
    return 0;
}
