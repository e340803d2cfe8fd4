/* SPDX-License-Identifier: MIT */
#include "daemon/net/ways.h"

usec ways_last(const struct ways *w)
{
    usec last = 0;
    for (int k = 0; k < WAYS; k++)
        if (w->at[k] > last)
            last = w->at[k];
    return last;
}

static bool is_lately(const struct ways *w, enum way k, usec now)
{
    return w->at[k] && now - w->at[k] <= WAYS_LATELY_US;
}

enum ways_hint ways_hint(const struct ways *w, bool near, usec now)
{
    bool segment = is_lately(w, WAY_SEGMENT, now), data = is_lately(w, WAY_DATA, now);
    bool token = is_lately(w, WAY_TOKEN, now);
    if (!segment && !data && !token)
        return HINT_NOTHING;
    if (!token)
        return HINT_TOKEN_PORT;
    if (near && !segment)
        return data ? HINT_SEGMENT : HINT_DATA_PORT;
    return HINT_OTHER_WAY;
}
