/* SPDX-License-Identifier: MIT */
#include "tools/monitor/story.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/base/memory.h"
#include "daemon/base/usec.h"
#include "tools/monitor/show.h"

enum { LINE = 2048 };

void story_fini(struct story *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->list[i].text);
    free(s->list);
    *s = (struct story){.list = NULL};
}

void story_add(struct story *s, uint64_t wall_us, const char *by, const char *format, ...)
{
    char line[LINE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : 64;
        s->list = memory_grow(s->list, s->room * sizeof *s->list);
    }
    char *text = memory_new(strlen(line) + 1);
    strcpy(text, line);
    s->list[s->count] = (struct told){wall_us, s->count, by, text};
    s->count++;
}

static const char *format_time(uint64_t wall_us, const char *format, char text[STORY_TIME])
{
    time_t seconds = (time_t)(wall_us / USEC_SECOND);
    struct tm local = {0};
    localtime_r(&seconds, &local);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* one of the two below */
    size_t len = strftime(text, STORY_TIME - 5, format, &local);
#pragma GCC diagnostic pop
    snprintf(text + len, STORY_TIME - len, ".%03u", (unsigned)(wall_us % USEC_SECOND / USEC_MS));
    return text;
}

const char *story_time(uint64_t wall_us, char text[STORY_TIME])
{
    return format_time(wall_us, "%H:%M:%S", text);
}

const char *story_day_and_time(uint64_t wall_us, char text[STORY_TIME])
{
    return format_time(wall_us, "%Y-%m-%d %H:%M:%S", text);
}

static int by_time(const void *a, const void *b)
{
    const struct told *one = a, *other = b;
    if (one->wall_us != other->wall_us)
        return one->wall_us < other->wall_us ? -1 : 1;
    return one->order < other->order ? -1 : one->order > other->order;
}

static void print_line(const struct told *t)
{
    char time[STORY_TIME];
    printf("%s %s%s%s\n", story_day_and_time(t->wall_us, time), t->by, t->by[0] ? ": " : "", t->text);
}

static void print_json(const struct told *t, bool last)
{
    printf("  {\"time\": %llu.%06llu, \"daemon\": ", (unsigned long long)(t->wall_us / USEC_SECOND),
           (unsigned long long)(t->wall_us % USEC_SECOND));
    if (t->by[0])
        show_text(t->by);
    else
        printf("null");
    printf(", \"sentence\": ");
    show_text(t->text);
    printf("}%s\n", last ? "" : ",");
}

void story_print(struct story *s, bool json)
{
    if (s->count > 0)
        qsort(s->list, s->count, sizeof *s->list, by_time);
    if (json)
        printf("[\n");
    for (size_t i = 0; i < s->count; i++)
        if (json)
            print_json(&s->list[i], i + 1 == s->count);
        else
            print_line(&s->list[i]);
    if (json)
        printf("]\n");
}
