/* SPDX-License-Identifier: MIT */
#include "bench/pauses.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAMES_MAX = 64, SECOND_WINDOW = 20, SECOND_SIZE = 1000, LONG_US = 5000, NAP_US = 1000,
       LAST_WAIT_MS = 3000 };

const char pauses_group[] = "pauses", pauses_second_group[] = "second",
           pauses_watched_group[] = "watched";

mailbox pauses_open(const struct pauses_setup *s, int place, int notices,
                    char private_group[MAX_GROUP_NAME])
{
    struct setup one = {.daemon = s->addresses[place % s->address_count]};
    return open_mailbox(&one, notices, private_group);
}

struct received {
    service type;
    char sender[MAX_GROUP_NAME];
    int members; /* that a notice lists */
    int len;     /* of the body, or a code below 0 */
    char body[PAUSES_SIZE_MOST];
};

/* The next message; false: a code says why there is none. */
static bool receive(mailbox mbox, struct received *r)
{
    char groups[NAMES_MAX][MAX_GROUP_NAME];
    int swapped;
    int16 kind;
    r->type = 0;
    r->len = SP_receive(mbox, &r->type, r->sender, NAMES_MAX, &r->members, groups, &kind, &swapped,
                        sizeof r->body, r->body);
    return r->len >= 0;
}

/* -- the reader ---------------------------------------------------------------------------- */

struct reader {
    struct pauses *all;
    mailbox mbox;
    int going; /* senders whose last message is still to come */
    uint64_t begin, count; /* of this stretch of reading */
    int phase;
};

static void note_message(struct reader *r, const struct pauses_stamp *stamp)
{
    struct pauses *p = r->all;
    uint64_t *seen = &p->seen[stamp->sender % PAUSES_SENDERS];
    if (stamp->number <= *seen)
        p->reordered++;
    else
        p->lost += stamp->number - *seen - 1;
    *seen = stamp->number;
    r->going -= stamp->last != 0;
    r->count++;
    p->read++;
}

static void end_stretch(struct reader *r, uint64_t now)
{
    r->all->read_us[r->phase] += now - r->begin;
    r->all->read_count[r->phase] += r->count;
    r->count = 0;
}

static void begin_stretch(struct reader *r, uint64_t now)
{
    r->phase = r->all->phase;
    r->begin = now;
}

/* False: it was cut off. */
static bool read_one(struct reader *r)
{
    static struct received m;
    struct pauses_stamp stamp;
    if (!receive(r->mbox, &m)) {
        r->all->reader_failed = m.len;
        r->all->reader_failed_in = r->phase;
        return false;
    }
    if (Is_regular_mess(m.type)) {
        memcpy(&stamp, m.body, sizeof stamp);
        note_message(r, &stamp);
    } else if (Is_reg_memb_mess(m.type) && strcmp(m.sender, pauses_group) == 0) {
        r->all->members = m.members;
    }
    return true;
}

/* It reads no more, until the end: what waits then must be all there, if it is there itself. */
static void stop_reading(struct pauses *p)
{
    p->stopped_at = now_us();
    while (!p->over)
        usleep(NAP_US);
}

static void pause_if_due(struct reader *r)
{
    struct pauses *p = r->all;
    uint64_t now = now_us();
    if (r->phase != p->phase) {
        end_stretch(r, now);
        begin_stretch(r, now);
    }
    if (r->phase != PHASE_PAUSING || p->over)
        return;
    if (p->setup->never) {
        end_stretch(r, now);
        stop_reading(p);
        begin_stretch(r, now_us());
    } else if (p->setup->pause_us && now - r->begin >= p->setup->every_us) {
        end_stretch(r, now);
        usleep((useconds_t)p->setup->pause_us);
        begin_stretch(r, now_us());
        pauses_most(&p->late_us, r->begin - now - p->setup->pause_us);
    }
}

static bool some_sender_failed(const struct pauses *p)
{
    for (int i = 0; i < p->setup->senders; i++)
        if (p->senders[i].failed)
            return true;
    return false;
}

/* The last message of a sender that was cut off does not come. */
static bool is_at_end(const struct reader *r)
{
    struct pollfd fd = {.fd = r->mbox, .events = POLLIN};
    if (r->going == 0)
        return true;
    return r->all->over && some_sender_failed(r->all) && poll(&fd, 1, LAST_WAIT_MS) == 0;
}

void pauses_reader(struct pauses *p)
{
    char self[MAX_GROUP_NAME];
    struct reader r = {.all = p, .going = p->setup->senders};
    r.mbox = pauses_open(p->setup, 0, 1, self);
    SP_join(r.mbox, pauses_watched_group);
    SP_join(r.mbox, pauses_group);
    p->joined++;
    begin_stretch(&r, now_us());
    while (!is_at_end(&r) && read_one(&r))
        pause_if_due(&r);
    end_stretch(&r, now_us());
}

/* -- senders ------------------------------------------------------------------------------- */

/* One that sends, in a thread of its own, and one that takes what comes. */
struct sender {
    struct pauses *all;
    struct sender_result *result;
    uint32_t index;
    mailbox mbox;
    char self[MAX_GROUP_NAME];
    pthread_mutex_t lock;
    pthread_cond_t room;
    bool waits;
};

/* Until less than the window is in flight, or all is over. */
static void await_room(struct sender *s, uint64_t sent)
{
    pthread_mutex_lock(&s->lock);
    while (sent - s->result->own >= (uint64_t)s->all->setup->window && !s->result->failed) {
        s->waits = true;
        pthread_cond_wait(&s->room, &s->lock);
    }
    s->waits = false;
    pthread_mutex_unlock(&s->lock);
}

static int send_stamped(struct sender *s, uint64_t number, bool last)
{
    static _Thread_local char body[PAUSES_SIZE_MOST];
    struct pauses_stamp stamp = {s->index, last, number};
    int phase = s->all->phase, size = s->all->setup->size;
    memcpy(body, &stamp, sizeof stamp);
    uint64_t begin = now_us();
    await_room(s, number - 1);
    int n = SP_multicast(s->mbox, AGREED_MESS, pauses_group, (int16)last, size, body);
    uint64_t took = now_us() - begin;
    pauses_most(&s->result->hold_us[phase], took);
    if (phase == PHASE_PAUSING && took > LONG_US && begin < s->all->gone_at - 1) /* 0: it is there still */
        s->result->held_us += took;
    return n;
}

static void *send_all(void *context)
{
    struct sender *s = context;
    const struct pauses_setup *setup = s->all->setup;
    uint64_t sent = 0, in_second = 0;
    uint64_t quota = (uint64_t)(setup->quota / setup->senders);
    bool last = false;
    while (!last) {
        last = s->all->over;
        if (!last && quota && s->all->phase == PHASE_PAUSING && in_second == quota) {
            usleep(NAP_US);
            continue;
        }
        int n = send_stamped(s, ++sent, last);
        s->result->sent = sent;
        in_second += s->all->phase == PHASE_PAUSING;
        if (n < 0 && !s->result->failed)
            s->result->failed = n;
        if (s->result->failed)
            break;
    }
    return NULL;
}

static void take_own(struct sender *s)
{
    pthread_mutex_lock(&s->lock);
    s->result->own++;
    if (s->waits)
        pthread_cond_signal(&s->room);
    pthread_mutex_unlock(&s->lock);
}

static void receive_all(struct sender *s)
{
    static struct received m;
    struct pauses_stamp stamp = {0};
    while (!(stamp.sender == s->index && stamp.last)) {
        if (!receive(s->mbox, &m)) {
            pthread_mutex_lock(&s->lock);
            s->result->failed = m.len;
            pthread_cond_signal(&s->room);
            pthread_mutex_unlock(&s->lock);
            return;
        }
        memcpy(&stamp, m.body, sizeof stamp);
        if (stamp.sender == s->index)
            take_own(s);
    }
}

void pauses_sender(struct pauses *p, int index)
{
    struct sender s = {.all = p, .result = &p->senders[index], .index = (uint32_t)index,
                       .lock = PTHREAD_MUTEX_INITIALIZER, .room = PTHREAD_COND_INITIALIZER};
    pthread_t thread;
    s.mbox = pauses_open(p->setup, index + 1, 0, s.self);
    SP_join(s.mbox, pauses_group);
    p->joined++;
    while (!p->ready)
        usleep(NAP_US);
    if (pthread_create(&thread, NULL, send_all, &s))
        give_up("no thread", 0);
    receive_all(&s);
    pthread_join(thread, NULL);
}

/* -- who has nothing to do with it --------------------------------------------------------- */

void pauses_second(struct pauses *p)
{
    static char body[SECOND_SIZE];
    static struct received m;
    char self[MAX_GROUP_NAME];
    mailbox mbox = pauses_open(p->setup, 1, 0, self);
    int in_flight = 0;
    SP_join(mbox, pauses_second_group);
    p->joined++;
    while (!p->ready)
        usleep(NAP_US);
    while (!p->over && p->setup->alone)
        usleep(NAP_US);
    while (!p->over) {
        int phase = p->phase;
        uint64_t begin = now_us();
        for (; in_flight < SECOND_WINDOW; in_flight++)
            if (SP_multicast(mbox, AGREED_MESS, pauses_second_group, 0, sizeof body, body) < 0)
                give_up("the second group cannot send", 0);
        if (!receive(mbox, &m))
            give_up("the second group cannot receive", m.len);
        in_flight--;
        p->second_count[phase]++;
        pauses_most(&p->second_hold_us[phase], now_us() - begin);
    }
}

void pauses_watcher(struct pauses *p)
{
    static struct received m;
    char self[MAX_GROUP_NAME];
    mailbox mbox = pauses_open(p->setup, 1, 1, self);
    bool both = false;
    SP_join(mbox, pauses_watched_group);
    p->joined++;
    while (!p->over && !p->gone_at) {
        struct pollfd fd = {.fd = mbox, .events = POLLIN};
        if (poll(&fd, 1, 50) <= 0)
            continue;
        if (!receive(mbox, &m))
            give_up("the watcher cannot receive", m.len);
        if (!Is_reg_memb_mess(m.type))
            continue;
        if (both && m.members == 1 && !p->over)
            p->gone_at = now_us();
        both |= m.members == 2;
    }
}
