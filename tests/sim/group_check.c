/* SPDX-License-Identifier: MIT
 *
 * Follows every client through the journal of its daemon: frame by frame, what comes must be what is
 * due next.
 */
#include "tests/sim/group_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libspread/wire/frame.h"
#include "tests/sim/group_inside.h"

enum { KEPT = 256 }; /* entries behind everybody that are kept, to tell what a stray frame is */

/* -- small things -------------------------------------------------------------------------- */

struct seat *seat_of(struct watch *w, unsigned group)
{
    w->seats = widen_array(w->seats, group, &w->seat_size, sizeof w->seats[0]);
    return &w->seats[group];
}

const char *group_text(const struct group_check *g, unsigned group)
{
    return roll_group_name(g->roll, group)->text;
}

const char *client_text(const struct group_check *g, unsigned client)
{
    return roll_client_name(g->roll, client)->text;
}

/* -- frames -------------------------------------------------------------------------------- */

static void tell_due(const struct group_check *g, const struct watch *w, const struct due *d,
                     char *text, size_t size)
{
    static const char *const names[] = {
        [DUE_JOINED] = "its own JOIN",      [DUE_SELF_LEAVE] = "its own leave",
        [DUE_CHANGE] = "a change",          [DUE_IN_TRANSITION] = "NETWORK in the transition",
        [DUE_TRANSITION] = "TRANSITION",    [DUE_NETWORK] = "NETWORK",
        [DUE_MERGED] = "NETWORK of a merge"};
    if (d->kind == DUE_DATA) {
        const struct entry *e = journal_entry(&w->home->journal, d->entry);
        snprintf(text, size, "message %u of client %u (%llu.%u)", e->count, e->client,
                 (unsigned long long)e->seq, e->part);
        return;
    }
    snprintf(text, size, "%s in %s", names[d->kind], group_text(g, d->group));
}

/* Something else comes, or nothing any more, where d is due. */
static void tell_missing(struct group_check *g, const struct watch *w, const struct due *d,
                         const struct heard_frame *f)
{
    char due[100];
    bool data = f && f->header.type & FRAME_SERVICES;
    const char *id = d->kind == DUE_DATA ? "M1"
                     : data && d->kind != DUE_CHANGE && d->kind != DUE_JOINED ? "G7"
                                                                              : "G4";
    tell_due(g, w, d, due, sizeof due);
    BREAK(g, id, "%s is owed %s and gets %s", client_text(g, w->name), due,
          !f ? "nothing" : data ? "a message" : "another notice");
}

static bool is_that_message(const struct entry *e, const struct heard_frame *f)
{
    const uint8_t *end = f->body + f->header.data_len;
    return e->kind == ENTRY_DATA && f->header.data_len >= MESSAGE_ID &&
           word_at(end - MESSAGE_ID) == e->client && word_at(end - 4) == e->count;
}

/* Nothing is due, and yet something comes. */
static void tell_stray(struct group_check *g, const struct watch *w, const struct heard_frame *f)
{
    const struct journal *j = &w->home->journal;
    if (!(f->header.type & FRAME_SERVICES)) {
        BREAK(g, "G4", "%s gets notice %x of %s that nothing calls for", client_text(g, w->name),
              f->header.type, f->header.sender.text);
        return;
    }
    for (size_t i = j->first; i < journal_end(j); i++) {
        const struct entry *e = journal_entry(j, i);
        if (!is_that_message(e, f))
            continue;
        bool member = false;
        for (unsigned k = 0; k < e->place_count; k++)
            member |= entry_places(e)[k] % 2 == 0 && entry_places(e)[k] / 2 < w->seat_size &&
                      w->seats[entry_places(e)[k] / 2].member;
        BREAK(g, member ? "M2" : "G8", "%s gets message %u of client %u %s",
              client_text(g, w->name), e->count, e->client,
              member ? "a second time, or out of order" : "and is not a member");
        return;
    }
    BREAK(g, "M2", "%s gets a message that its daemon has not ordered", client_text(g, w->name));
}

static void note_heard(struct group_check *g, struct watch *w, const struct entry *e)
{
    (void)g;
    if (e->discard)
        return; /* one of the set does not get it */
    for (unsigned i = 0; i < e->place_count; i++) {
        unsigned place = entry_places(e)[i];
        struct seat *s = place % 2 == 0 ? seat_of(w, place / 2) : NULL;
        bool again = false;
        for (unsigned k = 0; k < i; k++)
            again |= entry_places(e)[k] == place;
        if (!s || !s->member || again)
            continue;
        uint64_t *h = s->in_transition ? &s->heard_after : &s->heard;
        *h = mix(*h, (uint64_t)e->client << 32 | e->count);
    }
}

static bool accept_data(struct group_check *g, struct watch *w, const struct due *d,
                        const struct heard_frame *f)
{
    const struct entry *e = journal_entry(&w->home->journal, d->entry);
    if (!(f->header.type & FRAME_SERVICES) || !is_that_message(e, f))
        return false;
    if (hash_bytes(f->groups, (size_t)frame_payload_len(&f->header)) != e->content)
        BREAK(g, "M2", "%s gets message %u of client %u, but not as it was sent",
              client_text(g, w->name), e->count, e->client);
    note_heard(g, w, e);
    return true;
}

/* True: the frame is what is due, or f is NULL and nothing need come for it. */
static bool settle_due(struct group_check *g, struct watch *w, const struct due *d,
                       const struct heard_frame *f)
{
    if (d->kind == DUE_DATA)
        return f && accept_data(g, w, d, f);
    if (!f || f->header.type & FRAME_SERVICES || !notice_fits(g, w, d))
        return false;
    notice_accept(g, w, d);
    return true;
}

/* What was ordered while the client was being let in it may have got or not. */
static bool may_be_missed(struct watch *w, const struct due *d)
{
    if (d->kind == DUE_MERGED && !seat_of(w, d->group)->changed)
        return true; /* the others had no members in it */
    return d->kind == DUE_DATA && d->entry < w->strict_from;
}

static enum slow_policy policy_of_group(const struct group_check *g, unsigned group)
{
    unsigned number;
    if (sscanf(group_text(g, group), "g%u", &number) != 1 || number >= 16)
        return SLOW_HOLD;
    return (enum slow_policy)(g->world->options.group_policies >> 2 * number & 3);
}

/* Its service allows it, and the policy: of all its groups, or of the client in those that have hold. */
static bool may_be_dropped(const struct group_check *g, const struct watch *w, const struct due *d)
{
    if (d->kind != DUE_DATA || !journal_entry(&w->home->journal, d->entry)->unreliable)
        return false;
    const struct entry *e = journal_entry(&w->home->journal, d->entry);
    enum slow_policy mildest = e->place_count > 0 ? SLOW_CUT : SLOW_HOLD;
    for (unsigned i = 0; i < e->place_count; i++) {
        unsigned place = entry_places(e)[i];
        enum slow_policy policy = place % 2 ? SLOW_HOLD : policy_of_group(g, place / 2);
        mildest = policy < mildest ? policy : mildest;
    }
    return mildest == SLOW_DROP || (mildest == SLOW_HOLD && w->client->asked_for[SLOW_DROP]);
}

/* It counts as heard: who lost it goes on with those who did not. */
static void accept_dropped(struct group_check *g, struct watch *w, const struct due *d)
{
    note_heard(g, w, journal_entry(&w->home->journal, d->entry));
    w->dropped++;
}

/* W4: all that was for it has come or was counted. */
static void check_dropped(struct group_check *g, const struct watch *w)
{
    uint64_t counted = w->client->session->dropped;
    if (counted != w->dropped)
        BREAK(g, "W4", "for %s %llu messages are said to have been dropped, and %llu have not come",
              client_text(g, w->name), (unsigned long long)counted, (unsigned long long)w->dropped);
}

/* Goes through the journal until f is accounted for; f NULL: until its end. */
static void advance(struct group_check *g, struct watch *w, const struct heard_frame *f)
{
    const struct journal *j = &w->home->journal;
    for (;;) {
        while (w->due_next < w->due_count) {
            const struct due d = w->due[w->due_next++];
            if (settle_due(g, w, &d, f)) {
                if (f)
                    return;
            } else if (may_be_missed(w, &d)) {
                continue;
            } else if (may_be_dropped(g, w, &d)) {
                accept_dropped(g, w, &d);
            } else {
                tell_missing(g, w, &d, f);
                return;
            }
        }
        if (!w->deferred && w->at == journal_end(j)) {
            if (f)
                tell_stray(g, w, f);
            return;
        }
        expect_next(g, w);
    }
}

/* -- clients ------------------------------------------------------------------------------- */

static struct watch *watch_of(struct group_check *g, const struct client *c)
{
    return c->number < g->watch_size ? g->watches[c->number] : NULL;
}

static void on_open(void *context, struct client *c)
{
    struct group_check *g = context;
    struct life_of_daemon *l = g->lives[c->process->life];
    struct watch *w = memory_new(sizeof *w);
    journal_understand(&l->journal);
    w->client = c;
    w->number = c->number;
    w->home = l;
    w->name = roll_client(g->roll, &c->private_group);
    w->strict_from = journal_end(&l->journal);
    w->at = l->looked;
    w->view = l->view;
    w->parted = l->parted;
    w->tag = l->journal.tag;
    w->members = l->journal.view;
    w->synced = l->journal.synced;
    w->next = l->watches;
    l->watches = w;
    g->watches = widen_array(g->watches, c->number, &g->watch_size, sizeof g->watches[0]);
    g->watches[c->number] = w;
}

static void on_frame(void *context, struct client *c, const struct heard_frame *f)
{
    struct group_check *g = context;
    struct watch *w = watch_of(g, c);
    if (!w || g->world->verdict.broken || f->header.type & FRAME_REJECT)
        return;
    journal_understand(&w->home->journal);
    if (f->header.type & FRAME_SERVICES || notice_take_apart(g, w, f))
        advance(g, w, f);
}

static void on_close(void *context, struct client *c)
{
    struct group_check *g = context;
    struct watch *w = watch_of(g, c);
    if (!w)
        return;
    if (c->reads && c->pace.in_most == 0 && !c->leaving && !c->process->ending)
        BREAK(g, "M4", "%s reads and was cut off", client_text(g, w->name));
    w->gone = true;
}

struct client_events group_check_events(struct group_check *g)
{
    return (struct client_events){
        .on_open = on_open, .on_frame = on_frame, .on_close = on_close, .context = g};
}

/* -- daemons ------------------------------------------------------------------------------- */

static void on_start(void *context, const struct process *p)
{
    struct group_check *g = context;
    struct life_of_daemon *l = memory_new(sizeof *l);
    l->process = p;
    l->life = p->life;
    journal_init(&l->journal, g->roll, p->index);
    g->lives = widen_array(g->lives, p->life, &g->life_size, sizeof g->lives[0]);
    g->lives[p->life] = l;
}

static void free_watch(struct watch *w)
{
    for (size_t i = 0; i < w->seat_size; i++)
        free(w->seats[i].list);
    free(w->seats);
    free(w->due);
    free(w);
}

static void free_watches(struct group_check *g, struct life_of_daemon *l)
{
    while (l->watches) {
        struct watch *w = l->watches;
        l->watches = w->next;
        g->watches[w->number] = NULL;
        free_watch(w);
    }
}

static void on_end(void *context, const struct process *p)
{
    struct group_check *g = context;
    struct life_of_daemon *l = g->lives[p->life];
    l->ended = true;
    free_watches(g, l);
    journal_fini(&l->journal);
}

/* What a client sends is ordered in its order: at its own daemon without a gap. */
static void check_own_message(struct group_check *g, const struct process *p,
                              const struct trace_record *t)
{
    uint32_t client, count;
    if (t->origin != p->index || !message_id(t, &client, &count) ||
        client > g->world->client_count)
        return;
    g->sent = widen_array(g->sent, client, &g->sent_size, sizeof g->sent[0]);
    if (count != g->sent[client] + 1)
        BREAK(g, "M3", "message %u of client %u follows its message %u at its daemon", count,
              client, g->sent[client]);
    g->sent[client] = count;
}

static void on_trace(void *context, const struct process *p, const struct trace_record *t)
{
    struct group_check *g = context;
    if (g->world->verdict.broken)
        return;
    struct life_of_daemon *l = g->lives[p->life];
    if (t->kind == TRACE_DELIVER)
        check_own_message(g, p, t);
    journal_on_trace(&l->journal, g->world->conf, t);
    tables_on_trace(g, l, t);
}

/* Takes out of the list whoever is closed, and forgets what everybody has behind. */
static void tidy_up(struct group_check *g, struct life_of_daemon *l)
{
    size_t least = journal_end(&l->journal);
    struct watch **link = &l->watches;
    while (*link) {
        struct watch *w = *link;
        if (w->gone) {
            *link = w->next;
            g->watches[w->number] = NULL;
            free_watch(w);
            continue;
        }
        least = w->at < least ? w->at : least;
        link = &w->next;
    }
    if (least > l->journal.first + 2 * KEPT)
        journal_forget(&l->journal, least - KEPT);
}

/* Those who read have got all that is for them. */
static void advance_readers(struct group_check *g, struct life_of_daemon *l)
{
    for (struct watch *w = l->watches; w; w = w->next) {
        if (w->gone || !client_is_served(w->client))
            continue;
        advance(g, w, NULL);
        if (!g->world->verdict.broken)
            check_dropped(g, w);
    }
}

static void on_rest(void *context, const struct process *p)
{
    struct group_check *g = context;
    struct life_of_daemon *l = g->lives[p->life];
    if (g->world->verdict.broken || l->looked == journal_end(&l->journal))
        return;
    journal_understand(&l->journal);
    if (l->journal.understood < journal_end(&l->journal))
        BREAK(g, "G7", "d%d ordered a client's message before sides had told each other",
              p->index + 1);
    advance_readers(g, l);
    tables_compare(g, l);
    tidy_up(g, l);
    l->looked = journal_end(&l->journal);
}

/* -- the whole ----------------------------------------------------------------------------- */

struct group_check *group_check_new(struct world *w)
{
    struct group_check *g = memory_new(sizeof *g);
    struct observer observer = {.on_start = on_start, .on_trace = on_trace, .on_end = on_end,
                                .on_rest = on_rest, .context = g};
    g->world = w;
    g->roll = roll_new(w->conf);
    world_observe(w, &observer);
    return g;
}

void group_check_free(struct group_check *g)
{
    struct view_note *v, *next;
    for (size_t i = 0; i < g->life_size; i++) {
        if (!g->lives[i])
            continue;
        free_watches(g, g->lives[i]);
        journal_fini(&g->lives[i]->journal);
        free(g->lives[i]);
    }
    HASH_ITER(hh, g->views, v, next) {
        HASH_DELETE(hh, g->views, v);
        free(v);
    }
    notes_free(g->tables);
    notes_free(g->notices);
    notes_free(g->sets);
    notes_free(g->sides);
    notes_free(g->births);
    notes_free(g->view_ids);
    free(g->heard.list);
    free(g->heard.set_members);
    free(g->lives);
    free(g->watches);
    free(g->sent);
    roll_free(g->roll);
    free(g);
}

/* M3: all that was sent at these daemons is ordered. */
static void check_all_sent(struct group_check *g, const struct procset *set)
{
    for procset_each(i, set) {
        const struct process *p = &g->world->processes[i];
        const struct life_of_daemon *l = p->daemon ? g->lives[p->life] : NULL;
        for (const struct watch *w = l ? l->watches : NULL; w; w = w->next) {
            uint32_t number = w->client->number;
            uint32_t ordered = number < g->sent_size ? g->sent[number] : 0;
            bool all = w->client->id == number; /* else some may have been refused: guest_check.h */
            if (all && !w->gone && !w->client->leaving && ordered != w->client->sent)
                BREAK(g, "M3", "%s has sent %u messages, of which %u are ordered",
                      client_text(g, w->name), w->client->sent, ordered);
        }
    }
}

void group_check_rest(struct group_check *g, const struct procset *set)
{
    check_all_sent(g, set);
    /* Some read again since the last of the journal came. */
    for procset_each(i, set)
        advance_readers(g, g->lives[g->world->processes[i].life]);
    tables_check_rest(g, set);
}

uint64_t group_check_notices(const struct group_check *g)
{
    return g->notice_count;
}
