/* SPDX-License-Identifier: MIT
 *
 * story.h - what is told of what flight recorders have: lines, each with its time and who says so.
 */
#ifndef TOOLS_MONITOR_STORY_H
#define TOOLS_MONITOR_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct story {
    struct told {
        uint64_t wall_us;
        size_t order;   /* lines of one time stay as they were added */
        const char *by; /* lent; "": it was put together from what several say */
        char *text;
    } *list;
    size_t count, room;
};

void story_fini(struct story *s);
void story_add(struct story *s, uint64_t wall_us, const char *by, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Prints all in order, as a list in JSON or as lines. */
void story_print(struct story *s, bool json);

enum { STORY_TIME = 32 };

/* "12:04:31.220", local time; with the day before it. */
const char *story_time(uint64_t wall_us, char text[STORY_TIME]);
const char *story_day_and_time(uint64_t wall_us, char text[STORY_TIME]);

#endif
