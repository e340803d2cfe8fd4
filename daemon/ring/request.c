/* SPDX-License-Identifier: MIT */
#include "daemon/ring/request.h"

#include "daemon/ring/inside.h"

/* Packets sent again at one visit, at most: half of the window and one more, and never more than
 * this. */
enum { RESENDS_MAX = 64 };

static bool covers(const struct token_request *q, uint64_t seq)
{
    return seq - q->from < q->count;
}

/* All who ask for seq, but us. */
static struct procset requesters_of(const struct ring *r, const struct token *t, uint64_t seq)
{
    struct procset all = {{0}};
    for (int i = 0; i < t->request_count; i++)
        if (covers(&t->requests[i], seq) && t->requests[i].requester != ring_self(r))
            procset_add(&all, t->requests[i].requester);
    return all;
}

/* An earlier request on the token asked for seq too: it has been answered together with that. */
static bool asked_before(const struct ring *r, const struct token *t, int at, uint64_t seq)
{
    for (int i = 0; i < at; i++)
        if (covers(&t->requests[i], seq) && t->requests[i].requester != ring_self(r))
            return true;
    return false;
}

static void count_resent(struct ring *r, const struct destination *to)
{
    if (to->kind == TO_PROC)
        r->counters.resent_one++;
    else if (procset_count(&to->set) < r->member_count - 1)
        r->counters.resent_segment++;
    else
        r->counters.resent_all++;
}

void requests_resend(struct ring *r, const struct slot *s, const struct destination *to,
                   uint64_t attempt)
{
    uint8_t *body = outlet_body(r->setup.outlet, s->len, NULL);
    memcpy(body, s->body, s->len);
    data_mark_resent(body, attempt, s->origin);
    outlet_send(r->setup.outlet, to, PACKET_RDATA, 0, body, s->len);
    count_resent(r, to);
}

static void answer(struct ring *r, const struct token *t, uint64_t seq, const struct slot *s)
{
    struct procset who = requesters_of(r, t, seq);
    struct destination to = {.kind = TO_SET, .set = who};
    if (procset_count(&who) == 1)
        to = to_proc((unsigned)procset_first(&who));
    requests_resend(r, s, &to, 0);
}

/* Adds n numbers from seq on to the list, to its last request where that ends just before. */
static void keep(struct token_request *list, int *count, const struct token_request *of,
                 uint64_t seq, uint16_t n)
{
    struct token_request *last = *count > 0 ? &list[*count - 1] : NULL;
    if (last && last->requester == of->requester && last->tries == of->tries &&
        last->from + last->count == seq && last->count <= UINT16_MAX - n) {
        last->count = (uint16_t)(last->count + n);
        return;
    }
    if (*count == TOKEN_REQUESTS_MAX)
        return; /* its requester asks again at its next visit */
    list[(*count)++] = (struct token_request){
        .from = seq, .count = n, .requester = of->requester, .tries = of->tries};
}

uint32_t requests_answer(struct ring *r, struct token *t)
{
    struct token_request left[TOKEN_REQUESTS_MAX];
    uint32_t budget = t->window / 2u < RESENDS_MAX ? t->window / 2u + 1 : RESENDS_MAX, sent = 0;
    int count = 0;

    for (int i = 0; i < t->request_count; i++) {
        const struct token_request *q = &t->requests[i];
        if (q->requester == ring_self(r))
            continue; /* has come round: requests_add asks again for what is still missing */
        uint64_t seq = q->from;
        /* Nothing is here beyond high: what is asked for there stays on the token as it is. */
        for (; covers(q, seq) && sent < budget && seq <= r->window.high; seq++) {
            const struct slot *s = window_get(&r->window, seq);
            bool answered = s != NULL;
            if (s && !asked_before(r, t, i, seq)) {
                answer(r, t, seq, s);
                sent++;
            }
            if (!answered || q->tries > 0)
                keep(left, &count, q, seq, 1);
        }
        if (covers(q, seq))
            keep(left, &count, q, seq, (uint16_t)(q->count - (seq - q->from)));
    }
    memcpy(t->requests, left, (size_t)count * sizeof left[0]);
    t->request_count = count;
    return sent;
}

/* How often we have asked for seq before, in a row. */
static uint8_t tries_of(const struct ring *r, uint64_t seq)
{
    for (int i = 0; i < r->asked_count; i++)
        if (covers(&r->asked[i], seq))
            return r->asked[i].tries < UINT8_MAX ? (uint8_t)(r->asked[i].tries + 1) : UINT8_MAX;
    return 0;
}

void requests_add(struct ring *r, struct token *t, uint64_t limit)
{
    int first = t->request_count;
    for (uint64_t seq = r->window.aru + 1; seq <= limit; seq++) {
        if (window_has(&r->window, seq))
            continue;
        struct token_request mine = {.requester = ring_self(r), .tries = tries_of(r, seq)};
        r->counters.missing += mine.tries == 0;
        keep(t->requests, &t->request_count, &mine, seq, 1);
    }
    r->asked_count = t->request_count - first;
    memcpy(r->asked, t->requests + first, (size_t)r->asked_count * sizeof r->asked[0]);
}
