/* SPDX-License-Identifier: MIT */
#include "daemon/membership/gathering.h"

enum { QUIET_ROTATIONS = 4, QUIET_MIN_US = 30 * USEC_MS };

usec gathering_next_saying(unsigned said, usec period)
{
    static const usec early[] = {5 * USEC_MS, 10 * USEC_MS, 20 * USEC_MS, 40 * USEC_MS,
                                 80 * USEC_MS};
    return said - 1 < sizeof early / sizeof early[0] ? early[said - 1] : period;
}

usec gathering_quiet_time(usec rotation, unsigned health, usec limit)
{
    return usec_earlier((QUIET_ROTATIONS * rotation + QUIET_MIN_US) * health, limit);
}
