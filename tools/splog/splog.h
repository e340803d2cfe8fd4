/* SPDX-License-Identifier: MIT
 *
 * splog.h - log lines over Spread: from the standard input of many to the files of a few.
 *
 * A sender numbers its lines, multicasts them in batches to the group and keeps
 * each until collectors have acknowledged it. A collector writes what comes next
 * in a sender's numbering, drops what it has, asks for what is missing, and
 * acknowledges what is written. So neither side has to know what happened to a
 * connection, a daemon or the other side: whatever is not acknowledged is sent
 * again, and whatever comes twice is written once.
 *
 *   message   the bytes of both kinds of message
 *   link      a mailbox that comes back
 *   send      input -> spool -> link               acknowledgements -> spool
 *   collect   link -> streams -> output -> link    (journal: what survives a crash)
 */
#ifndef SPLOG_H
#define SPLOG_H

#include <stddef.h>
#include <stdint.h>

#include "tools/usage.h"

/* The two programs; argv[0] is the word that chose them. Return the exit status. */
int splog_send(int argc, char **argv);
int splog_collect(int argc, char **argv);

/* A line on standard error, behind "splog: ". */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, and the end of the program. */
_Noreturn void give_up(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Never NULL. */
void *memory_of(size_t size);

/* A number with an optional k, M or G behind it, low to high; ends the program with status 2
 * otherwise. */
uint64_t number_of(const char *option, const char *text, uint64_t low, uint64_t high);
/* The next option of the command, as of getopt; ends the program with --help, --version, and what
 * is no option. */
int splog_option(const struct usage *u, const char *letters, int argc, char **argv);
/* The one word that is left over, a group somebody can join; ends the program otherwise. */
const char *splog_group(const struct usage *u, int argc, char **argv);

/* A descriptor that becomes readable with the signals of the list, which ends with 0; they do
 * nothing else from here on. */
int signals_watch(const int *signals);
/* The next one of them; 0 if none is there. */
int signals_next(int fd);

#endif
