/* SPDX-License-Identifier: MIT
 *
 * sp_events.h - times, timers and a small event loop (E_ calls).
 *
 * One loop per process, used from one thread; only E_exit_events_async_safe
 * may be called from a signal handler. The SP_ calls do not use the loop.
 */
#ifndef INC_SP_EVENTS
#define INC_SP_EVENTS

#ifndef NULL
#define NULL ((void *)0)
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define MAX_FD_EVENTS 2000 /* limit of 5.0.1; this library has none */

#define NUM_PRIORITY 3
#define NUM_FDTYPES  3

#define READ_FD   0
#define WRITE_FD  1
#define EXCEPT_FD 2

#ifndef LOW_PRIORITY
#define LOW_PRIORITY    0
#define MEDIUM_PRIORITY 1
#define HIGH_PRIORITY   2
#endif

typedef struct dummy_time {
    long sec;
    long usec;
} sp_time;

/* Prepares the loop and clears all registrations. Comes before every other loop call; the time
 * calls need nothing. Returns 0. */
int E_init(void);

/* Wall clock, seconds since 1970 and microseconds. */
sp_time E_get_time(void);
/* Monotonic clock; not comparable with E_get_time. Also refreshes the loop's notion of now. */
sp_time E_get_time_monotonic(void);
sp_time E_neg_time(sp_time t);
/* Sums and differences are carried so that |usec| < 1000000 and both fields have one sign. */
sp_time E_add_time(sp_time t1, sp_time t2);
sp_time E_sub_time(sp_time t1, sp_time t2);
/* 1, -1, 0: t1 is later than, earlier than, equal to t2. */
int E_compare_time(sp_time t1, sp_time t2);
/* Sleeps for t at most; a signal ends it early. */
void E_delay(sp_time t);

/* Timers, identified by (function, code, data).
 * E_queue runs the function once, delta from now (at once for zero or less); a pending timer of
 * the same identity is replaced. Due timers run in order of time, equal times in order of
 * queueing. Returns 0, or -1 when memory is short. E_in_queue: 1 pending, 0 not.
 * E_dequeue: 0 removed, -1 was not pending. */
int E_queue(void (*func)(int code, void *data), int code, void *data, sp_time delta);
int E_in_queue(void (*func)(int code, void *data), int code, void *data);
int E_dequeue(void (*func)(int code, void *data), int code, void *data);

/* Descriptors, registered by (fd, type, priority); any number of any kind.
 * E_attach_fd: 0 new; 1 replaced and activated; -1 type or priority out of range, fd negative,
 * or memory short. E_detach_fd removes it from all priorities, E_detach_fd_priority from one:
 * 0, or -1 if there was none. A descriptor that has failed, hung up or been closed counts as ready
 * for every type: only its function can do something about it. */
int E_attach_fd(int fd, int fd_type, void (*func)(int fd, int code, void *data), int code,
                void *data, int priority);
int E_detach_fd(int fd, int fd_type);
int E_detach_fd_priority(int fd, int fd_type, int priority);

/* Only entries at or above the threshold are watched. Returns priority, -1 out of range. */
int E_set_active_threshold(int priority);
/* Watch again, or stop watching without forgetting: 0, or -1 if there is no such entry. */
int E_activate_fd(int fd, int fd_type);
int E_deactivate_fd(int fd, int fd_type);
/* Active entries of one priority, -1 out of range. */
int E_num_active(int priority);

/* Runs timers and handlers until told to stop; may be entered again. One round: all due timers
 * (but not before a round without HIGH and MEDIUM descriptors has passed since the entry); then
 * what is ready is looked for, and served as it was then: all HIGH ones, or if there were none all
 * MEDIUM ones, and one LOW one, in turns. What a function attaches is served in a later round,
 * what it detaches or deactivates not at all. */
void E_handle_events(void);
/* The loop returns after the current function; no effect on a loop entered later. The second is
 * for signal handlers. */
void E_exit_events(void);
void E_exit_events_async_safe(void);

#ifdef __cplusplus
}
#endif

#endif /* INC_SP_EVENTS */
