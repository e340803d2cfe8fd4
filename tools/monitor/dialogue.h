/* SPDX-License-Identifier: MIT
 *
 * dialogue.h - questions that take several lines to answer: which daemons, the components of a
 * partition, the windows of flow control.
 *
 * A dialogue reads nothing itself: it is given a line, and says what to ask next or that it is
 * done; in between anything may happen.
 */
#ifndef TOOLS_MONITOR_DIALOGUE_H
#define TOOLS_MONITOR_DIALOGUE_H

#include "tools/monitor/station.h"

enum dialogue_kind {
    DIALOGUE_NONE,
    DIALOGUE_WATCH,     /* whose status to show: into chosen */
    DIALOGUE_TERMINATE, /* whom to end: into chosen */
    DIALOGUE_PARTITION, /* into partition */
    DIALOGUE_FLOW,      /* into flow */
};

struct dialogue {
    enum dialogue_kind kind;
    int question; /* how many have been answered */
    struct procset chosen;
    int16_t partition[PROCS_MAX];
    struct monitor_flow flow;
};

/* chosen is where a choice of daemons starts from. */
void dialogue_start(struct dialogue *d, enum dialogue_kind kind, struct procset chosen);

/* The question that is open, written to standard output without a newline behind it. */
void dialogue_ask(const struct dialogue *d, const struct conf *conf);

/* Takes an answer, or says what is wrong with it. True: that was the last. */
bool dialogue_answer(struct dialogue *d, const struct conf *conf, const char *line);

#endif
