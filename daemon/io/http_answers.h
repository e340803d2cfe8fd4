/* SPDX-License-Identifier: MIT
 *
 * http_answers.h - from the path of a request to what is said.
 */
#ifndef SPREAD_IO_HTTP_ANSWERS_H
#define SPREAD_IO_HTTP_ANSWERS_H

#include "daemon/daemon_sight.h"
#include "daemon/io/http_head.h"

/* Adds the head and, unless only that was asked for, the body of the answer to text. from: the address of
 * who asks. */
void http_answer(const struct daemon *d, const struct http_request *r, const struct ip *from, usec now,
                 struct text *text);
/* The answer to what cannot be answered. */
void http_answer_error(const struct http_request *r, enum http_status status, struct text *text);

#endif
