/* SPDX-License-Identifier: MIT */
#include "daemon/io/journal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/io/clock.h"
#include "daemon/io/log_output.h"
#include "daemon/membership/core.h"

static struct {
    char path[CONF_DAEMON_NAME]; /* "": there is no journal */
    uint64_t missing;            /* lines that could not be written since the last that could */
} journal;

static void note(bool written)
{
    if (written && journal.missing > 0)
        log_event(log_output(), LOG_PRINT, LEVEL_WARNING,
                  "the file %s can be written again; %llu of its lines are missing", journal.path,
                  (unsigned long long)journal.missing);
    else if (!written && journal.missing == 0)
        log_event(log_output(), LOG_PRINT, LEVEL_ERROR,
                  "the file %s of -l cannot be written: %s; its lines are lost until it can",
                  journal.path, strerrordesc_np(errno));
    journal.missing = written ? 0 : journal.missing + 1;
}

/* Opened for each line, so that it can be moved away at any time. */
__attribute__((format(printf, 1, 2))) static void append(const char *format, ...)
{
    va_list args;
    FILE *file = fopen(journal.path, "ae");
    if (!file) {
        note(false);
        return;
    }
    va_start(args, format);
    vfprintf(file, format, args);
    va_end(args);
    note(fclose(file) == 0);
}

static unsigned long long seconds(void)
{
    return clock_wall_seconds();
}

static unsigned long long sequence_of(const struct daemon *d)
{
    return core_counters(daemon_core(d)).high;
}

void journal_start(const char *name)
{
    snprintf(journal.path, sizeof journal.path, "%s", name);
    append("B %13llu\n", seconds());
}

void journal_view(const struct daemon *d)
{
    const struct view *v = daemon_view(d);
    char text[CONF_DAEMONS_MAX * 4 + 1];
    size_t len = 0;
    if (!journal.path[0])
        return;
    int first = procset_first(&v->members);
    for (int i = 0; i < daemon_conf(d)->daemon_count; i++) {
        bool in = procset_has(&v->members, (unsigned)i);
        len += (size_t)(in ? snprintf(text + len, sizeof text - len, " %3d", first)
                           : snprintf(text + len, sizeof text - len, "  --"));
    }
    append("M %13llu %13u %11llu >%s\n", seconds(), v->time, sequence_of(d), text);
}

static const char *address_of(const struct session *s, char text[IP_TEXT])
{
    return s->local ? "unix" : ip_text(&s->identity->ip, text);
}

/* The name that "#a#d1" was given to: "a". The file is called d1, too. */
static const char *name_of(const struct session *s, char name[PRIVATE_NAME_MAX + 1])
{
    return name_of_connection(&s->private_group, journal.path, name) ? name : "";
}

void journal_connected(const struct daemon *d, const struct session *s, int fd)
{
    char peer[IP_TEXT], name[PRIVATE_NAME_MAX + 1];
    if (journal.path[0])
        append("C %13llu %11llu %5d %-16s %-10s\n", seconds(), sequence_of(d), fd,
               address_of(s, peer), name_of(s, name));
}

void journal_gone(const struct daemon *d, const struct session *s, int fd)
{
    char peer[IP_TEXT], name[PRIVATE_NAME_MAX + 1];
    if (journal.path[0])
        append("D %13llu %11llu %5d %-46s %-10s %u\n", seconds(), sequence_of(d), fd,
               address_of(s, peer), name_of(s, name), s->unsent);
}
