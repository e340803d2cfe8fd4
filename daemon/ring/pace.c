/* SPDX-License-Identifier: MIT */
#include "daemon/ring/pace.h"

#include <string.h>

#include "daemon/base/steps.h"

enum {
    WINDOW_SAMPLES = 1000,
    WINDOW_US = 10 * USEC_SECOND,
    RESEND_MIN_US = 2 * USEC_MS,
    RESEND_MAX_US = 50 * USEC_MS,
    HEALTH_WINDOW_US = 10 * USEC_SECOND,
    HEALTH_WORST = 4,
};

void pace_retime(struct pace *p, usec token_timeout, usec hurry_timeout, usec suspect_floor,
                 bool wide_area)
{
    p->token_timeout = token_timeout;
    p->hurry_timeout = hurry_timeout;
    p->suspect_floor = suspect_floor;
    p->ask_floor = usec_earlier(suspect_floor, (wide_area ? 1000 : 250) * USEC_MS);
    p->first_guess = (wide_area ? 100 : 10) * USEC_MS;
}

void pace_init(struct pace *p, usec token_timeout, usec hurry_timeout, usec suspect_floor,
               bool wide_area)
{
    *p = (struct pace){0};
    pace_retime(p, token_timeout, hurry_timeout, suspect_floor, wide_area);
}

static void add_sample(struct pace_window *w, usec value, usec now)
{
    if (w->count[0] >= WINDOW_SAMPLES || now - w->begun >= WINDOW_US) {
        memcpy(w->samples[1], w->samples[0], sizeof w->samples[1]);
        w->count[1] = w->count[0];
        memset(w->samples[0], 0, sizeof w->samples[0]);
        w->count[0] = 0;
        w->begun = now;
    }
    w->samples[0][step_of(value, PACE_STEPS)]++;
    w->count[0]++;
}

static usec percentile_99(const struct pace_window *w)
{
    uint32_t above = (w->count[0] + w->count[1]) / 100;
    for (unsigned step = PACE_STEPS; step-- > 0;) {
        uint32_t here = w->samples[0][step] + w->samples[1][step];
        if (here > above)
            return step_end(step);
        above -= here;
    }
    return 0;
}

void pace_on_rotation(struct pace *p, usec took, usec now)
{
    add_sample(&p->rotation, took, now);
}

void pace_on_lag(struct pace *p, usec lag, usec now)
{
    add_sample(&p->lag, lag, now);
    if (lag > pace_suspicion(p, now) / 4) {
        memmove(p->late + 1, p->late, sizeof p->late - sizeof p->late[0]);
        p->late[0] = now;
    }
}

usec pace_rotation(const struct pace *p)
{
    if (p->rotation.count[0] + p->rotation.count[1] == 0)
        return p->first_guess;
    return percentile_99(&p->rotation);
}

static usec within(usec value, usec low, usec high)
{
    return value < low ? low : value > high ? high : value;
}

usec pace_resend(const struct pace *p)
{
    return within(2 * pace_rotation(p), RESEND_MIN_US, RESEND_MAX_US);
}

static usec patience(const struct pace *p, usec floor, usec now)
{
    usec limit = 8 * pace_rotation(p) + 4 * percentile_99(&p->lag);
    return within(within(limit, floor, p->token_timeout) * pace_health(p, now), 0,
                  p->token_timeout);
}

usec pace_suspicion(const struct pace *p, usec now)
{
    return patience(p, p->suspect_floor, now);
}

usec pace_ask(const struct pace *p, usec now)
{
    return patience(p, p->ask_floor, now) / 4;
}

usec pace_idle(const struct pace *p)
{
    return usec_earlier(p->hurry_timeout, p->ask_floor / 2);
}

unsigned pace_health(const struct pace *p, usec now)
{
    unsigned health = 1;
    for (int i = 0; i < HEALTH_WORST - 1; i++)
        if (p->late[i] && now - p->late[i] < HEALTH_WINDOW_US)
            health++;
    return health;
}
