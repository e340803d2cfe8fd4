/* SPDX-License-Identifier: MIT */
#include "daemon/ring/pace.h"

#include <string.h>

#include "daemon/base/steps.h"
#include "daemon/config/defaults.h"

enum {
    WINDOW_SAMPLES = 1000,
    WINDOW_US = 10 * USEC_SECOND,
    RESEND_MIN_US = 2 * USEC_MS,
    RESEND_MAX_US = 50 * USEC_MS,
    HEALTH_WINDOW_US = 10 * USEC_SECOND,
    HEALTH_WORST = 4,
};

void pace_init(struct pace *p, const struct in_force *in_force)
{
    *p = (struct pace){.in_force = in_force};
}

/* -- what the configuration says ------------------------------------------------------------ */

static const struct conf *conf_of(const struct pace *p)
{
    return p->in_force->conf;
}

usec pace_token_timeout(const struct pace *p)
{
    return (usec)conf_of(p)->timeouts.token * USEC_MS;
}

usec pace_hurry_timeout(const struct pace *p)
{
    return (usec)conf_of(p)->timeouts.hurry * USEC_MS;
}

/* SuspectTimeout in force. */
static usec suspect_floor(const struct pace *p)
{
    return (usec)conf_suspect_timeout(conf_of(p)) * USEC_MS;
}

/* The usual one, if that is less. */
static usec ask_floor(const struct pace *p)
{
    return usec_earlier(suspect_floor(p), (conf_of(p)->wide_area ? 1000 : 250) * USEC_MS);
}

/* Of a rotation, until one was seen. */
static usec first_guess(const struct pace *p)
{
    return (conf_of(p)->wide_area ? 100 : 10) * USEC_MS;
}

/* -- what is measured ------------------------------------------------------------------------ */

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
        return first_guess(p);
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
    return within(within(limit, floor, pace_token_timeout(p)) * pace_health(p, now), 0,
                  pace_token_timeout(p));
}

usec pace_suspicion(const struct pace *p, usec now)
{
    return patience(p, suspect_floor(p), now);
}

usec pace_ask(const struct pace *p, usec now)
{
    return patience(p, ask_floor(p), now) / 4;
}

usec pace_idle(const struct pace *p)
{
    return usec_earlier(pace_hurry_timeout(p), ask_floor(p) / 4);
}

unsigned pace_health(const struct pace *p, usec now)
{
    unsigned health = 1;
    for (int i = 0; i < HEALTH_WORST - 1; i++)
        if (p->late[i] && now - p->late[i] < HEALTH_WINDOW_US)
            health++;
    return health;
}
