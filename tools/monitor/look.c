/* SPDX-License-Identifier: MIT */
#include "tools/monitor/look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/monitor/batch.h"
#include "tools/monitor/gather.h"
#include "tools/monitor/story.h"

enum { SESSIONS = 100, PAGE = 100, PAGES = 100000 };

/* -- asking ------------------------------------------------------------------------------------ */

static void free_values(struct value *values[CONF_DAEMONS_MAX])
{
    for (int i = 0; i < CONF_DAEMONS_MAX; i++) {
        value_free(values[i]);
        values[i] = NULL;
    }
}

static void say_missing(const struct gather *g, const struct procset *who, struct value *const *values)
{
    for procset_each(i, who)
        if (!values[i])
            fprintf(stderr, "spmonitor: %s %s\n", g->station->conf->daemons[i].name,
                    procset_has(&g->refused, (unsigned)i) ? "knows of no such thing" : "does not answer");
}

/* The first page of the first daemon of who that has it, ourselves before others; -1: none has. */
static int find_teller(struct gather *g, const struct procset *who, const char *part, const char *name,
                       struct value **page)
{
    struct value *values[CONF_DAEMONS_MAX];
    struct procset left = *who;
    int self = g->station->self;
    while (!procset_empty(&left)) {
        int next = procset_has(&left, (unsigned)self) ? self : procset_first(&left);
        struct procset one = procset_of((unsigned)next);
        procset_remove(&left, (unsigned)next);
        gather_page(g, &one, part, name, PAGE, 0, values);
        *page = values[next];
        if (*page)
            return next;
        say_missing(g, &one, values);
    }
    return -1;
}

/* What a page has of a part: of members, those of the one group that is in its list. */
static struct value *list_of(const struct value *page, const char *part)
{
    struct value *list = value_at(value_at(page, part), "list");
    return strcmp(part, "members") == 0 && list ? value_at(list->first, "members") : list;
}

/* Adds the other pages to the list of the first one. False: one did not come. */
static bool add_pages(struct gather *g, int daemon, const char *part, const char *name, struct value *first)
{
    struct value *values[CONF_DAEMONS_MAX];
    struct procset one = procset_of((unsigned)daemon);
    struct value *all = list_of(first, part);
    uint64_t cursor = strtoull(value_text(value_at(first, part), "cursor"), NULL, 10);
    bool whole = all != NULL;
    for (int page = 0; whole && cursor != 0 && page < PAGES; page++) {
        gather_page(g, &one, part, name, PAGE, cursor, values);
        struct value *more = list_of(values[daemon], part);
        whole = more != NULL;
        if (whole)
            value_join(all, more);
        cursor = strtoull(value_text(value_at(values[daemon], part), "cursor"), NULL, 10);
        free_values(values);
    }
    struct value *end = value_at(value_at(first, part), "cursor");
    if (whole && end && end->kind == VALUE_TEXT)
        strcpy(end->text, end->text[0] ? "0" : "");
    return whole;
}

/* -- one daemon's lists ------------------------------------------------------------------------ */

typedef void print_list(const struct value *list);

/* Everything of a part, from one daemon. */
static int show_list(const struct station *s, usec limit, const struct procset *who, const char *part,
                     const char *name, bool json, print_list *print)
{
    struct gather g;
    struct value *page = NULL;
    gather_init(&g, s, limit);
    int daemon = find_teller(&g, who, part, name, &page);
    bool whole = daemon >= 0 && add_pages(&g, daemon, part, name, page);
    if (daemon >= 0 && json) {
        value_print(page);
        putchar('\n');
    } else if (daemon >= 0) {
        print(list_of(page, part));
    }
    if (daemon >= 0 && !whole)
        fprintf(stderr, "spmonitor: %s did not tell all\n", s->conf->daemons[daemon].name);
    value_free(page);
    return whole ? BATCH_DONE : BATCH_UNANSWERED;
}

static const struct value *first_of(const struct value *list)
{
    return list ? list->first : NULL;
}

/* Names may have any bytes; those that steer a terminal are left out. */
static const char *plain(const char *text)
{
    static char shown[256];
    size_t len = 0;
    for (; *text && len + 1 < sizeof shown; text++)
        shown[len++] = (unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text;
    shown[len] = '\0';
    return shown;
}

static void print_groups(const struct value *list)
{
    printf("%8s %8s  %s\n", "MEMBERS", "HERE", "GROUP");
    for (const struct value *g = first_of(list); g; g = g->next)
        printf("%8.0f %8.0f  %s\n", value_number(g, "member_count"), value_number(g, "local_count"),
               plain(value_text(g, "name")));
}

int look_groups(const struct station *s, usec limit, const struct procset *who, bool json)
{
    return show_list(s, limit, who, "groups", "", json, print_groups);
}

static void print_members(const struct value *list)
{
    for (const struct value *m = first_of(list); m; m = m->next)
        if (m->kind == VALUE_TEXT)
            printf("%s\n", plain(m->text));
}

int look_members(const struct station *s, usec limit, const struct procset *who, const char *group, bool json)
{
    return show_list(s, limit, who, "members", group, json, print_members);
}

static void print_names(const char *word, const struct value *list)
{
    if (first_of(list))
        printf("%s", word);
    for (const struct value *m = first_of(list); m; m = m->next)
        printf(" %s", m->kind == VALUE_TEXT ? plain(m->text) : "?");
}

static void print_views(const struct value *list)
{
    char time[STORY_TIME];
    for (const struct value *v = first_of(list); v; v = v->next) {
        printf("%s number %.0f:", story_day_and_time((uint64_t)(value_number(v, "time") * USEC_SECOND), time),
               value_number(v, "view_time"));
        print_names("", value_at(v, "members"));
        print_names("; came:", value_at(v, "joined"));
        print_names("; went:", value_at(v, "left"));
        printf("; %s\n", plain(value_text(v, "sentence")));
    }
}

int look_views(const struct station *s, usec limit, const struct procset *who, bool json)
{
    return show_list(s, limit, who, "views", "", json, print_views);
}

/* -- sessions ---------------------------------------------------------------------------------- */

static void print_sessions(const struct value *list)
{
    for (const struct value *c = first_of(list); c; c = c->next) {
        char oldest[16] = "-";
        if (!value_is_null(c, "oldest"))
            snprintf(oldest, sizeof oldest, "%.3f", value_number(c, "oldest"));
        printf("%8.0f %10.0f %8s %10.0f %10.0f %10.0f  %-31s %s\n", value_number(c, "waiting_messages"),
               value_number(c, "waiting_bytes"), oldest, value_number(c, "memory_bytes"),
               value_number(c, "received_messages"), value_number(c, "delivered_messages"),
               plain(value_text(c, "name")), value_text(c, "from"));
    }
}

int look_sessions(const struct station *s, usec limit, const struct procset *who, bool json)
{
    struct value *values[CONF_DAEMONS_MAX];
    struct gather g;
    const char *separator = "[\n  ";
    gather_init(&g, s, limit);
    gather_page(&g, who, "sessions", "", SESSIONS, 0, values);
    if (!json)
        printf("%8s %10s %8s %10s %10s %10s  %-31s %s\n", "WAIT", "BYTES", "OLDEST", "MEMORY", "RECEIVED",
               "DELIVERED", "CLIENT", "FROM");
    for procset_each(i, who) {
        if (values[i] && json) {
            fputs(separator, stdout);
            value_print(values[i]);
            separator = ",\n  ";
        } else if (values[i]) {
            print_sessions(value_at(value_at(values[i], "sessions"), "list"));
        }
    }
    if (json)
        fputs(separator[0] == '[' ? "[]\n" : "\n]\n", stdout);
    say_missing(&g, who, values);
    bool whole = true;
    for procset_each(i, who)
        whole = whole && values[i];
    free_values(values);
    return whole ? BATCH_DONE : BATCH_UNANSWERED;
}
