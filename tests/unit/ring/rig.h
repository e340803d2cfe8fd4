/* SPDX-License-Identifier: MIT
 *
 * rig.h - one ring without its daemon: member "B" of "ABC", or another as a test says, fed with
 * packets and tokens of the others; what it delivers and sends is kept as text.
 */
#ifndef TESTS_UNIT_RING_RIG_H
#define TESTS_UNIT_RING_RIG_H

#include "daemon/ring/inside.h"

enum { RIG_GAP = 64, RIG_PACKET = 1400 };

struct rig {
    struct conf *conf;
    struct in_force in_force;
    struct effects effects;
    unsigned doubts[WHYS]; /* of each reason; since rig_forget, too */
    struct outlet outlet;
    struct pace pace;
    struct ring *ring;
    usec now;
    uint64_t data_hop; /* of the token during which what rig_data hears was sent */
    struct ring_id id;
    char delivered[4096]; /* messages one behind the other, "{ABC}" a transitional view, "<ABC>" a
                             regular one; since rig_forget */
    char sent[4096];      /* "D7" a DATA, "R7" an RDATA, "T" a token, "K" a TOKACK, "H" a HURRY */
    struct token token;   /* the one sent last */
    enum ring_alarm alarm;
};

/* Daemons are letters, those of self and of the segments; all are members, the view is on. */
struct rig *rig_new(const char *segments, char self);
void rig_free(struct rig *rig);

/* A DATA of origin with one message; an RDATA of sender. */
bool rig_data(struct rig *rig, char origin, uint64_t seq, const char *text, uint8_t service);
bool rig_rdata(struct rig *rig, char sender, char origin, uint64_t seq, const char *text,
               uint64_t attempt);
/* The token as it was sent last with one hop more, changed by the test, from sender. */
void rig_token(struct rig *rig, char sender, const struct token *t);
/* One that does not change what it says: seq, aru, nobody having lowered it. */
struct token rig_next_token(const struct rig *rig, uint64_t seq, uint64_t aru);

void rig_submit(struct rig *rig, enum lane lane, const char *text, uint8_t service);
void rig_time(struct rig *rig, usec later);

/* Takes what has come out; the texts grow. */
void rig_drain(struct rig *rig);
void rig_forget(struct rig *rig);

/* The next view: those of members, with what the plan says; commit may be changed before. */
struct commit rig_plan(const struct rig *rig, const char *members, const char *together);
void rig_install(struct rig *rig, const struct commit *plan);

#define CHECK_DELIVERED(rig, text)                                                                 \
    do {                                                                                           \
        rig_drain(rig);                                                                            \
        assert_string_equal((rig)->delivered, text);                                               \
        (rig)->delivered[0] = '\0';                                                                \
    } while (0)
#define CHECK_SENT(rig, text)                                                                      \
    do {                                                                                           \
        rig_drain(rig);                                                                            \
        assert_string_equal((rig)->sent, text);                                                    \
        (rig)->sent[0] = '\0';                                                                     \
    } while (0)

#endif
