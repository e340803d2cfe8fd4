/* SPDX-License-Identifier: MIT
 *
 * menu.h - the monitor for a person: keys, questions, and reports as they come.
 *
 * One loop waits for lines of input, datagrams and times that are due, so reports are shown and
 * queries and partitions sent again while a question waits for its answer.
 */
#ifndef TOOLS_MONITOR_MENU_H
#define TOOLS_MONITOR_MENU_H

#include "daemon/base/quiet.h"
#include "tools/monitor/dialogue.h"
#include "tools/monitor/show.h"

struct menu {
    struct station *station;
    usec interval;            /* of status queries */
    usec query_at, repeat_at; /* the next query, the partition once more; NEVER: none */
    bool echoes;              /* what is typed appears on the screen */
    bool at_prompt;           /* the cursor stands behind a prompt */

    struct procset watched; /* whose status is asked for */
    struct procset silent;  /* of these, who has not answered the last query */
    struct show_before before[PROCS_MAX];

    bool partition_defined, partition_active;
    int16_t partition[PROCS_MAX], active_partition[PROCS_MAX];
    bool flow_defined, flow_sent;
    struct monitor_flow flow, sent_flow;

    struct dialogue dialogue;
    struct quiet quiet_noise;
};

/* Serves standard input until its end or a goodbye; the exit status. */
int menu_run(struct station *s, unsigned interval_s);

#endif
