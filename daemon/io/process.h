/* SPDX-License-Identifier: MIT
 *
 * process.h - what this process takes of the machine.
 */
#ifndef SPREAD_IO_PROCESS_H
#define SPREAD_IO_PROCESS_H

#include "daemon/sight/sight.h"

/* Opens what is looked into later: before the root folder changes. */
void process_watch(void);
/* 0 where it is not known. */
struct sight_process process_look(void);

#endif
