/* SPDX-License-Identifier: MIT */
#include "daemon/ring/doubt.h"

const char *doubt_text(enum doubt why)
{
    static const char *const texts[DOUBTS] = {
        [NO_DOUBT] = "nothing wrong",
        [DOUBT_BODY] = "malformed body",
        [DOUBT_EPOCH] = "an epoch that no clock can have made",
        [DOUBT_STATE] = "a state that daemons do not have",
        [DOUBT_LIFE] = "speaks for others and not for itself",
        [DOUBT_STRANGER] = "not a member of the ring that it speaks of",
        [DOUBT_REFERRAL] = "refers us to ourselves",
        [DOUBT_NUMBER] = "its number is out of reach",
        [DOUBT_OURS] = "in our name, and we did not send it",
        [DOUBT_LENGTH] = "longer than packets of its ring",
        [DOUBT_TOKEN] = "does not follow from the token before",
        [DOUBT_TOKEN_NAMES] = "names who is not in the ring",
        [DOUBT_PACKET_SIZE] = "not a size that packets may have",
        [DOUBT_OLD_RING] = "does not fit what others have of the old ring",
        [DOUBT_PLAN] = "a plan that does not fit what we have",
        [DOUBT_REFUSAL] = "refuses an epoch that it has not promised away",
    };
    return texts[why];
}

void doubt_packet(struct doubts *d, enum doubt why, const struct packet_header *h, usec now)
{
    uint64_t left_out;
    d->count[why]++;
    if (quiet_may_speak(&d->quiet[why], now, &left_out))
        effects_note(d->effects, NOTE_DOUBT, h->sender, NO_PROC,
                     "%s: %s; %llu more since the last such line", packet_type_name(h->type),
                     doubt_text(why), (unsigned long long)left_out);
}
