/* SPDX-License-Identifier: MIT */
#include "daemon/base/why.h"

static const char *const texts[WHYS] = {
    [WHY_TOKEN_LOST] = "token lost",
    [WHY_SUCCESSOR_SILENT] = "successor silent",
    [WHY_LEADER_SILENT] = "leader silent",
    [WHY_UNREACHABLE] = "nobody listens at a member's address",
    [WHY_UNHEARD] = "what we send does not arrive",
    [WHY_SUSPECTED] = "suspected by another",
    [WHY_MEMBER_SUSPECTED] = "another suspects a member",
    [WHY_MEMBER_RESTARTED] = "a member has restarted",
    [WHY_MEMBER_GATHERS] = "a member gathers",
    [WHY_MEMBER_STAYED_BEHIND] = "a member did not come along",
    [WHY_LEFT_BEHIND] = "left behind",
    [WHY_LATER_RING] = "a member is in a later ring",
    [WHY_START] = "start",
    [WHY_RELOAD] = "another configuration",
    [WHY_SMALLEST_HERE] = "smallest of its segment",
    [WHY_SPOKEN_FOR] = "another speaks for the segment",
    [WHY_SPEAKER_SILENT] = "representative silent",
    [WHY_NOT_SMALLEST] = "not the smallest",
    [WHY_NOT_ASKED] = "no proposal came",
    [WHY_GATHERED] = "gathered",
    [WHY_MERGE] = "merge",
    [WHY_MEMBER_DEAF] = "member deaf",
    [WHY_MEMBER_MUTE] = "member mute",
    [WHY_MEMBER_LEAVES] = "a member leaves",
    [WHY_NOT_ACCEPTED] = "some did not accept",
    [WHY_REFUSED] = "a member refused",
    [WHY_STALE] = "epoch raised",
    [WHY_FELL_SILENT] = "some fell silent",
    [WHY_NOT_LINKED] = "a member does not hear its predecessor",
    [WHY_NOT_REACHED] = "packets do not reach a member",
    [WHY_ACCEPTED] = "accepted a proposal",
    [WHY_ALL_ACCEPTED] = "all have accepted",
    [WHY_ALL_RECOVERED] = "all have recovered",
    [WHY_INSTALLED] = "installed",
    [WHY_TURNS_ALREADY] = "the new ring turns",
    [WHY_OTHER_COORDINATES] = "another coordinates",
    [WHY_WITHDRAWN] = "proposal withdrawn",
    [WHY_COORDINATOR_SILENT] = "coordinator silent",
    [WHY_TOLD_TO_STOP] = "told to stop",
};

const char *why_text(enum why why)
{
    return texts[why];
}
