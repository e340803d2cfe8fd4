/* SPDX-License-Identifier: MIT
 *
 * question.h - whether the host of a daemon lives that has fallen silent. A stopped process cannot
 * say so itself, but its kernel still completes connections; that of a dead process refuses them; a
 * dead host, or a broken way, is silent.
 */
#ifndef SPREAD_BASE_QUESTION_H
#define SPREAD_BASE_QUESTION_H

#include <stdint.h>

struct question {
    uint16_t whom;   /* index of a daemon */
    uint32_t number; /* the answer bears it, too */
};

enum host_answer {
    HOST_ASKED,   /* no answer yet */
    HOST_SILENT,  /* or it cannot be asked */
    HOST_REFUSES, /* nobody listens there */
    HOST_LIVES,   /* and the process is there, though it stands still */
};

#endif
