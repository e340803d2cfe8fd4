/* SPDX-License-Identifier: MIT */
#include "daemon/io/http_answers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/io/page.h"
#include "daemon/io/process.h"

struct answer {
    enum http_status status;
    const char *type;
    struct text body;
};

static void finish(const struct http_request *r, struct answer *a, struct text *text)
{
    text_add(text,
             "HTTP/1.1 %d %s\r\n"
             "Content-Type: %s\r\n"
             "Content-Length: %zu\r\n"
             "Connection: close\r\n"
             "Cache-Control: no-store\r\n"
             "X-Content-Type-Options: nosniff\r\n"
             "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; script-src "
             "'unsafe-inline'; connect-src 'self'; img-src data:; frame-ancestors 'none'; base-uri "
             "'none'; form-action 'none'\r\n"
             "%s\r\n",
             (int)a->status, http_status_text(a->status), a->type, a->body.len,
             a->status == HTTP_NO_METHOD ? "Allow: GET, HEAD\r\n" : "");
    if (!r->head_only)
        text_put(text, a->body.bytes ? a->body.bytes : "", a->body.len);
    text_fini(&a->body);
}

static void say(struct answer *a, enum http_status status, const char *words)
{
    a->status = status;
    a->type = "text/plain; charset=utf-8";
    text_add(&a->body, "%s\n", words);
}

/* -- questions --------------------------------------------------------------------------------- */

/* A number of the query; false: there is something else. */
static bool take_number(const struct http_request *r, const char *field, uint64_t *n, bool *given)
{
    char text[32], *end;
    *given = http_query(r, field, text, sizeof text);
    if (!*given)
        return true;
    errno = 0;
    *n = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

static bool take_question(const struct http_request *r, struct sight_question *q)
{
    char group[NAME_FIELD];
    uint64_t limit = 0;
    bool given;
    if (http_query(r, "group", group, sizeof group))
        q->group = name_from_text(group);
    if (!take_number(r, "limit", &limit, &given) || !take_number(r, "since", &q->since, &given) ||
        !take_number(r, "cursor", &q->cursor, &q->pages))
        return false;
    q->limit = limit < SIGHT_LIMIT ? (uint32_t)limit : SIGHT_LIMIT;
    return true;
}

static void answer_part(const struct daemon *d, const struct http_request *r,
                        const struct identity *asker, const char *name, usec now, struct answer *a)
{
    struct sight_process process = process_look();
    struct sight_question q = {.part = sight_part_of(name), .asker = asker};
    if (q.part == SIGHT_PARTS)
        say(a, HTTP_NOT_FOUND, "There is no such part: /status has them all.");
    else if (!take_question(r, &q))
        say(a, HTTP_BAD, "limit, cursor and since are numbers.");
    else if (!daemon_show(d, &q, &process, now, &a->body))
        say(a, HTTP_NOT_FOUND, "There is no such group to be seen: /status/members?group=NAME");
}

static void answer_status(const struct daemon *d, const struct identity *asker, usec now,
                          struct answer *a)
{
    struct sight_process process = process_look();
    daemon_show_all(d, asker, &process, now, &a->body);
}

static void answer_metrics(const struct daemon *d, usec now, struct answer *a)
{
    struct sight_process process = process_look();
    a->type = "text/plain; version=0.0.4; charset=utf-8";
    daemon_show_metrics(d, &process, now, &a->body);
}

static void answer_ready(const struct daemon *d, struct answer *a)
{
    if (daemon_is_lone(d))
        say(a, HTTP_UNAVAILABLE, "not ready: none of the other daemons has been heard since the start");
    else if (daemon_is_ready(d))
        say(a, HTTP_OK, "ready");
    else
        say(a, HTTP_UNAVAILABLE, "not ready: there is no ring, or the groups are not agreed");
}

static void answer_page(struct answer *a)
{
    a->type = "text/html; charset=utf-8";
    text_put(&a->body, page_html, page_html_len);
}

void http_answer(const struct daemon *d, const struct http_request *r, const struct ip *from, usec now,
                 struct text *text)
{
    static const char part[] = "/status/";
    struct identity asker = {.known = 0};
    identity_add_ip(&asker, from);
    struct answer a = {.status = HTTP_OK, .type = "application/json"};
    if (strcmp(r->path, "/") == 0)
        answer_page(&a);
    else if (strcmp(r->path, "/metrics") == 0)
        answer_metrics(d, now, &a);
    else if (strcmp(r->path, "/status") == 0)
        answer_status(d, &asker, now, &a);
    else if (strncmp(r->path, part, sizeof part - 1) == 0)
        answer_part(d, r, &asker, r->path + sizeof part - 1, now, &a);
    else if (strcmp(r->path, "/healthz") == 0)
        say(&a, HTTP_OK, "alive");
    else if (strcmp(r->path, "/readyz") == 0)
        answer_ready(d, &a);
    else
        say(&a, HTTP_NOT_FOUND, "There are / /metrics /status /status/PART /healthz /readyz");
    finish(r, &a, text);
}

void http_answer_error(const struct http_request *r, enum http_status status, struct text *text)
{
    struct answer a = {0};
    say(&a, status, http_status_text(status));
    finish(r, &a, text);
}
