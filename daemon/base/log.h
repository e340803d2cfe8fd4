/* SPDX-License-Identifier: MIT
 *
 * log.h - what happened, for a person: an event has a type, a level and one line of text.
 *
 * Types and levels are those of DebugFlags and EventPriority in spread.conf. The
 * rooms only speak; where the line goes and how it is stamped is the sink's
 * business, and the sink must not call back into the daemon.
 */
#ifndef SPREAD_BASE_LOG_H
#define SPREAD_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_type {
    LOG_EXIT = 0x1,
    LOG_DATA_LINK = 0x2,
    LOG_MEMORY = 0x4,
    LOG_EVENTS = 0x8,
    LOG_PRINT = 0x10,
    LOG_NETWORK = 0x20,
    LOG_PROTOCOL = 0x40,
    LOG_SESSION = 0x80,
    LOG_CONFIGURATION = 0x100,
    LOG_MEMBERSHIP = 0x200,
    LOG_FLOW_CONTROL = 0x400,
    LOG_STATUS = 0x800,
    LOG_DEBUG = 0x1000,
    LOG_GROUPS = 0x2000,
    LOG_SKIPLIST = 0x200000,
    LOG_ACM = 0x400000,
    LOG_SECURITY = 0x800000,
};

enum log_level {
    LEVEL_DEBUG = 1, /* pDEBUG in spread.conf */
    LEVEL_INFO = 2,
    LEVEL_WARNING = 3,
    LEVEL_ERROR = 4,
    LEVEL_CRITICAL = 5,
    LEVEL_PRINT = 6, /* always shown */
    LEVEL_FATAL = 7, /* always shown */
};

struct log {
    uint32_t types;       /* of enum log_type: which are shown */
    enum log_level level; /* the lowest shown */
    /* Takes one line of text without its newline; the text is lent. */
    void (*sink)(void *context, enum log_level level, const char *line);
    void *context;
    uint64_t lost; /* lines that the sink could not write so far */
};

/* True if an event of this type and level is shown: asked before costly lines are made. */
bool log_shows(const struct log *log, enum log_type type, enum log_level level);

/* One event. Text beyond 1023 bytes is cut. */
void log_event(const struct log *log, enum log_type type, enum log_level level, const char *format,
               ...) __attribute__((format(printf, 4, 5)));

#endif
