/* SPDX-License-Identifier: MIT
 *
 * event_world.h - a loop, some pipes and a record of what ran, for the tests of the E_ calls.
 *
 * Every function of a test adds a letter to the record. No test waits by the clock: the loop ends
 * when the record is as long as the test expects, or a guard timer fails it.
 */
#ifndef EVENT_WORLD_H
#define EVENT_WORLD_H

#include "sp.h"

enum { PIPES = 4 };

struct event_world {
    int in[PIPES], out[PIPES]; /* ends of pipes: bytes written to in[i] arrive at out[i] */
    char record[256];
    size_t used, expected;
};

/* A fresh loop; the only world there is, as there is only one loop. */
struct event_world *world_open(void);
void world_close(struct event_world *w);

/* Puts count bytes into pipe i. */
void world_fill(struct event_world *w, int i, int count);

/* Adds a letter; leaves the loop when as many as expected are there. */
void world_note(struct event_world *w, int letter);

/* A function for descriptors: takes one byte and notes the code. data is the world. */
void world_take_one(int fd, int code, void *data);
/* A function for timers: notes the code. data is the world. */
void world_tick(int code, void *data);

/* Runs the loop until the record has as many letters as expected has, and compares. */
void world_run(struct event_world *w, const char *expected);
/* Runs the loop through at least one complete round, whatever happens in it. */
void world_run_round(struct event_world *w);

#endif
