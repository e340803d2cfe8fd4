/* SPDX-License-Identifier: MIT */
#include "daemon/io/http_head.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *http_status_text(enum http_status status)
{
    switch (status) {
    case HTTP_INCOMPLETE:
        break;
    case HTTP_OK:
        return "OK";
    case HTTP_BAD:
        return "Bad Request";
    case HTTP_FORBIDDEN:
        return "Forbidden";
    case HTTP_NOT_FOUND:
        return "Not Found";
    case HTTP_NO_METHOD:
        return "Method Not Allowed";
    case HTTP_LATE:
        return "Request Timeout";
    case HTTP_URI_TOO_LONG:
        return "URI Too Long";
    case HTTP_MISDIRECTED:
        return "Misdirected Request";
    case HTTP_HEAD_TOO_LONG:
        return "Request Header Fields Too Large";
    case HTTP_UNAVAILABLE:
        return "Service Unavailable";
    case HTTP_VERSION:
        return "HTTP Version Not Supported";
    }
    return "";
}

/* A run of bytes of the head. */
struct piece {
    const char *at;
    size_t len;
};

static bool piece_is(struct piece p, const char *text)
{
    return p.len == strlen(text) && memcmp(p.at, text, p.len) == 0;
}

static bool piece_is_field(struct piece p, const char *name)
{
    return p.len == strlen(name) && strncasecmp(p.at, name, p.len) == 0;
}

/* The next line, without its end; false: there is no whole one. */
static bool next_line(struct piece *rest, struct piece *line)
{
    const char *end = memchr(rest->at, '\n', rest->len);
    if (!end)
        return false;
    line->at = rest->at;
    line->len = (size_t)(end - rest->at);
    rest->at = end + 1;
    rest->len -= line->len + 1;
    if (line->len > 0 && line->at[line->len - 1] == '\r')
        line->len--;
    return true;
}

/* Splits off what stands before the first c; false: there is none. */
static bool split(struct piece *rest, char c, struct piece *first)
{
    const char *end = memchr(rest->at, c, rest->len);
    if (!end)
        return false;
    first->at = rest->at;
    first->len = (size_t)(end - rest->at);
    rest->at = end + 1;
    rest->len -= first->len + 1;
    return true;
}

static bool copy(struct piece p, char *to, size_t size)
{
    if (p.len >= size)
        return false;
    memcpy(to, p.at, p.len);
    to[p.len] = '\0';
    return true;
}

/* Bytes that may stand in a line: no control but the tab. */
static bool is_clean(struct piece line)
{
    for (size_t i = 0; i < line.len; i++) {
        unsigned char c = (unsigned char)line.at[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

/* -- the request line ------------------------------------------------------------------------ */

static bool take_host(struct http_request *r, struct piece value)
{
    char *colon;
    if (!copy(value, r->host, sizeof r->host) || value.len == 0 || strpbrk(r->host, "@/ \t,"))
        return false;
    if (r->host[0] == '[') {
        char *end = strchr(r->host, ']');
        if (!end || (end[1] && end[1] != ':'))
            return false;
        end[1] = '\0';
    } else if ((colon = strchr(r->host, ':'))) {
        *colon = '\0';
    }
    for (char *c = r->host; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return r->host[0] != '\0';
}

/* "/path?query", or "http://host/path?query", as proxies say it: then that is the host. */
static enum http_status take_target(struct http_request *r, struct piece target, bool *has_host)
{
    static const char scheme[] = "http://";
    struct piece host, path;
    if (target.len > strlen(scheme) && strncasecmp(target.at, scheme, strlen(scheme)) == 0) {
        target.at += strlen(scheme);
        target.len -= strlen(scheme);
        if (!split(&target, '/', &host) || !take_host(r, host))
            return HTTP_BAD;
        *has_host = true;
        target.at--;
        target.len++;
    }
    if (target.len == 0 || target.at[0] != '/')
        return HTTP_BAD;
    bool queried = split(&target, '?', &path);
    if (!copy(queried ? path : target, r->path, sizeof r->path) ||
        (queried && !copy(target, r->query, sizeof r->query)))
        return HTTP_URI_TOO_LONG;
    return HTTP_OK;
}

static enum http_status take_request_line(struct http_request *r, struct piece line, bool *has_host,
                                          bool *newer)
{
    struct piece method, target;
    if (!split(&line, ' ', &method) || !split(&line, ' ', &target) || line.len != 8 ||
        memcmp(line.at, "HTTP/", 5) != 0 || line.at[6] != '.')
        return HTTP_BAD;
    if (line.at[5] != '1')
        return HTTP_VERSION;
    *newer = line.at[7] >= '1';
    if (!piece_is(method, "GET") && !piece_is(method, "HEAD"))
        return HTTP_NO_METHOD;
    return take_target(r, target, has_host);
}

/* -- fields ---------------------------------------------------------------------------------- */

static struct piece trimmed(struct piece p)
{
    while (p.len > 0 && (p.at[0] == ' ' || p.at[0] == '\t'))
        p.at++, p.len--;
    while (p.len > 0 && (p.at[p.len - 1] == ' ' || p.at[p.len - 1] == '\t'))
        p.len--;
    return p;
}

static enum http_status take_field(struct http_request *r, struct piece line, int *hosts, bool has_host)
{
    struct piece name;
    if (line.at[0] == ' ' || line.at[0] == '\t' || !split(&line, ':', &name) || name.len == 0 ||
        memchr(name.at, ' ', name.len) || memchr(name.at, '\t', name.len))
        return HTTP_BAD;
    line = trimmed(line);
    if (piece_is_field(name, "Transfer-Encoding") ||
        (piece_is_field(name, "Content-Length") && !piece_is(line, "0")))
        return HTTP_BAD; /* a body, which these methods have no use for */
    if (!piece_is_field(name, "Host"))
        return HTTP_OK;
    if (++*hosts > 1)
        return HTTP_BAD;
    struct http_request other;
    return take_host(has_host ? &other : r, line) ? HTTP_OK : HTTP_BAD;
}

static enum http_status parse(struct http_request *r, struct piece rest)
{
    struct piece line;
    bool has_host = false, newer = false;
    int hosts = 0;
    if (!next_line(&rest, &line))
        return HTTP_INCOMPLETE;
    if (!is_clean(line))
        return HTTP_BAD;
    enum http_status status = take_request_line(r, line, &has_host, &newer);
    while (status == HTTP_OK) {
        if (!next_line(&rest, &line))
            return HTTP_INCOMPLETE;
        if (line.len == 0)
            return newer && hosts == 0 ? HTTP_BAD : HTTP_OK;
        status = is_clean(line) ? take_field(r, line, &hosts, has_host) : HTTP_BAD;
    }
    return status;
}

enum http_status http_head_parse(struct http_request *r, const char *bytes, size_t len)
{
    *r = (struct http_request){.head_only = len >= 5 && memcmp(bytes, "HEAD ", 5) == 0};
    enum http_status status = parse(r, (struct piece){bytes, len});
    return status == HTTP_INCOMPLETE && len >= HTTP_HEAD_MAX ? HTTP_HEAD_TOO_LONG : status;
}

/* -- the query ------------------------------------------------------------------------------- */

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                        : c >= 'A' && c <= 'F'   ? c - 'A' + 10
                                                                 : -1;
}

static bool decode(struct piece from, char *to, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < from.len; i++) {
        int c = (unsigned char)from.at[i];
        if (c == '%') {
            int high = from.len - i > 2 ? hex(from.at[i + 1]) : -1;
            int low = high >= 0 ? hex(from.at[i + 2]) : -1;
            if (low < 0)
                return false;
            c = 16 * high + low;
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        if (c == 0 || len + 1 >= size)
            return false;
        to[len++] = (char)c;
    }
    to[len] = '\0';
    return true;
}

bool http_query(const struct http_request *r, const char *field, char *value, size_t size)
{
    struct piece rest = {r->query, strlen(r->query)}, one, name;
    while (rest.len > 0) {
        if (!split(&rest, '&', &one)) {
            one = rest;
            rest.len = 0;
        }
        if (split(&one, '=', &name) && piece_is(name, field))
            return decode(one, value, size);
    }
    return false;
}
