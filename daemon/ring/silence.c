/* SPDX-License-Identifier: MIT
 *
 * How long a member that we watch is silent: our successor, which should show that it has the token,
 * and the leader while the token rests there.
 */
#include "daemon/ring/inside.h"

usec silence_next(const struct ring *r, enum ring_silence is, usec from, usec now)
{
    const struct pace *p = r->setup.pace;
    switch (is) {
    case SILENCE_NONE:
        return from + pace_ask(p, now);
    case SILENCE_LATE:
        return from + pace_suspicion(p, now);
    case SILENCE_LONG:
        return from + pace_token_timeout(p);
    case SILENCE_OVER:
        break;
    }
    return NEVER;
}

void silence_leader_lives(struct ring *r, usec now)
{
    struct holding *h = &r->holding;
    h->leader_is = SILENCE_NONE;
    h->beat_from = now + pace_idle(r->setup.pace);
    r->beat_at = silence_next(r, SILENCE_NONE, h->beat_from, now);
}

enum ring_alarm silence_of_successor(struct ring *r, usec now)
{
    static const enum ring_alarm alarms[] = {[SILENCE_LATE] = RING_SUCCESSOR_LATE,
                                             [SILENCE_LONG] = RING_SUCCESSOR_SILENT,
                                             [SILENCE_OVER] = RING_SUCCESSOR_LOST};
    struct holding *h = &r->holding;
    if (now < silence_next(r, h->successor_is, h->first_sent_at, now))
        return RING_QUIET;
    return alarms[++h->successor_is];
}

enum ring_alarm silence_of_leader(struct ring *r, usec now)
{
    static const enum ring_alarm alarms[] = {[SILENCE_LATE] = RING_LEADER_LATE,
                                             [SILENCE_LONG] = RING_LEADER_SILENT,
                                             [SILENCE_OVER] = RING_LEADER_LOST};
    struct holding *h = &r->holding;
    h->leader_is++;
    r->beat_at = silence_next(r, h->leader_is, h->beat_from, now);
    return alarms[h->leader_is];
}

enum ring_silence ring_silence(const struct ring *r, unsigned i)
{
    const struct holding *h = &r->holding;
    enum ring_silence is = SILENCE_NONE;
    if (i == h->sent_to && r->resend_at != NEVER)
        is = h->successor_is;
    if (i == r->leader && r->beat_at != NEVER && h->leader_is > is)
        is = h->leader_is;
    return is;
}

usec ring_silent_since(const struct ring *r, unsigned i)
{
    const struct holding *h = &r->holding;
    usec since = NEVER;
    if (i == h->sent_to && r->resend_at != NEVER && h->successor_is != SILENCE_NONE)
        since = h->first_sent_at;
    if (i == r->leader && r->beat_at != NEVER && h->leader_is != SILENCE_NONE)
        since = usec_earlier(since, h->beat_from);
    return since;
}
