/* SPDX-License-Identifier: MIT
 *
 * event.h - the parts of the E_ loop, known to each other only.
 *
 * event_time.c    the clocks and the arithmetic of sp_time; microseconds for the rest
 * event_timers.c  what is due when: a heap by time, a tree by identity
 * event_fds.c     which descriptors are watched, and which of them were ready in this round
 * event_loop.c    the rounds, and how to leave them
 *
 * One loop per process, so the state is static to each part; all of it is valid
 * from the start, E_init only empties it. Nothing here locks: one thread.
 */
#ifndef SPREAD_EVENT_H
#define SPREAD_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "include/sp_events.h"

#define EVENT_WAIT_MAX (10000 * (int64_t)1000000) /* longest wait of one round, in microseconds */

/* The monotonic clock in microseconds. */
int64_t event_now(void);
/* now + delta; now for a delta of zero or less, the end of time where the sum has no place. */
int64_t event_after(int64_t now, sp_time delta);

void event_timers_clear(void);
/* Takes the first timer that is due out and runs it; false if none is. */
bool event_timers_run_one(void);
/* Microseconds until the next timer is due: 0 if it is, EVENT_WAIT_MAX at most. */
int64_t event_timers_wait(void);

void event_fds_clear(void);
/* Waits until a watched descriptor or wake_fd (-1: none) is ready, a signal comes, or wait
 * microseconds have passed. What was ready is the snapshot that event_fds_serve works off. True:
 * wake_fd was ready, too. */
bool event_fds_look(int wake_fd, int64_t wait);
/* Serves the next entry of the snapshot at a priority, or at LOW_PRIORITY the one whose turn it
 * is; false if there is none. */
bool event_fds_serve(int priority);
int event_fds_threshold(void);

#endif
