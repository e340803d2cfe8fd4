/* SPDX-License-Identifier: MIT */
#include "daemon/membership/patience.h"

enum { WINDOW_US = 300 * USEC_SECOND };

void patience_silent(struct patience *p, usec since)
{
    if (!p->silent_since)
        p->silent_since = since;
}

void patience_count(struct patience *p)
{
    p->counts = p->silent_since != 0;
}

void patience_forgive(struct patience *p, usec by)
{
    if (p->silent_since)
        p->silent_since += by;
}

/* Windows that have begun since this one. */
static usec windows_gone(const struct patience *p, usec now)
{
    return (now - p->begun) / WINDOW_US;
}

static void learn(struct patience *p, usec silence, usec now)
{
    usec gone = windows_gone(p, now);
    if (gone > 0) {
        p->longest[1] = gone == 1 ? p->longest[0] : 0;
        p->longest[0] = 0;
        p->told = gone == 1 ? p->told : 0;
        p->begun = gone == 1 ? p->begun + WINDOW_US : now;
    }
    if (silence > p->longest[0])
        p->longest[0] = silence;
}

bool patience_heard(struct patience *p, usec token_timeout, usec now)
{
    usec since = p->silent_since;
    bool counts = p->counts;
    p->silent_since = 0;
    p->counts = false;
    if (!counts || now < since || now >= since + token_timeout)
        return false;
    learn(p, now - since, now);
    return true;
}

bool patience_is_news(struct patience *p, usec wait)
{
    if (wait <= p->told + p->told / 4)
        return false;
    p->told = wait;
    return true;
}

usec patience_with(const struct patience *p, usec token_timeout, usec now)
{
    usec gone = windows_gone(p, now);
    usec longest = gone > 1 ? 0 : p->longest[0];
    if (gone == 0 && p->longest[1] > longest)
        longest = p->longest[1];
    return usec_earlier(longest + longest / 2, token_timeout);
}
