/* SPDX-License-Identifier: MIT */
#include "tests/sim/flush_clients.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/memory.h"
#include "tests/sim/arrays.h"
#include "tests/sim/flush_check.h"

enum {
    CLIENTS_MAX = 4,
    GROUPS_MAX = 4,
    SAYING_US = 200,     /* a program takes up to that until it has sent what follows */
    SLOW_ONE_IN = 20,    /* flushes that take so much longer */
    SLOW_TIMES = 30,
};

/* What the machine wants said; not sent at once, for it was told something by the daemon's own turn. */
struct word {
    enum flush_word word;
    struct name group;
    struct group_view_id id;
};

struct flusher {
    struct flush_clients *all;
    struct site *site;
    struct client *client; /* NULL: not connected */
    struct flush flush;
    bool open;
    struct word *words; /* that wait to be sent; of one that stood still they may be many */
    size_t word_count, word_size;
    struct flush_seat seats[GROUPS_MAX];
    usec flush_at[GROUPS_MAX]; /* its application will; 0: it was not asked */
    uint32_t stamps;
};

struct site {
    struct flush_clients *all;
    int proc;
    struct flusher flushers[CLIENTS_MAX];
    uint32_t named;
    struct random random;
};

struct flush_clients {
    struct world *world;
    struct flush_options options;
    struct client_events events;
    struct flush_check *check;
    struct name groups[GROUPS_MAX];
    struct site sites[PROCS_MAX];
    bool stopped;
};

static uint32_t below(struct site *s, uint32_t limit)
{
    return random_below(&s->random, limit);
}

static const struct name *me_of(const struct flusher *f)
{
    return &f->client->private_group;
}

/* -1: it is about no group of ours. */
static int place_of(const struct flush_clients *a, const struct name *group)
{
    for (int i = 0; i < a->options.groups; i++)
        if (name_equal(&a->groups[i], group))
            return i;
    return -1;
}

/* -- what it says -------------------------------------------------------------------------- */

static void say_all(struct flusher *f)
{
    struct word *words = f->words;
    size_t count = f->word_count;
    f->words = NULL;
    f->word_count = f->word_size = 0;
    for (size_t i = 0; i < count && f->client && f->client->session; i++) {
        uint8_t id[MARK_ID_LEN];
        notice_put_id(id, &words[i].id);
        client_post(f->client, FRAME_FIFO, words[i].word == SAY_OK ? MARK_OK : MARK_RECV,
                    words[i].group.text, id, sizeof id);
    }
    free(words);
}

static bool stands_still(const struct flusher *f)
{
    const struct process *p = &f->all->world->processes[f->site->proc];
    return !p->daemon || p->paused;
}

static void say_later(struct world *w, void *context)
{
    struct flusher *f = context;
    if (stands_still(f))
        world_call(w, w->now + USEC_MS, say_later, f);
    else
        say_all(f);
}

static void note_word(struct flusher *f)
{
    struct news *n = &f->flush.news;
    if (n->word == SAY_NOTHING)
        return;
    f->words = grow_array(f->words, f->word_count, &f->word_size, sizeof f->words[0]);
    f->words[f->word_count++] = (struct word){n->word, n->group, n->id};
    n->word = SAY_NOTHING;
    world_call(f->all->world, f->all->world->now + 1 + below(f->site, SAYING_US), say_later, f);
}

/* -- what it is told ----------------------------------------------------------------------- */

static void flush_due(struct world *w, void *context)
{
    struct flusher *f = context;
    for (int i = 0; i < f->all->options.groups; i++) {
        if (!f->open || f->flush_at[i] == 0 || f->flush_at[i] > w->now)
            continue;
        f->flush_at[i] = 0;
        if (flush_flush(&f->flush, &f->all->groups[i]) == FLUSH_FINE)
            f->seats[i].flushed = true;
        note_word(f);
    }
}

static void plan_flush(struct flusher *f, int place)
{
    struct world *w = f->all->world;
    usec delay = 1 + below(f->site, (uint32_t)f->all->options.delay);
    if (below(f->site, SLOW_ONE_IN) == 0)
        delay *= SLOW_TIMES;
    f->flush_at[place] = w->now + delay;
    world_call(w, w->now + delay, flush_due, f);
}

static void on_delivery(struct flusher *f, const struct flush_item *d)
{
    struct name group = d->type & FRAME_SERVICES ? d->groups[0] : d->sender;
    int place = place_of(f->all, &group);
    if (place < 0)
        return;
    if (d->type & FLUSH_REQUEST)
        plan_flush(f, place);
    flush_check_delivery(f->all->check, &f->seats[place], me_of(f), f->client->number, d);
}

static void tell_news(struct flusher *f)
{
    struct flush_item *d;
    while ((d = news_first(&f->flush.news))) {
        on_delivery(f, d);
        news_drop(&f->flush.news);
    }
    note_word(f);
}

/* A copy of a data frame, without the id at its end that is the simulator's. */
static struct flush_item *item_of(const struct heard_frame *h)
{
    size_t len = (size_t)h->header.data_len - MESSAGE_ID, count = (size_t)h->header.num_groups;
    struct flush_item *d = flush_item_new(count, len);
    if (!d)
        abort();
    d->type = h->header.type;
    d->sender = h->header.sender;
    d->mess_type = frame_mess_type(h->header.hint, &d->other_order);
    memcpy(d->groups, h->groups, count * NAME_FIELD);
    memcpy(d->body, h->body, len);
    return d;
}

static void hear_data(struct flusher *f, const struct heard_frame *h)
{
    struct flush_item *d = item_of(h);
    if (d->mess_type <= MARK_DATA) {
        flush_on_marked(&f->flush, d);
        return;
    }
    struct name group = name_from_field(h->groups);
    if (flush_fate(&f->flush, &group, &d->sender) == FLUSH_DELIVER)
        on_delivery(f, d);
    free(d);
}

static void hear_notice(struct flusher *f, const struct heard_frame *h)
{
    const struct frame_header *head = &h->header;
    int place = place_of(f->all, &head->sender);
    if (place >= 0)
        flush_check_notice(&f->seats[place], head->type, h->groups, (uint32_t)head->num_groups);
    if (!flush_on_notice(&f->flush, head->type, &head->sender, h->groups,
                         (uint32_t)head->num_groups, h->body, (size_t)head->data_len))
        verdict_break(&f->all->world->verdict, "F1", "%s does not understand a notice",
                      me_of(f)->text);
}

static void on_frame(void *context, struct client *c, const struct heard_frame *h)
{
    struct flusher *f = c->mind;
    struct flush_clients *all = context;
    if (all->events.on_frame)
        all->events.on_frame(all->events.context, c, h);
    if (f->client != c || !f->open || all->world->verdict.broken || h->header.type & FRAME_REJECT)
        return;
    if (h->header.type & FRAME_SERVICES)
        hear_data(f, h);
    else
        hear_notice(f, h);
    tell_news(f);
}

/* -- coming and going ---------------------------------------------------------------------- */

static void on_open(void *context, struct client *c)
{
    struct flush_clients *all = context;
    struct flusher *f = c->mind;
    if (all->events.on_open)
        all->events.on_open(all->events.context, c);
    f->client = c; /* it may be open before it is given to us */
    flush_init(&f->flush, &c->private_group);
    f->open = true;
    for (int i = 0; i < all->options.groups; i++) {
        f->seats[i].proc = c->process->index;
        f->seats[i].life = c->process->life;
    }
}

static void close_flusher(struct flusher *f)
{
    if (f->open)
        flush_fini(&f->flush);
    f->open = false;
    f->client = NULL;
    free(f->words);
    f->words = NULL;
    f->word_count = f->word_size = 0;
    for (int i = 0; i < GROUPS_MAX; i++) {
        flush_seat_fini(&f->seats[i]);
        f->flush_at[i] = 0;
    }
}

static void on_close(void *context, struct client *c)
{
    struct flush_clients *all = context;
    struct flusher *f = c->mind;
    if (all->events.on_close)
        all->events.on_close(all->events.context, c);
    if (f->client == c)
        close_flusher(f);
}

static void connect_one(struct site *s, struct flusher *f)
{
    struct client_events events = {.on_open = on_open, .on_frame = on_frame, .on_close = on_close,
                                   .context = s->all};
    char name[PRIVATE_NAME_MAX + 1];
    snprintf(name, sizeof name, "v%d-%u", (int)(f - s->flushers), s->named++ % 1000);
    f->client = client_connect_as(s->all->world, s->proc, name, true, &events, f);
}

/* -- deeds --------------------------------------------------------------------------------- */

static void send_something(struct site *s, struct flusher *f, int place)
{
    static const uint32_t services[] = {FRAME_UNRELIABLE, FRAME_RELIABLE, FRAME_FIFO,
                                        FRAME_CAUSAL,     FRAME_AGREED,   FRAME_SAFE};
    uint32_t service = services[below(s, sizeof services / sizeof services[0])];
    struct marks m = {.mess_type = 7};
    struct flush_seat *seat = &f->seats[place];
    enum flush_answer a = flush_may_send(&f->flush, service, &seat->group, NULL, 0, &m);
    flush_check_answer(s->all->check, seat, me_of(f), a);
    if (a != FLUSH_FINE)
        return;
    struct flush_stamp stamp = {f->client->number, ++f->stamps, seat->view};
    uint8_t body[FLUSH_STAMP + MARKS_MAX];
    flush_stamp_put(body, &stamp);
    size_t len = FLUSH_STAMP + marks_put(body + FLUSH_STAMP, &m);
    seat->sent++;
    client_post(f->client, service, m.vulnerable ? MARK_DATA : m.mess_type, seat->group.text, body,
                len);
}

static void go_away(struct site *s, struct flusher *f)
{
    struct client *c = f->client;
    close_flusher(f);
    if (below(s, 2))
        client_kill(c);
    else
        client_break(c);
}

/* The first of each daemon is in all groups and stays, so that none becomes empty while its daemons
 * are together: one that begins anew then has the ids of the one before. */
static bool is_anchor(const struct flusher *f)
{
    return f == f->site->flushers;
}

static void join_all(struct flusher *f)
{
    for (int i = 0; i < f->all->options.groups; i++)
        if (flush_join(&f->flush, &f->all->groups[i]) == FLUSH_FINE)
            client_join(f->client, f->all->groups[i].text);
}

static void join_or_leave(struct flusher *f, int place)
{
    const struct flusher *anchor = f->site->flushers;
    const struct name *group = &f->all->groups[place];
    if (!anchor->open || !flush_find(&anchor->flush, group))
        return;
    if (flush_join(&f->flush, group) == FLUSH_FINE)
        client_join(f->client, group->text);
    else if (flush_leave(&f->flush, group) == FLUSH_FINE)
        client_leave(f->client, group->text);
}

static void do_something(struct site *s)
{
    struct flusher *f = !s->flushers[0].open ? &s->flushers[0] : &s->flushers[below(s, (uint32_t)s->all->options.clients)];
    int place = (int)below(s, (uint32_t)s->all->options.groups);
    uint32_t what = below(s, 100);
    if (!f->client || !f->client->session) {
        close_flusher(f);
        connect_one(s, f);
        return;
    }
    if (!f->open)
        return;
    say_all(f); /* it comes before anything else that it sends */
    if (is_anchor(f)) {
        join_all(f);
        send_something(s, f, place);
    } else if (!f->seats[place].in_view ? what < 30 : what < 4)
        join_or_leave(f, place);
    else if (what >= 98)
        go_away(s, f);
    else
        send_something(s, f, place);
}

static void tick(struct world *w, void *context)
{
    struct site *s = context;
    const struct process *p = &w->processes[s->proc];
    if (s->all->stopped)
        return;
    if (p->daemon && !p->paused && !daemon_has_left(p->daemon))
        do_something(s);
    world_call(w, w->now + 1 + random_next(&s->random) % (2 * s->all->options.pause), tick, s);
}

/* -- the whole ----------------------------------------------------------------------------- */

struct flush_clients *flush_clients_new(struct world *w, const struct flush_options *o,
                                        const struct client_events *events)
{
    struct flush_clients *a = memory_new(sizeof *a);
    struct random seeds = {o->seed};
    a->world = w;
    a->options = *o;
    a->check = flush_check_new(w);
    if (events)
        a->events = *events;
    for (int i = 0; i < o->groups; i++)
        snprintf(a->groups[i].text, NAME_FIELD, "v%d", i);
    for (int i = 0; i < w->options.daemons && o->clients > 0; i++) {
        struct site *s = &a->sites[i];
        *s = (struct site){.all = a, .proc = i, .random = {random_next(&seeds)}};
        for (int k = 0; k < CLIENTS_MAX; k++) {
            s->flushers[k].all = a;
            s->flushers[k].site = s;
            for (int g = 0; g < o->groups; g++)
                s->flushers[k].seats[g].group = a->groups[g];
        }
        world_call(w, w->now + below(s, 10000), tick, s);
    }
    return a;
}

void flush_clients_free(struct flush_clients *a)
{
    for (int i = 0; i < PROCS_MAX; i++)
        for (int k = 0; k < CLIENTS_MAX; k++)
            close_flusher(&a->sites[i].flushers[k]);
    flush_check_free(a->check);
    free(a);
}

void flush_clients_set_pause(struct flush_clients *a, usec pause)
{
    a->options.pause = pause;
}

void flush_clients_stop(struct flush_clients *a)
{
    a->stopped = true;
}

static void check_one(struct flush_clients *a, const struct flusher *f)
{
    if (!f->open || !f->client->session || f->client->leaving)
        return;
    for (int i = 0; i < a->options.groups; i++) {
        const struct flush_group *g = flush_find(&f->flush, &a->groups[i]);
        if (g)
            flush_check_rest(a->check, &f->seats[i], me_of(f), g);
    }
}

void flush_clients_check_rest(struct flush_clients *a, const struct procset *set)
{
    for procset_each(i, set)
        for (int k = 0; k < a->options.clients; k++)
            check_one(a, &a->sites[i].flushers[k]);
}

uint64_t flush_clients_views(const struct flush_clients *a)
{
    return flush_check_views(a->check);
}

uint64_t flush_clients_messages(const struct flush_clients *a)
{
    return flush_check_messages(a->check);
}
