/* SPDX-License-Identifier: MIT */
#include "daemon/io/journal.h"

#include <stdarg.h>
#include <stdio.h>

#include "daemon/io/clock.h"

static struct {
    const struct conf *conf;
    char path[CONF_DAEMON_NAME]; /* "": there is no journal */
} journal;

/* Opened for each line, so that it can be moved away at any time. */
__attribute__((format(printf, 1, 2))) static void append(const char *format, ...)
{
    va_list args;
    FILE *file = fopen(journal.path, "ae");
    if (!file)
        return;
    va_start(args, format);
    vfprintf(file, format, args);
    va_end(args);
    fclose(file);
}

void journal_use(const struct conf *conf)
{
    journal.conf = conf;
}

void journal_start(const struct conf *conf, int self)
{
    journal_use(conf);
    snprintf(journal.path, sizeof journal.path, "%s", conf->daemons[self].name);
    append("B %13llu\n", (unsigned long long)clock_wall_seconds());
}

void journal_view(const struct view *v, uint64_t sequence)
{
    char text[CONF_DAEMONS_MAX * 4 + 1];
    size_t len = 0;
    if (!journal.path[0])
        return;
    int first = procset_first(&v->members);
    for (int i = 0; i < journal.conf->daemon_count; i++) {
        bool in = procset_has(&v->members, (unsigned)i);
        len += (size_t)(in ? snprintf(text + len, sizeof text - len, " %3d", first)
                           : snprintf(text + len, sizeof text - len, "  --"));
    }
    append("M %13llu %13u %11llu >%s\n", (unsigned long long)clock_wall_seconds(), v->time,
           (unsigned long long)sequence, text);
}

void journal_client(char letter, const struct session *s, int fd, uint64_t sequence)
{
    char peer[IP_TEXT] = "unix", queued[16] = "";
    if (!journal.path[0])
        return;
    if (!s->peer.local)
        ip_text(&s->peer.ip, peer);
    if (letter == 'D')
        snprintf(queued, sizeof queued, " %u", s->outbox.messages);
    append("%c %13llu %11llu %5d %-16s %-10s%s\n", letter, (unsigned long long)clock_wall_seconds(),
           (unsigned long long)sequence, fd, peer,
           s->private_group.text[0] ? s->private_group.text + 1 : "", queued);
}
