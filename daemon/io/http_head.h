/* SPDX-License-Identifier: MIT
 *
 * http_head.h - the head of an HTTP request, taken apart. It knows GET and HEAD, requests without a body,
 * and what RFC 9112 asks of a server for those; all else is an error. No I/O.
 *
 *     "GET /status/groups?limit=2 HTTP/1.1\r\nHost: d1\r\n\r\n"
 */
#ifndef SPREAD_IO_HTTP_HEAD_H
#define SPREAD_IO_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

enum { HTTP_HEAD_MAX = 8192, HTTP_PATH_MAX = 255, HTTP_HOST_MAX = 255 };

struct http_request {
    bool head_only;
    char path[HTTP_PATH_MAX + 1];   /* from its slash, without the query; as it came */
    char query[HTTP_PATH_MAX + 1];  /* what follows the '?' */
    char host[HTTP_HOST_MAX + 1];   /* in small letters, without the port; "": HTTP/1.0, and none */
};

enum http_status {
    HTTP_INCOMPLETE = 0,
    HTTP_OK = 200,
    HTTP_BAD = 400,
    HTTP_FORBIDDEN = 403,
    HTTP_NOT_FOUND = 404,
    HTTP_NO_METHOD = 405,
    HTTP_LATE = 408,
    HTTP_URI_TOO_LONG = 414,
    HTTP_MISDIRECTED = 421,
    HTTP_HEAD_TOO_LONG = 431,
    HTTP_UNAVAILABLE = 503,
    HTTP_VERSION = 505,
};
/* "Not Found" */
const char *http_status_text(enum http_status status);

/* The first byte of a connection is that of an HTTP method, and not of a client of Spread. */
static inline bool http_begins(unsigned char first)
{
    return first >= 'A' && first <= 'Z';
}

/* HTTP_OK, and the request filled in; HTTP_INCOMPLETE while more may follow; else what is wrong. Also of
 * a wrong one head_only is true only if it began with HEAD. */
enum http_status http_head_parse(struct http_request *r, const char *bytes, size_t len);

/* The value of a field of the query, decoded: "a b" of "x=1&group=a+b" for "group". False: there is none,
 * or it is not sound: it has a NUL, or more than size - 1 bytes. */
bool http_query(const struct http_request *r, const char *field, char *value, size_t size);

#endif
