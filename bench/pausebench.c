/* SPDX-License-Identifier: MIT
 *
 * pausebench - what a reader that pauses costs, and whether it is cut off: one line of JSON.
 * bench/pauses starts the daemons for it.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/pauses.h"

enum { ROUNDS = 2, START_S = 30, END_S = 60 };

static int usage(void)
{
    fprintf(stderr, "usage: pausebench -s ADDRESS[,ADDRESS...] [-c SENDERS] [-w WINDOW] [-b BYTES]\n"
                    "                  [-p PAUSE-MS] [-e EVERY-MS] [-t SECONDS A PHASE]\n"
                    "                  [-n (never reads)] [-q MESSAGES (then its group is quiet)]\n"
                    "                  [-a (alone: the second group is quiet)]\n");
    return 1;
}

static bool read_addresses(struct pauses_setup *s, char *text)
{
    for (char *one = strtok(text, ","); one; one = strtok(NULL, ","))
        if (s->address_count < PAUSES_ADDRESSES)
            s->addresses[s->address_count++] = one;
    return s->address_count > 0;
}

static bool read_setup(struct pauses_setup *s, int argc, char **argv)
{
    int option;
    while ((option = getopt(argc, argv, "s:c:w:b:p:e:t:nq:a")) >= 0) {
        switch (option) {
        case 's':
            if (!read_addresses(s, optarg))
                return false;
            break;
        case 'c':
            s->senders = atoi(optarg);
            break;
        case 'w':
            s->window = atoi(optarg);
            break;
        case 'b':
            s->size = atoi(optarg);
            break;
        case 'p':
            s->pause_us = (uint64_t)atoi(optarg) * 1000;
            break;
        case 'e':
            s->every_us = (uint64_t)atoi(optarg) * 1000;
            break;
        case 't':
            s->phase_us = (uint64_t)(atof(optarg) * 1e6);
            break;
        case 'n':
            s->never = true;
            break;
        case 'a':
            s->alone = true;
            break;
        case 'q':
            s->quota = atoi(optarg);
            break;
        default:
            return false;
        }
    }
    return s->address_count > 0 && s->senders > 0 && s->senders <= PAUSES_SENDERS &&
           s->window > 0 && s->size >= (int)sizeof(struct pauses_stamp) &&
           s->size <= PAUSES_SIZE_MOST && s->quota >= 0 && s->phase_us > 0;
}

/* -- the course ---------------------------------------------------------------------------- */

/* Clients by number: the conductor, the reader, the second group, the watcher, and the senders. */
enum { CONDUCTOR, READER, SECOND, WATCHER, FIRST_SENDER };

static void await(const atomic_int *what, int value, const char *or_else)
{
    uint64_t end = now_us() + START_S * 1000000ull;
    while (*what < value) {
        if (now_us() > end)
            give_up(or_else, 0);
        usleep(1000);
    }
}

static void play(struct pauses *p, enum phase phase)
{
    uint64_t begin = now_us();
    p->phase = (int)phase;
    usleep((useconds_t)p->setup->phase_us);
    p->phase_us[phase] += now_us() - begin;
}

static void conduct(struct pauses *p)
{
    const struct pauses_setup *s = p->setup;
    await(&p->joined, s->senders + 3, "clients do not start");
    await(&p->members, s->senders + 1, "the group does not come together");
    p->ready = 1;
    for (int i = 0; i < (s->never ? 1 : ROUNDS); i++) {
        play(p, PHASE_FREE);
        play(p, PHASE_PAUSING);
    }
    p->over = 1;
}

static int client(int index, void *context)
{
    struct pauses *p = context;
    alarm((unsigned)(START_S + END_S + 2 * ROUNDS * p->setup->phase_us / 1000000));
    if (index == CONDUCTOR)
        conduct(p);
    else if (index == READER)
        pauses_reader(p);
    else if (index == SECOND)
        pauses_second(p);
    else if (index == WATCHER)
        pauses_watcher(p);
    else
        pauses_sender(p, index - FIRST_SENDER);
    return 0;
}

/* -- what came out ------------------------------------------------------------------------- */

static double per_second(uint64_t count, uint64_t us)
{
    return us ? (double)count * 1e6 / (double)us : 0;
}

static double ratio(double a, double b)
{
    return b > 0 ? a / b : 0;
}

static void print_senders(const struct pauses *p)
{
    uint64_t hold[PHASES] = {0}, held = 0, sent = 0, least = UINT64_MAX;
    int cut = 0;
    for (int i = 0; i < p->setup->senders; i++) {
        const struct sender_result *s = &p->senders[i];
        for (int k = 0; k < PHASES; k++)
            hold[k] = hold[k] > s->hold_us[k] ? hold[k] : s->hold_us[k];
        held = held > s->held_us ? held : s->held_us;
        cut += s->failed != 0;
        sent += s->sent;
        least = least < s->sent ? least : s->sent;
    }
    printf(",\"sent\":%llu,\"sent_least\":%llu,\"senders_cut_off\":%d,\"longest_hold_ms\":%.1f,"
           "\"longest_hold_free_ms\":%.1f,\"held_in_all_ms\":%.1f",
           (unsigned long long)sent, (unsigned long long)least, cut, (double)hold[PHASE_PAUSING] / 1e3,
           (double)hold[PHASE_FREE] / 1e3, (double)held / 1e3);
}

static void print_second(const struct pauses *p)
{
    double rate[PHASES];
    for (int k = 0; k < PHASES; k++)
        rate[k] = per_second(p->second_count[k], p->phase_us[k]);
    printf(",\"second_free_per_s\":%.0f,\"second_per_s\":%.0f,\"second_ratio\":%.3f,"
           "\"second_longest_ms\":%.1f",
           rate[PHASE_FREE], rate[PHASE_PAUSING], ratio(rate[PHASE_PAUSING], rate[PHASE_FREE]),
           (double)p->second_hold_us[PHASE_PAUSING] / 1e3);
}

static void print(const struct pauses *p)
{
    const struct pauses_setup *s = p->setup;
    double free = per_second(p->read_count[PHASE_FREE], p->read_us[PHASE_FREE]);
    double between = per_second(p->read_count[PHASE_PAUSING], p->read_us[PHASE_PAUSING]);
    uint64_t tail = 0;
    for (int i = 0; i < s->senders; i++)
        if (!p->senders[i].failed && !p->reader_failed)
            tail += p->senders[i].sent - p->seen[i];
    printf("{\"bench\":\"%s\",\"senders\":%d,\"window\":%d,\"size\":%d", s->never ? "never" : "pauses",
           s->senders, s->window, s->size);
    if (!s->never)
        printf(",\"pause_ms\":%llu", (unsigned long long)s->pause_us / 1000);
    if (s->quota)
        printf(",\"quiet_after\":%d", s->quota);
    printf(",\"cut_off\":%s,\"code\":%d", p->reader_failed ? "true" : "false", p->reader_failed);
    if (p->reader_failed)
        printf(",\"in\":\"%s\"", p->reader_failed_in == PHASE_FREE ? "free" : "pausing");
    printf(",\"lost\":%llu,\"reordered\":%llu,\"read\":%llu",
           (unsigned long long)(p->lost + tail), (unsigned long long)p->reordered,
           (unsigned long long)p->read);
    printf(",\"free_per_s\":%.0f", free);
    if (!s->never)
        printf(",\"between_per_s\":%.0f,\"ratio\":%.3f,\"late_ms\":%.1f", between, ratio(between, free),
               (double)p->late_us / 1e3);
    else if (p->gone_at)
        printf(",\"gone_after_ms\":%.1f", (double)(p->gone_at - p->stopped_at) / 1e3);
    else
        printf(",\"gone_after_ms\":null");
    print_senders(p);
    print_second(p);
    printf("}\n");
}

int main(int argc, char **argv)
{
    static struct pauses_setup s = {.senders = 1, .window = 200, .size = 1000, .pause_us = 50000,
                                    .every_us = 300000, .phase_us = 2000000};
    if (!read_setup(&s, argc, argv))
        return usage();
    struct pauses *p = shared_memory(sizeof *p);
    p->setup = &s;
    run_children(FIRST_SENDER + s.senders, client, p);
    print(p);
    return 0;
}
