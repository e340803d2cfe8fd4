/* SPDX-License-Identifier: MIT */
#include "daemon/ring/stall.h"

enum {
    PATIENCE_MIN_US = 1 * USEC_SECOND,
    MUTE_AGAIN_US = 100 * USEC_MS,
};

usec stall_patience(usec token_timeout)
{
    return token_timeout > PATIENCE_MIN_US ? token_timeout : PATIENCE_MIN_US;
}

enum ring_alarm stall_at_leader(struct stall *s, const struct token *t, uint64_t before,
                                uint64_t own, uint16_t self, usec patience, usec now)
{
    if (t->aru == t->seq || t->aru > before || s->moved_at == 0) {
        s->moved_at = now;
        return RING_QUIET;
    }
    /* A packet that we miss, too, is the business of who sent it. */
    if (now - s->moved_at <= patience || t->aru_setter == NO_PROC || t->aru_setter == self ||
        own == t->aru)
        return RING_QUIET;
    s->deaf = t->aru_setter;
    s->moved_at = now;
    return RING_DEAF;
}

enum ring_alarm stall_at_member(struct stall *s, const struct token *t, bool ours, usec patience,
                                usec now)
{
    if (t->aru == t->seq || t->aru != s->stuck_aru || s->stuck_at == 0) {
        s->stuck_aru = t->aru;
        s->stuck_at = now;
        return RING_QUIET;
    }
    usec stuck = now - s->stuck_at;
    if (stuck <= 2 * patience || !ours)
        return RING_QUIET;
    if (stuck > 4 * patience) {
        s->stuck_at = now;
        return RING_UNHEARD;
    }
    if (now < s->mute_again_at)
        return RING_QUIET;
    s->mute_again_at = now + MUTE_AGAIN_US;
    return RING_MUTE;
}

void stall_forgive(struct stall *s, usec lag, usec now)
{
    if (s->moved_at)
        s->moved_at = usec_earlier(s->moved_at + lag, now);
}
