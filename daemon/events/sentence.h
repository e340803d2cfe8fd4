/* SPDX-License-Identifier: MIT
 *
 * sentence.h - what a record of the stream of events says in English. One table has the sentence of
 * each kind, with its type and level in the log; base/why.c has the words of the reasons.
 */
#ifndef SPREAD_EVENTS_SENTENCE_H
#define SPREAD_EVENTS_SENTENCE_H

#include <stddef.h>

#include "daemon/base/event.h"
#include "daemon/base/log.h"
#include "daemon/config/conf.h"

enum { SENTENCE_TEXT = 768 };

/* Types of enum log_type and level of the line that tells such an event. */
uint32_t event_types(enum event_kind kind);
enum log_level event_level(enum event_kind kind);

/* A number for all kinds and reasons together with their words: what was written by it can be read by
 * whoever has the same one. */
uint32_t event_vocabulary(void);

/* The record in one line. conf names the daemons of e->set; NULL: they are numbers. */
const char *event_sentence(const struct event_record *e, const struct conf *conf,
                           char text[SENTENCE_TEXT]);

/* The same as what another thing came of: what "it" did, which is who, or the daemon that tells it where
 * it is about itself: "it did not answer for 250 ms". NULL: nothing comes of such a thing. */
const char *event_past(const struct event_record *e, const struct conf *conf, char text[SENTENCE_TEXT]);

#endif
