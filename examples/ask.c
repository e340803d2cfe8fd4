/* SPDX-License-Identifier: MIT
 *
 * ask - a question to whoever serves, and its answer, or at once: nobody there.
 *
 * usage: ask ADDRESS QUESTION      status 0: answered; 1: nobody is there; 2: the daemon is lost
 *        ask ADDRESS --serve       answers in capitals
 *
 * Servers are in the group "shout". It is open: who asks sends to it without being in it, and the answer
 * comes to the private name that the question was from. All servers receive the question, in the same
 * view, and only the one at place QUESTION NUMBER modulo COUNT of that view answers, without a word between
 * them.
 *
 * A send to a group succeeds though nobody is in it, and a server may be lost with the question. Who
 * does not want to wait for a time to pass to know that needs notices. So servers are in a second group,
 * "shout.here", as well, and who asks joins that: its first notice says who is there. Nobody: that is the
 * answer. When a notice says that a server is gone, the question is asked again, under the same number; with
 * the last of them gone, nobody is there. So every question ends, without a clock, as soon as the ring
 * knows; but a server may be asked twice. (It would take a clock where a server stands still but lives.)
 *
 * Servers are known by their names, which begin with "serve": others in that group are asking.
 */
#include <ctype.h>
#include <sp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define QUESTIONS "shout"
#define PRESENCE  "shout.here"
enum { MEMBERS = 200, BODY = 20000 };

typedef char name[MAX_GROUP_NAME];

static mailbox mbox;

struct event {
    service kind;
    name from, names[MEMBERS];
    int count, len;
    int16 type; /* of a message: the number of the question; of a notice: our place among the names */
    char body[BODY];
};

static void fail(int error)
{
    SP_error(error);
    exit(2);
}

static void receive(struct event *e)
{
    int swapped;
    e->kind = 0;
    e->len = SP_receive(mbox, &e->kind, e->from, MEMBERS, &e->count, e->names, &e->type, &swapped, BODY, e->body);
    if (e->len < 0)
        fail(e->len);
}

static void send_to(const char *whom, int16 number, const char *text, int len)
{
    int sent = SP_multicast(mbox, AGREED_MESS, whom, number, len, text);
    if (sent < 0)
        fail(sent);
}

static void serve(void)
{
    static struct event e;
    int place = 0, servers = 1;
    SP_join(mbox, QUESTIONS); /* first: who sees us in the other is right to ask */
    SP_join(mbox, PRESENCE);
    for (;;) {
        receive(&e);
        if (Is_regular_mess(e.kind) && strcmp(e.names[0], QUESTIONS) == 0) {
            for (int i = 0; i < e.len; i++)
                e.body[i] = (char)toupper((unsigned char)e.body[i]);
            if ((unsigned short)e.type % servers == place)
                send_to(e.from, e.type, e.body, e.len);
        } else if (Is_reg_memb_mess(e.kind) && strcmp(e.from, QUESTIONS) == 0) {
            place = e.type;
            servers = e.count;
        }
    }
}

static bool is_among(const char *who, const struct event *view)
{
    for (int i = 0; i < view->count; i++)
        if (strcmp(view->names[i], who) == 0)
            return true;
    return false;
}

static bool is_server(const char *who)
{
    return strncmp(who, "#serve", 6) == 0;
}

static int servers_in(const struct event *view)
{
    int count = 0;
    for (int i = 0; i < view->count; i++)
        count += is_server(view->names[i]);
    return count;
}

/* True if a server of the first view is not in the second. */
static bool is_one_gone(const struct event *before, const struct event *now)
{
    for (int i = 0; i < before->count; i++)
        if (is_server(before->names[i]) && !is_among(before->names[i], now))
            return true;
    return false;
}

static int ask(const char *question)
{
    static struct event view, e;
    int16 number = (int16)getpid();
    SP_join(mbox, PRESENCE);
    for (;;) {
        receive(&e);
        if (Is_regular_mess(e.kind)) {
            if (e.type != number)
                continue;
            printf("%.*s\n", e.len, e.body);
            return 0;
        }
        if (!Is_reg_memb_mess(e.kind))
            continue; /* a transitional signal: who is lost comes with the next notice */
        bool first = view.count == 0;
        if (servers_in(&e) == 0) {
            printf("nobody there\n");
            return 1;
        }
        if (first || is_one_gone(&view, &e))
            send_to(QUESTIONS, number, question, (int)strlen(question));
        view = e;
    }
}

int main(int argc, char **argv)
{
    char called[20] = "", me[MAX_GROUP_NAME];
    if (argc != 3)
        return 2;
    bool serves = strcmp(argv[2], "--serve") == 0;
    if (serves)
        snprintf(called, sizeof called, "serve%05u", (unsigned)getpid() % 100000);
    int error = SP_connect(argv[1], called, 0, 1, &mbox, me);
    if (error != ACCEPT_SESSION)
        fail(error);
    if (serves)
        serve();
    int status = ask(argv[2]);
    SP_disconnect(mbox);
    return status;
}
