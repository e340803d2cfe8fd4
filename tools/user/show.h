/* SPDX-License-Identifier: MIT
 *
 * show.h - received messages as text, in the lines of spuser 5.0.1. Scripts read them: not a word
 * may change, the misspelt ones included.
 */
#ifndef TOOLS_SHOW_H
#define TOOLS_SHOW_H

#include "tools/user/inbox.h"

#define SHOW_RULE "============================"

/* The lines that tell of a message, on standard output; without frame and prompt. */
void show_message(const struct inbox *in);

/* Members and id of a regular membership notice, without its cause. */
void show_view(const struct inbox *in);

#endif
