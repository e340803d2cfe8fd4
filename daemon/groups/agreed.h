/* SPDX-License-Identifier: MIT
 *
 * agreed.h - what a group keeps for the proof of agreement (agreement.h): the rolling digest of the
 * messages to it in this view, and the same as it was at the last mark.
 *
 * A mark costs nothing for groups to which nothing is sent: the first message after it saves the digest.
 * Example: the last mark is 7. g was last sent to after mark 7: kept is what it was there. h was last
 * sent to after mark 5: its digest has not changed since, so it is that of mark 7, too.
 */
#ifndef SPREAD_GROUPS_AGREED_H
#define SPREAD_GROUPS_AGREED_H

#include <stdint.h>

struct agreed {
    uint64_t digest;
    uint64_t kept; /* what it was at mark ... */
    uint64_t mark; /* ... the last one before the message that changed it last; 0: there was none */
};

#endif
