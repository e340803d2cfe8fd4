/* SPDX-License-Identifier: MIT
 *
 * input.h - lines of standard input for a program that lives in the event loop.
 *
 * Where standard input and output are terminals (and libedit was there at build
 * time) lines can be edited and called back; what is being typed is shown again
 * below messages that arrive meanwhile. One per process, as there is one standard
 * input.
 */
#ifndef TOOLS_INPUT_H
#define TOOLS_INPUT_H

#include "tools/user/user.h"

/* Attaches standard input at LOW_PRIORITY: its lines go to user_line, its end to
 * user_end_of_input, and what they come to, to conclude. */
void input_start(struct user *u, void (*conclude)(enum user_verdict));

/* The ask of a front. */
void input_ask(struct user *u);

/* Gives the terminal back. */
void input_stop(void);

#endif
