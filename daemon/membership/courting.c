/* SPDX-License-Identifier: MIT */
#include "daemon/membership/courting.h"

enum {
    SAYINGS_MOST = 5,
    LOOK_SOON_US = USEC_SECOND,
    PROBES_AT_ONCE = 8,
    RECENTLY_US = 60 * USEC_SECOND,
};

void courting_begin(struct courting *k, usec resend, usec now)
{
    *k = (struct courting){.since = now, .wait = resend};
    courting_again(k, now);
}

void courting_again(struct courting *k, usec now)
{
    k->sayings++;
    k->due = now + k->wait;
    k->wait = k->wait * 3 / 2;
}

bool courting_is_in_vain(const struct courting *k)
{
    return k->sayings >= SAYINGS_MOST;
}

usec courting_lookup(const struct absence *a, usec lookup, usec token_timeout, usec now)
{
    bool recent = now < a->born_at + RECENTLY_US || (a->lost_at && now < a->lost_at + RECENTLY_US);
    usec period = lookup;
    if (recent || a->shunned)
        period = usec_earlier(period, LOOK_SOON_US);
    if (a->lost_at && now < a->lost_at + token_timeout)
        period = usec_earlier(period, token_timeout / PROBES_AT_ONCE);
    return period;
}
