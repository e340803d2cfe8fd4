/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/memory.h"
#include "tools/monitor/batch.h"
#include "tools/monitor/top.h"

#ifndef HAVE_NCURSES

int top_run(const struct station *s, enum top_order order)
{
    (void)s;
    (void)order;
    fputs("spmonitor: this spmonitor was built without ncurses; top --json tells the same\n", stderr);
    return BATCH_WRONG;
}

#else

#include <curses.h>
#include <locale.h>
#include <time.h>
#include <unistd.h>

enum { REFRESH_MS = 1000 };

/* "1.5k", in seven columns at most. */
static const char *short_number(double n, char text[16])
{
    static const char units[] = " kMGT";
    int unit = 0;
    for (; n >= 10000 && unit < 4; unit++)
        n /= 1000;
    snprintf(text, 16, n < 10 && n != (int)n ? "%.1f%.1s" : "%.0f%.1s", n, unit ? &units[unit] : "");
    return text;
}

static const char *short_time(double seconds, char text[16])
{
    if (seconds < 0)
        snprintf(text, 16, "-");
    else if (seconds < 100)
        snprintf(text, 16, "%.2fs", seconds);
    else if (seconds < 100 * 3600.0)
        snprintf(text, 16, "%.0f:%02.0f", (double)(int)(seconds / 3600), (double)((int)(seconds / 60) % 60));
    else
        snprintf(text, 16, "%.0fd", seconds / 86400);
    return text;
}

static void draw_head(const struct top *t)
{
    char clock[16];
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    strftime(clock, sizeof clock, "%H:%M:%S", &local);
    int there = 0, in_view = 0;
    for (int i = 0; i < t->station->conf->daemon_count; i++) {
        there += t->daemons[i].answers;
        in_view += t->daemons[i].in_view;
    }
    attron(A_BOLD);
    mvprintw(0, 0, "%s  %d daemons, %d answer, %d in a view", clock, t->station->conf->daemon_count, there, in_view);
    attroff(A_BOLD);
    mvprintw(1, 0, "last view: %s", t->view[0] ? t->view : "none yet");
}

static void draw_titles(int line, const char *text)
{
    attron(A_REVERSE);
    mvhline(line, 0, ' ', COLS);
    mvprintw(line, 0, "%s", text);
    attroff(A_REVERSE);
}

static void draw_daemon(int line, const char *name, const struct top_daemon *d)
{
    char text[8][16];
    if (!d->answers) {
        attron(A_BOLD);
        mvprintw(line, 0, "%-20s does not answer", name);
        attroff(A_BOLD);
        return;
    }
    mvprintw(line, 0, "%-20s %-9s %7s %7s %7s %7s %7s %7s %7s", name, d->state, short_time(d->up, text[0]),
             short_number(d->sessions, text[1]), short_number(d->groups, text[2]),
             short_number(d->backlog, text[3]), short_number(d->sent, text[4]), short_number(d->received, text[5]),
             short_number(d->again, text[6]));
}

static void draw_client(int line, const struct top_client *c)
{
    char text[6][16];
    mvprintw(line, 0, "%-31s %7s %7s %8s %7s %7s  %s", c->name.text, short_number(c->waiting, text[0]),
             short_number(c->bytes, text[1]), short_time(c->oldest, text[2]),
             c->rate < 0 ? "-" : short_number(c->rate, text[3]), short_number(c->memory, text[4]), c->from);
}

static void draw(const struct top *t)
{
    static const char *const titles[TOP_ORDERS] = {
        [TOP_LAG] = "CLIENT                            *WAIT   BYTES   OLDEST   MSG/s  MEMORY  FROM",
        [TOP_RATE] = "CLIENT                             WAIT   BYTES   OLDEST  *MSG/s  MEMORY  FROM",
        [TOP_MEMORY] = "CLIENT                             WAIT   BYTES   OLDEST   MSG/s *MEMORY  FROM"};
    int line = 3;
    erase();
    draw_head(t);
    draw_titles(line++, "DAEMON               STATE          UP CLIENTS  GROUPS BACKLOG  SENT/s RECVD/s AGAIN/s");
    for (int i = 0; i < t->station->conf->daemon_count && line < LINES / 2; i++)
        draw_daemon(line++, t->station->conf->daemons[i].name, &t->daemons[i]);
    line++;
    draw_titles(line++, titles[t->order]);
    for (size_t i = 0; i < t->count && line < LINES - 1; i++)
        draw_client(line++, &t->clients[i]);
    mvprintw(LINES - 1, 0, "l lag  r rate  m memory  q quit");
    refresh();
}

/* False: it is left. */
static bool obey(struct top *t, int key)
{
    switch (key) {
    case 'l':
        t->order = TOP_LAG;
        break;
    case 'r':
        t->order = TOP_RATE;
        break;
    case 'm':
        t->order = TOP_MEMORY;
        break;
    case 'q':
        return false;
    default:
        break;
    }
    top_sort(t);
    return true;
}

int top_run(const struct station *s, enum top_order order)
{
    struct top *t = memory_new(sizeof *t);
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        free(t);
        fputs("spmonitor: top needs a terminal; top --json needs none\n", stderr);
        return BATCH_WRONG;
    }
    t->station = s;
    t->order = order;
    t->clients = memory_new(TOP_ROWS * sizeof *t->clients);
    t->before = memory_new(TOP_ROWS * sizeof *t->before);
    setlocale(LC_ALL, "");
    initscr();
    cbreak();
    noecho();
    curs_set(0);
    timeout(REFRESH_MS);
    int key = ERR;
    do {
        if (key == ERR)
            top_look(t);
        draw(t);
    } while (obey(t, key = getch()));
    endwin();
    free(t->clients);
    free(t->before);
    free(t);
    return BATCH_DONE;
}

#endif
