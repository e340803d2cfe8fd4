/* SPDX-License-Identifier: MIT */
#include "daemon/groups/agreement.h"

#include <string.h>

#include "libspread/wire/frame.h"

/* -- digests ---------------------------------------------------------------------------------- */

enum { SENDER_WORDS = 2, SAMPLE_WORDS = 8 }; /* of the sender's name; of groups and body */

/* What a word adds depends on its place, by a number of that place. */
static const uint64_t places[1 + SENDER_WORDS + SAMPLE_WORDS + 1] = {
    0x9e3779b97f4a7c15, 0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
    0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b,
    0x5be0cd19137e2179, 0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17,
};

/* A word of bytes, the same on every machine. */
static uint64_t word_of(const uint8_t *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

/* One term of NH (RFC 4418, 5.2.2): terms do not wait for each other. */
static uint64_t term(uint64_t word, uint64_t place)
{
    return (uint64_t)((uint32_t)word + (uint32_t)place) *
           ((uint32_t)(word >> 32) + (uint32_t)(place >> 32));
}

static uint64_t mixed(uint64_t digest, uint64_t with)
{
    digest = (digest ^ with) * 0x9fb21c651e98df25u;
    return digest ^ digest >> 32;
}

/* All words if there are few, else some at equal distances; and what is left at the end. */
static uint64_t payload_digest(const uint8_t *p, size_t len)
{
    const uint64_t *place = places + 1 + SENDER_WORDS;
    size_t words = len / 8, step = (words + SAMPLE_WORDS - 1) / SAMPLE_WORDS;
    uint8_t rest[8] = {0};
    uint64_t sum = 0;
    for (size_t i = 0; i < words; i += step)
        sum += term(word_of(p + 8 * i), *place++);
    if (len >= 8)
        return sum + term(word_of(p + len - 8), places[1 + SENDER_WORDS + SAMPLE_WORDS]);
    memcpy(rest, p, len);
    return sum + term(word_of(rest), places[1 + SENDER_WORDS + SAMPLE_WORDS]);
}

static uint64_t message_digest(const uint8_t *frame, size_t len)
{
    uint32_t type = word_at(frame + FRAME_TYPE_AT) & ~FRAME_ENDIAN_BITS;
    uint64_t sum = term((uint64_t)type << 32 | (uint32_t)len, places[0]);
    for (size_t i = 0; i < SENDER_WORDS; i++)
        sum += term(word_of(frame + FRAME_SENDER_AT + 8 * i), places[1 + i]);
    return sum + payload_digest(frame + FRAME_HEADER, len - FRAME_HEADER);
}

uint64_t agreement_take(struct agreement *a, const uint8_t *frame, size_t len)
{
    uint64_t digest = message_digest(frame, len);
    a->now.messages++;
    a->now.digest = mixed(a->now.digest, digest);
    return digest;
}

/* The first message to it since the last mark. */
static void begin_interval(struct agreement *a, struct agreed *g, const struct name *name)
{
    if (g->mark < a->first_stamp)
        g->digest = 0; /* of another view */
    g->kept = g->digest;
    g->mark = a->stamp;
    if (a->busy_count < STATEMENT_GROUPS)
        a->busy[a->busy_count++] = *name;
}

void agreement_take_of_group(struct agreement *a, struct agreed *g, const struct name *name,
                             uint64_t digest)
{
    if (g->mark != a->stamp)
        begin_interval(a, g, name);
    g->digest = mixed(g->digest, digest);
}

uint64_t agreement_at_mark(const struct agreement *a, const struct agreed *g)
{
    if (g->mark == a->stamp)
        return g->kept;
    return g->mark < a->first_stamp ? 0 : g->digest;
}

/* -- views ------------------------------------------------------------------------------------ */

void agreement_on_view(struct agreement *a, bool wanted, uint16_t self, uint64_t tag,
                       const struct procset *members, const struct procset *with_us)
{
    struct agreement old = *a;
    *a = (struct agreement){
        .runs = wanted && procset_count(members) > 1,
        .stamp = old.stamp + 1,
        .first_stamp = old.stamp + 1,
        .tag = tag,
        .members = *members,
        .self = self,
    };
    if (!a->runs || !old.runs || procset_count(with_us) == 1)
        return;
    a->old_tag = old.tag;
    a->old_end = old.now;
    a->with_us = *with_us;
    memcpy(a->old_agreed, old.agreed, sizeof a->old_agreed);
    a->urgent = old.now.messages > 0;
}

void agreement_forget_places(struct agreement *a)
{
    a->runs = false; /* a reload goes with a view of its own */
}

/* -- speaking --------------------------------------------------------------------------------- */

static const struct progress *at_mark(const struct agreement *a, uint32_t mark)
{
    return &a->at[mark % AGREEMENT_MARKS];
}

static bool is_news(const struct agreement *a)
{
    return a->now.messages != at_mark(a, a->mark)->messages;
}

usec agreement_deadline(const struct agreement *a)
{
    if (!a->runs)
        return NEVER;
    return a->urgent ? 0 : is_news(a) ? a->due : NEVER;
}

/* How many speak before us: one after the other of the view does, and whose turn it is comes first. */
static unsigned speakers_before(const struct agreement *a)
{
    unsigned count = (unsigned)procset_count(&a->members), place = 0;
    for procset_each(i, &a->members)
        place += (unsigned)i < a->self;
    return (place + count - a->mark % count) % count;
}

bool agreement_speaks(struct agreement *a, usec now, struct statement *s)
{
    if (agreement_deadline(a) > now)
        return false;
    if (!a->urgent && a->due == 0) {
        a->due = now + (1 + speakers_before(a)) * (usec)AGREEMENT_EVERY_US;
        return false;
    }
    a->urgent = false;
    a->due = now + (usec)procset_count(&a->members) * AGREEMENT_EVERY_US; /* should it be lost */
    *s = (struct statement){
        .tag = a->tag,
        .mark = a->mark,
        .at_mark = *at_mark(a, a->mark),
        .old_tag = a->old_tag,
        .old_end = a->old_end,
        .group_count = a->said_count,
    };
    for (unsigned i = 0; i < a->said_count; i++)
        s->groups[i].name = a->said[i];
    return true;
}

/* -- hearing ---------------------------------------------------------------------------------- */

static bool progress_differs(const struct progress *a, const struct progress *b)
{
    return a->messages != b->messages || a->digest != b->digest;
}

/* What the other says of the view before. */
static bool differs_at_the_end(const struct agreement *a, const struct statement *s, uint16_t origin,
                               struct disagreement *x)
{
    if (!s->old_tag || s->old_tag != a->old_tag || !procset_has(&a->with_us, origin) ||
        !progress_differs(&s->old_end, &a->old_end))
        return false;
    *x = (struct disagreement){.why = DISAGREE_LAST,
                               .from = a->old_agreed[origin],
                               .here = a->old_end.messages,
                               .there = s->old_end.messages};
    return true;
}

static bool names(const struct statement *s, const struct name *name)
{
    for (unsigned i = 0; i < s->group_count; i++)
        if (name_equal(&s->groups[i].name, name))
            return true;
    return false;
}

/* A group to which others were sent here than the statement says, or while it had other members; NULL:
 * not known. Where the statement has room for more groups, it names all that were sent to. */
static const struct name *find_group(const struct agreement *a, const struct statement *s,
                                     const uint64_t *mine)
{
    if (s->mark != a->mark)
        return NULL; /* of earlier ones only the digest of all is remembered */
    for (unsigned i = 0; i < s->group_count; i++)
        if (s->groups[i].digest != mine[i])
            return &s->groups[i].name;
    for (unsigned i = 0; s->group_count < STATEMENT_GROUPS && i < a->said_count; i++)
        if (!names(s, &a->said[i]))
            return &a->said[i];
    return NULL;
}

static enum why why_at_mark(const struct progress *mine, const struct progress *theirs)
{
    if (mine->messages != theirs->messages)
        return DISAGREE_COUNT;
    return mine->digest != theirs->digest ? DISAGREE_ORDER : DISAGREE_MEMBERS;
}

static bool differs_at_mark(struct agreement *a, const struct statement *s,
                            const uint64_t *mine, uint16_t origin,
                            struct disagreement *x)
{
    if (s->mark > a->mark || a->mark - s->mark >= AGREEMENT_MARKS)
        return false; /* nothing that we remember */
    const struct progress *here = at_mark(a, s->mark);
    const struct name *group = find_group(a, s, mine);
    if (!group && !progress_differs(&s->at_mark, here)) {
        a->agreed[origin] = here->messages;
        return false;
    }
    *x = (struct disagreement){
        .why = why_at_mark(here, &s->at_mark),
        .group = group ? *group : (struct name){{0}},
        .from = a->agreed[origin],
        .here = here->messages,
        .there = s->at_mark.messages,
    };
    return true;
}

bool agreement_hears(struct agreement *a, const struct statement *s,
                     const uint64_t *mine, uint16_t origin, struct disagreement *x)
{
    if (!a->runs || origin == a->self || procset_has(&a->told, origin) ||
        (!differs_at_the_end(a, s, origin, x) && !differs_at_mark(a, s, mine, origin, x)))
        return false;
    x->daemon = origin;
    procset_add(&a->told, origin);
    a->urgent = true; /* the other one is to see it, too */
    return true;
}

void agreement_mark(struct agreement *a)
{
    a->mark++;
    a->stamp++;
    a->at[a->mark % AGREEMENT_MARKS] = a->now;
    memcpy(a->said, a->busy, a->busy_count * sizeof a->busy[0]);
    a->said_count = a->busy_count;
    a->busy_count = 0;
    a->due = 0;
}
