/* SPDX-License-Identifier: MIT */
#include "tools/flooder/flooder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/user/show.h"

static uint64_t now_usec(void)
{
    sp_time t = E_get_time_monotonic();
    return (uint64_t)t.sec * 1000000 + (uint64_t)t.usec;
}

static int checked(int result)
{
    if (result >= 0)
        return result;
    SP_error(result);
    exit(1);
}

/* -- connecting ------------------------------------------------------------------------------ */

void flood_connect(struct flood *f)
{
    bool notices = f->members > 0;
    printf("flooder: connecting to %s%s\n", f->address, notices ? " with group membership" : "");
    fflush(stdout);
    checked(SP_connect(f->address, f->name, 0, notices, &f->mbox, f->private_group));
    if (f->mode != FLOOD_WRITE_ONLY)
        checked(SP_join(f->mbox, FLOODER_GROUP));
    inbox_init(&f->inbox);
    f->body = calloc(1, (size_t)f->bytes);
    if (!f->body) {
        fprintf(stderr, "flooder: out of memory\n");
        exit(1);
    }
}

void flood_gather(struct flood *f)
{
    do {
        checked(inbox_receive(&f->inbox, f->mbox));
        if (Is_reg_memb_mess(f->inbox.type))
            show_view(&f->inbox);
        fflush(stdout);
    } while (!Is_reg_memb_mess(f->inbox.type) || f->inbox.num_groups < f->members);
    f->self = f->inbox.mess_type;
    if (f->self < 0 || f->self >= f->members) {
        fprintf(stderr, "flooder: the group has more than %d members\n", f->members);
        exit(1);
    }
    memcpy(f->body, &f->self, sizeof f->self);
}

/* -- what comes back ------------------------------------------------------------------------- */

/* A member that goes before it has sent everything would let the others wait for ever. */
static void check_members(const struct flood *f)
{
    if (!Is_reg_memb_mess(f->inbox.type) || f->inbox.num_groups >= f->members)
        return;
    for (int i = 0; i < f->members; i++) {
        if (f->came[i] < f->messages) {
            fprintf(stderr, "flooder: a member left before all its messages came\n");
            exit(1);
        }
    }
}

/* The member a message is from, -1 if it is none of those that count. */
static int sender_of(const struct flood *f)
{
    int index;
    if (f->members == 0)
        return strcmp(f->inbox.sender, f->private_group) == 0 ? 0 : -1;
    if (f->inbox.len < (int)sizeof index)
        return -1;
    memcpy(&index, f->inbox.body, sizeof index);
    if (f->inbox.endian_mismatch)
        index = (int)__builtin_bswap32((unsigned)index);
    return index >= 0 && index < f->members ? index : -1;
}

/* Takes one message, and notes it. */
static void take_one(struct flood *f)
{
    checked(inbox_receive(&f->inbox, f->mbox));
    if (Is_membership_mess(f->inbox.type)) {
        if (f->mode == FLOOD_ECHO)
            check_members(f);
        return;
    }
    f->received++;
    f->received_bytes += (uint64_t)f->inbox.len;
    int from = f->mode == FLOOD_ECHO ? sender_of(f) : -1;
    if (from < 0)
        return;
    if (from == f->self && f->came[from] < f->sent) /* own ones come back in the order sent */
        histogram_add(&f->round_trips, now_usec() - f->sent_at[f->came[from] % FLOODER_WINDOW]);
    f->came[from]++;
}

/* Messages of the slowest sender. */
static int fewest(const struct flood *f)
{
    int least = f->came[0];
    for (int i = 1; i < f->members; i++)
        least = f->came[i] < least ? f->came[i] : least;
    return least;
}

/* -- running --------------------------------------------------------------------------------- */

static void tell_progress(const struct flood *f, int done)
{
    if (done % 1000 != 0)
        return;
    printf("flooder: completed %6d messages of %d bytes\n", done, f->bytes);
    fflush(stdout);
}

static void send_one(struct flood *f)
{
    service level = f->members > 0 ? FIFO_MESS : RELIABLE_MESS;
    f->sent_at[f->sent % FLOODER_WINDOW] = now_usec();
    checked(SP_multicast(f->mbox, level, FLOODER_GROUP, 0, f->bytes, f->body));
    f->sent++;
    tell_progress(f, f->sent);
}

static void echo(struct flood *f)
{
    while (f->sent < f->messages) {
        while (f->sent - fewest(f) >= FLOODER_WINDOW)
            take_one(f);
        send_one(f);
    }
    while (fewest(f) < f->messages)
        take_one(f);
}

/* What the daemon has taken is not yet ordered; a message to oneself behind all others is back
 * when they are. */
static void write_only(struct flood *f)
{
    while (f->sent < f->messages)
        send_one(f);
    checked(SP_multicast(f->mbox, RELIABLE_MESS, f->private_group, 0, 0, ""));
    checked(inbox_receive(&f->inbox, f->mbox));
}

static void read_only(struct flood *f)
{
    while (f->received < (uint64_t)f->messages) {
        uint64_t before = f->received;
        take_one(f);
        if (before == 0)
            f->started_at = now_usec();
        if (f->received > before)
            tell_progress(f, (int)f->received);
    }
}

void flood_run(struct flood *f)
{
    static void (*const run[])(struct flood *) = {
        [FLOOD_ECHO] = echo, [FLOOD_WRITE_ONLY] = write_only, [FLOOD_READ_ONLY] = read_only};
    f->started_at = now_usec();
    run[f->mode](f);
    f->ended_at = now_usec();
}

/* -- the report ------------------------------------------------------------------------------ */

static void report_rate(const char *what, uint64_t messages, uint64_t bytes, double seconds)
{
    printf("flooder: %s %" PRIu64 " messages in %.3f s: %.0f messages/s, %.2f MB/s\n", what,
           messages, seconds, (double)messages / seconds, (double)bytes / seconds / 1e6);
}

void flood_report(const struct flood *f)
{
    const struct histogram *h = &f->round_trips;
    uint64_t usec = f->ended_at - f->started_at;
    double seconds = usec > 0 ? (double)usec / 1e6 : 1e-6;
    if (f->mode != FLOOD_READ_ONLY)
        report_rate("sent", (uint64_t)f->sent, (uint64_t)f->sent * (uint64_t)f->bytes, seconds);
    if (f->mode != FLOOD_WRITE_ONLY)
        report_rate("received", f->received, f->received_bytes, seconds);
    if (f->mode == FLOOD_ECHO)
        printf("flooder: round trip in us: p50 %" PRIu64 ", p90 %" PRIu64 ", p99 %" PRIu64
               ", p99.9 %" PRIu64 ", max %" PRIu64 "\n",
               histogram_quantile(h, .5), histogram_quantile(h, .9), histogram_quantile(h, .99),
               histogram_quantile(h, .999), h->max);
}
