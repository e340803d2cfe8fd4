/* SPDX-License-Identifier: MIT
 *
 * why.h - reasons for which the membership goes from one state to another, as numbers; their
 * sentences stand in one table, why.c.
 */
#ifndef SPREAD_BASE_WHY_H
#define SPREAD_BASE_WHY_H

enum why {
    /* the ring is lost */
    WHY_TOKEN_LOST,
    WHY_SUCCESSOR_SILENT,
    WHY_LEADER_SILENT,
    WHY_UNREACHABLE,
    WHY_UNHEARD,
    WHY_SUSPECTED,
    WHY_MEMBER_SUSPECTED,
    WHY_MEMBER_RESTARTED,
    WHY_MEMBER_GATHERS,
    WHY_MEMBER_STAYED_BEHIND,
    WHY_LEFT_BEHIND,
    WHY_LATER_RING,
    /* looking around */
    WHY_START,
    WHY_RELOAD,
    WHY_SMALLEST_HERE,
    WHY_SPOKEN_FOR,
    WHY_SPEAKER_SILENT,
    WHY_NOT_SMALLEST,
    WHY_NOT_ASKED,
    /* a ring is proposed */
    WHY_GATHERED,
    WHY_MERGE,
    WHY_MEMBER_DEAF,
    WHY_MEMBER_MUTE,
    WHY_MEMBER_LEAVES,
    WHY_NOT_ACCEPTED,
    WHY_REFUSED,
    WHY_STALE,
    WHY_FELL_SILENT,
    WHY_NOT_LINKED,
    WHY_NOT_REACHED,
    /* it comes about, or does not */
    WHY_ACCEPTED,
    WHY_ALL_ACCEPTED,
    WHY_ALL_RECOVERED,
    WHY_INSTALLED,
    WHY_TURNS_ALREADY,
    WHY_OTHER_COORDINATES,
    WHY_WITHDRAWN,
    WHY_COORDINATOR_SILENT,
    WHY_TOLD_TO_STOP,
    WHYS,
};

const char *why_text(enum why why);

#endif
