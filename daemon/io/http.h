/* SPDX-License-Identifier: MIT
 *
 * http.h - the status of this daemon by HTTP: connections, and who may ask. What is asked is in
 * http_head.h, what is answered in http_answers.h.
 *
 *     GET or HEAD /metrics /status /status/PART /healthz /readyz /
 *
 * libevent's evhttp takes no connection that somebody else has accepted, as the client port's have been,
 * answers HEAD with a body and asks for no Host; put right, it would need more code round it than this is.
 *
 * One request a connection. So little is spent on whoever asks that clients and the ring do not notice:
 *
 *   a head      8 KiB, within 5 s
 *   an answer   is made in one go, from pages of bounded size; making answers takes a tenth of the time at
 *               most, those who come meanwhile waiting in line; it must be read within 30 s
 *   connections 64: another one takes the place of the eldest, first of those that have not asked yet
 *
 * StatusAccess = local lets in whoever comes from an address of this machine, and, lest a page from
 * elsewhere asks through somebody's browser under a name that it has had resolve to here, asks for one of
 * our own names as Host.
 */
#ifndef SPREAD_IO_HTTP_H
#define SPREAD_IO_HTTP_H

#include <event2/event.h>

#include "daemon/daemon.h"

struct http;

struct http *http_new(struct event_base *base, struct daemon *daemon);
void http_free(struct http *h); /* NULL: nothing to do */

/* Whether those who come to the port of clients are served. */
bool http_serves_clients_port(const struct http *h);
/* A connection, from that address, that is ours to close from now on. */
void http_take(struct http *h, int fd, const struct ip *from);

#endif
