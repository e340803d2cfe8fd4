/* SPDX-License-Identifier: MIT */
#include "libspread/event.h"

#include <time.h>

enum { USEC_PER_SEC = 1000000 };

/* Carries so that both fields have one sign and |usec| is below a second. */
static sp_time carried(long sec, long usec)
{
    sec += usec / USEC_PER_SEC;
    usec %= USEC_PER_SEC;
    if (sec > 0 && usec < 0)
        return (sp_time){.sec = sec - 1, .usec = usec + USEC_PER_SEC};
    if (sec < 0 && usec > 0)
        return (sp_time){.sec = sec + 1, .usec = usec - USEC_PER_SEC};
    return (sp_time){.sec = sec, .usec = usec};
}

sp_time E_get_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (sp_time){.sec = t.tv_sec, .usec = t.tv_nsec / 1000};
}

/* To the nearest microsecond, as ever; the carry is new. */
sp_time E_get_time_monotonic(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return carried(t.tv_sec, (t.tv_nsec + 500) / 1000);
}

int64_t event_now(void)
{
    sp_time t = E_get_time_monotonic();
    return (int64_t)t.sec * USEC_PER_SEC + t.usec;
}

int64_t event_after(int64_t now, sp_time delta)
{
    int64_t usec;
    if (__builtin_mul_overflow((int64_t)delta.sec, USEC_PER_SEC, &usec) ||
        __builtin_add_overflow(usec, delta.usec, &usec))
        return delta.sec < 0 ? now : INT64_MAX;
    if (usec <= 0)
        return now;
    return usec > INT64_MAX - now ? INT64_MAX : now + usec;
}

sp_time E_neg_time(sp_time t)
{
    return (sp_time){.sec = -t.sec, .usec = -t.usec};
}

sp_time E_add_time(sp_time t1, sp_time t2)
{
    return carried(t1.sec + t2.sec, t1.usec + t2.usec);
}

sp_time E_sub_time(sp_time t1, sp_time t2)
{
    return E_add_time(t1, E_neg_time(t2));
}

int E_compare_time(sp_time t1, sp_time t2)
{
    if (t1.sec != t2.sec)
        return t1.sec > t2.sec ? 1 : -1;
    return (t1.usec > t2.usec) - (t1.usec < t2.usec);
}

void E_delay(sp_time t)
{
    struct timespec sleep = {.tv_sec = t.sec, .tv_nsec = t.usec * 1000};
    nanosleep(&sleep, NULL); /* refuses negative times, as it should */
}
