/* SPDX-License-Identifier: MIT
 *
 * work - a queue of jobs that all workers keep together.
 *
 * usage: work ADDRESSES NAME MILLISECONDS     a job takes it so long; work_add.c adds jobs
 *
 * Every worker has the whole queue, so it lives as long as one of them does. It is the same everywhere
 * because all hear the same lines in the same order: "o ID - TEXT", a job, from anybody, for the group is
 * open; "c ID WORKER TEXT", mine: the first that is heard counts, so each job is one worker's; d, done; t,
 * told once more: it is being done.
 *
 * A job that was accepted is done at least once, and just once as long as no worker is lost:
 *
 *   - it is a SAFE message, and the first worker accepts it when it comes before a transitional signal:
 *     then every worker of the view has it, or dies. Behind one nobody says yes, and it is sent again;
 *   - the jobs of a worker that is gone are open again. If it was only cut off, both sides do them;
 *   - when somebody comes, by a join or because the network heals, all tell all that they have. Done wins.
 */
#include <sp_more.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUP "work"
enum { WORKERS = 100, JOBS = 1000, TEXT = 50, BODY = JOBS * (TEXT + 60) };

struct job {
    char id[17], state; /* o, t or d */
    char worker[MAX_GROUP_NAME], text[TEXT];
};

static sp_redial *link_;
static char here[WORKERS][MAX_GROUP_NAME];
static int here_count, my_place, job_count;
static bool transition;
static struct job jobs[JOBS];
static struct job at_work; /* without an id: none */
static long long done_ms;
static char claimed[17]; /* and we have not heard who was first */

static long long now_ms(void)
{
    sp_time t = E_get_time_monotonic();
    return t.sec * 1000LL + t.usec / 1000;
}

static bool is_here(const char *who)
{
    for (int i = 0; i < here_count; i++)
        if (strcmp(here[i], who) == 0)
            return true;
    return false;
}

static void say(service how, const char *to, const char *text)
{
    SP_multicast(SP_redial_mailbox(link_), how, to, 0, (int)strlen(text), text);
}

static void say_ours(const struct job *j, char state)
{
    char text[TEXT + 60];
    snprintf(text, sizeof text, "%c %s %s %s\n", state, j->id, SP_redial_private_group(link_), j->text);
    say(AGREED_MESS, GROUP, text);
}

/* The job of that id; a new one takes the place of one that was done if there is no other. NULL: full */
static struct job *find(const char *id)
{
    struct job *place = NULL;
    for (int i = 0; i < job_count; i++) {
        if (strcmp(jobs[i].id, id) == 0)
            return &jobs[i];
        if (jobs[i].state == 'd')
            place = &jobs[i];
    }
    if (job_count < JOBS)
        place = &jobs[job_count++];
    if (place != NULL) {
        *place = (struct job){.state = 'o', .worker = "-"};
        snprintf(place->id, sizeof place->id, "%s", id);
    }
    return place;
}

static void hear_job(const char *from, const struct job *heard)
{
    struct job *j = find(heard->id);
    if (j == NULL)
        return;
    strcpy(j->text, heard->text);
    /* Two sides may have given it to one worker each: then all name the same, and both do it. */
    bool tells = heard->state == 't' && (j->state == 'o' || strcmp(heard->worker, j->worker) < 0);
    bool claims = heard->state == 'c' && j->state == 'o';
    if (heard->state == 'd') {
        j->state = 'd';
    } else if (j->state != 'd' && (tells || claims) && is_here(heard->worker)) {
        j->state = 't';
        strcpy(j->worker, heard->worker);
    }
    if (j->state != 'o' && strcmp(j->id, claimed) == 0)
        claimed[0] = 0;
    char yes[30];
    snprintf(yes, sizeof yes, "yes %s", j->id);
    if (heard->state == 'o' && !is_here(from) && my_place == 0 && !transition)
        say(FIFO_MESS, from, yes);
}

static void hear(const char *from, const char *body)
{
    struct job j;
    for (int used; sscanf(body, "%c %16s %31s %49[^\n]%n", &j.state, j.id, j.worker, j.text, &used) == 4;) {
        hear_job(from, &j);
        body += used + (body[used] == '\n');
    }
}

static void enter_view(service kind)
{
    static char text[BODY];
    int len = 0;
    for (int i = 0; i < job_count; i++) {
        if (jobs[i].state == 't' && !is_here(jobs[i].worker))
            jobs[i].state = 'o';
        len += snprintf(text + len, TEXT + 60, "%c %s %s %s\n", jobs[i].state, jobs[i].id, jobs[i].worker,
                        jobs[i].text);
    }
    if (len > 0 && (Is_caused_join_mess(kind) || Is_caused_network_mess(kind)))
        say(AGREED_MESS, GROUP, text);
    claimed[0] = 0;
    transition = false;
}

/* Works, or looks for work. How long there is nothing to do but to receive. */
static int step(const char *called, int job_ms)
{
    struct job *next = NULL;
    if (at_work.id[0] != 0 && now_ms() >= done_ms) {
        printf("%s did %s\n", called, at_work.text);
        at_work.state = 'd';
        hear_job("", &at_work); /* if nobody hears it now, we shall tell it when we have joined again */
        say_ours(&at_work, 'd');
        at_work.id[0] = 0;
    }
    for (int i = 0, skip = my_place; i < job_count && at_work.id[0] == 0; i++) {
        if (jobs[i].state == 't' && strcmp(jobs[i].worker, SP_redial_private_group(link_)) == 0) {
            at_work = jobs[i];
            done_ms = now_ms() + job_ms;
        } else if (jobs[i].state == 'o' && skip-- >= 0) {
            next = &jobs[i]; /* another for each worker, as long as there are enough */
        }
    }
    if (at_work.id[0] == 0 && next != NULL && claimed[0] == 0 && here_count > 0) {
        strcpy(claimed, next->id);
        say_ours(next, 'c');
    }
    return at_work.id[0] == 0 ? -1 : done_ms > now_ms() ? (int)(done_ms - now_ms()) : 0;
}

/* One message or notice, or none in that time. Below zero: an error that does not pass. */
static int receive(int wait_ms)
{
    static char names[WORKERS][MAX_GROUP_NAME], body[BODY + 1];
    char from[MAX_GROUP_NAME];
    service kind = 0;
    int16 place;
    int count, swapped;
    int len = SP_redial_receive(link_, &kind, from, WORKERS, &count, names, &place, &swapped, BODY, body,
                                wait_ms);
    if (len < 0)
        return len == SP_TIMED_OUT ? 0 : len;
    if (Is_regular_mess(kind)) {
        body[len] = 0;
        hear(from, body);
    } else if (Is_reg_memb_mess(kind)) {
        memcpy(here, names, sizeof here);
        here_count = count;
        my_place = place;
        enter_view(kind);
    } else { /* a transitional signal, or the daemon is lost */
        transition = true;
    }
    return len;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    int error = SP_redial_open(&link_, argv[1], argv[2], SP_REDIAL_MEMBERSHIP);
    if (error == ACCEPT_SESSION)
        error = SP_redial_join(link_, GROUP);
    while (error >= 0)
        error = receive(step(argv[2], atoi(argv[3])));
    SP_error(error);
    return 1;
}
