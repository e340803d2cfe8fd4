/* SPDX-License-Identifier: MIT
 *
 * replay.h - which packets of one life of a daemon have come, by their counters.
 *
 * Packets overtake each other, so this remembers the last REPLAY_SPAN numbers below the newest one.
 * What is older than these counts as seen. With 9,000 as the newest, 8,999 is new if it has not come,
 * and 800 is not.
 *
 * A number is noted only when its packet has proved to be genuine; else anybody could send one with a
 * number far ahead, and what follows would count as seen.
 */
#ifndef SPREAD_SEAL_REPLAY_H
#define SPREAD_SEAL_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

enum { REPLAY_SPAN = 8192, REPLAY_WORDS = REPLAY_SPAN / 64 };

struct replay {
    uint64_t newest; /* 0: nothing has come, and no packet has that number */
    uint64_t seen[REPLAY_WORDS]; /* number n is bit n % REPLAY_SPAN */
};

bool replay_is_new(const struct replay *r, uint64_t number);
void replay_note(struct replay *r, uint64_t number); /* which is new */

#endif
