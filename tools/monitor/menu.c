/* SPDX-License-Identifier: MIT */
#include "tools/monitor/menu.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/io/clock.h"
#include "tools/monitor/lines.h"

enum { REPEAT_US = 25 * USEC_SECOND }; /* a daemon forgets a partition after 60 s */

/* -- talking ------------------------------------------------------------------------------- */

static void print_menu(void)
{
    printf("\n"
           "Monitor menu:\n"
           "    0  Choose the daemons whose status is shown\n"
           "\n"
           "    1  Define a partition\n"
           "    2  Send the partition, again and again until it is cancelled\n"
           "    3  Show the partition that is active\n"
           "    4  Cancel the partition\n"
           "\n"
           "    5  Define flow control\n"
           "    6  Send flow control\n"
           "    7  Show the flow control sent last\n"
           "\n"
           "    8  Terminate daemons\n"
           "    r  Let the daemons read their configuration again\n"
           "\n"
           "    9  Exit (or q)\n");
}

static void prompt(struct menu *m)
{
    if (m->dialogue.kind == DIALOGUE_NONE)
        printf("\nMonitor> ");
    else
        dialogue_ask(&m->dialogue, m->station->conf);
    m->at_prompt = true;
}

/* Ends the line that a prompt stands on. */
static void below_prompt(struct menu *m)
{
    if (m->at_prompt)
        printf("\n");
    m->at_prompt = false;
}

static void announce(struct menu *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line of its own. */
static void announce(struct menu *m, const char *format, ...)
{
    va_list arguments;
    below_prompt(m);
    printf("Monitor: ");
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
}

static const char *name_of(const struct menu *m, int daemon)
{
    return m->station->conf->daemons[daemon].name;
}

/* Keys are replaced while a menu stays open for days. */
static void renew_keys(struct menu *m)
{
    if (station_renew_keys(m->station))
        announce(m, "the file of keys has changed, and is used as it is now");
}

/* -- status -------------------------------------------------------------------------------- */

static void query(struct menu *m, usec now)
{
    for procset_each(i, &m->silent)
        announce(m, "%s has not answered", name_of(m, i));
    m->silent = m->watched;
    m->query_at = procset_empty(&m->watched) ? NEVER : now + m->interval;
    if (procset_empty(&m->watched))
        return;
    announce(m, "send status query");
    for procset_each(i, &m->watched)
        station_ask_status(m->station, i);
}

static void watch(struct menu *m, const struct procset *chosen)
{
    m->watched = *chosen;
    m->silent = (struct procset){{0}};
    query(m, clock_now());
}

static void tell_noise(struct menu *m, const struct station_report *r)
{
    char ip[IP_TEXT];
    uint64_t left_out;
    if (!quiet_may_speak(&m->quiet_noise, clock_now(), &left_out))
        return;
    announce(m, "what came from %s is no report of a daemon there, and ignored; so were %llu more",
             ip_text(&r->source, ip), (unsigned long long)left_out);
    prompt(m);
}

/* Shows what has come. */
static void hear(struct menu *m)
{
    struct station_report r;
    enum station_news news;
    while ((news = station_receive(m->station, &r)) != STATION_QUIET) {
        if (news == STATION_HASH && m->station->parley)
            continue; /* it gave a moment for a command */
        if (news == STATION_NOISE || news == STATION_HASH || news == STATION_PEERS) { /* not asked for */
            tell_noise(m, &r);
            continue;
        }
        m->at_prompt = false; /* the empty line of the block ends it */
        if (news == STATION_REPORT) {
            procset_remove(&m->silent, (unsigned)r.daemon);
            show_status(m->station->conf, &r, &m->before[r.daemon]);
        } else {
            show_unknown(&r);
        }
        prompt(m);
    }
}

/* -- partition and flow control ------------------------------------------------------------- */

static void send_partition(struct menu *m, usec now)
{
    announce(m, "send partition");
    station_send_partition(m->station, m->active_partition);
    m->repeat_at = m->partition_active ? now + REPEAT_US : NEVER;
}

static void activate_partition(struct menu *m)
{
    if (!m->partition_defined) {
        announce(m, "no partition is defined, so nothing is sent (1 defines one)");
        return;
    }
    memcpy(m->active_partition, m->partition, sizeof m->active_partition);
    m->partition_active = true;
    send_partition(m, clock_now());
}

static void cancel_partition(struct menu *m)
{
    memset(m->active_partition, 0, sizeof m->active_partition);
    m->partition_active = false;
    send_partition(m, clock_now());
}

static void review_partition(const struct menu *m)
{
    printf("%s\n", m->partition_active ? "Partition active:" : "No partition is active:");
    show_partition(m->station->conf, m->active_partition);
}

static void send_flow(struct menu *m)
{
    if (!m->flow_defined) {
        announce(m, "no flow control is defined, so nothing is sent (5 defines it)");
        return;
    }
    m->sent_flow = m->flow;
    m->flow_sent = true;
    announce(m, "send flow control params");
    station_send_flow(m->station, &m->sent_flow);
}

static void review_flow(const struct menu *m)
{
    if (!m->flow_sent) {
        printf("No flow control has been sent.\n");
        return;
    }
    printf("Flow control sent last:\n");
    show_flow(m->station->conf, &m->sent_flow);
}

/* -- the rest ------------------------------------------------------------------------------- */

static void terminate(struct menu *m, const struct procset *victims)
{
    for procset_each(i, victims)
        announce(m, "Terminating %s", name_of(m, i));
    station_terminate(m->station, victims, m->active_partition);
}

/* What was chosen and defined goes by the places of daemons in the old file. */
static void forget_all(struct menu *m)
{
    *m = (struct menu){.station = m->station,
                       .interval = m->interval,
                       .echoes = m->echoes,
                       .query_at = NEVER,
                       .repeat_at = NEVER,
                       .quiet_noise = m->quiet_noise};
}

static void reload(struct menu *m)
{
    char why[STATION_WHY] = "";
    printf("Old configuration hash is: %u\n", m->station->conf->hash);
    announce(m, "send conf reload command");
    station_send_reload(m->station, m->station->conf->hash);
    station_settle(m->station);
    bool read = station_reread(m->station, why);
    forget_all(m);
    if (!read)
        announce(m, "our own file cannot be used, so the old one stays: %s", why);
    printf("New configuration hash is: %u\n", m->station->conf->hash);
}

static void start(struct menu *m, enum dialogue_kind kind, struct procset chosen)
{
    dialogue_start(&m->dialogue, kind, chosen);
}

/* Whether it is a command that daemons with keys do not obey. */
static bool is_refused(struct menu *m, char key)
{
    if (!m->station->no_keys[0] || !key || !strchr("2468r", key))
        return false;
    announce(m, "nothing is sent: %s", m->station->no_keys);
    return true;
}

/* False: the end. */
static bool on_key(struct menu *m, char key)
{
    struct procset nobody = {{0}};
    if (is_refused(m, key))
        return true;
    switch (key) {
    case '0':
        start(m, DIALOGUE_WATCH, m->watched);
        break;
    case '1':
        start(m, DIALOGUE_PARTITION, nobody);
        break;
    case '2':
        activate_partition(m);
        break;
    case '3':
        review_partition(m);
        break;
    case '4':
        cancel_partition(m);
        break;
    case '5':
        start(m, DIALOGUE_FLOW, nobody);
        break;
    case '6':
        send_flow(m);
        break;
    case '7':
        review_flow(m);
        break;
    case '8':
        start(m, DIALOGUE_TERMINATE, nobody);
        break;
    case 'r':
        reload(m);
        break;
    case '9':
    case 'q':
        return false;
    default:
        printf("Unknown commnad\n"); /* scripts know it so */
        print_menu();
    }
    return true;
}

static void conclude(struct menu *m)
{
    const struct dialogue d = m->dialogue;
    m->dialogue.kind = DIALOGUE_NONE;
    switch (d.kind) {
    case DIALOGUE_WATCH:
        watch(m, &d.chosen);
        break;
    case DIALOGUE_TERMINATE:
        terminate(m, &d.chosen);
        break;
    case DIALOGUE_PARTITION:
        memcpy(m->partition, d.partition, sizeof m->partition);
        m->partition_defined = true;
        printf("Partition defined:\n");
        show_partition(m->station->conf, m->partition);
        break;
    case DIALOGUE_FLOW:
        m->flow = d.flow;
        m->flow_defined = true;
        printf("Flow control defined:\n");
        show_flow(m->station->conf, &m->flow);
        break;
    case DIALOGUE_NONE:
        break;
    }
}

/* -- the loop ------------------------------------------------------------------------------- */

/* False: the end. */
static bool on_line(struct menu *m, const char *line)
{
    if (m->echoes)
        m->at_prompt = false; /* whoever typed ended the line on the screen, too */
    below_prompt(m);
    renew_keys(m);
    if (m->dialogue.kind == DIALOGUE_NONE) {
        if (!on_key(m, line[0]))
            return false;
    } else if (dialogue_answer(&m->dialogue, m->station->conf, line)) {
        conclude(m);
    }
    prompt(m);
    return true;
}

static void on_time(struct menu *m, usec now)
{
    bool due = now >= m->query_at || now >= m->repeat_at;
    if (due)
        renew_keys(m);
    if (now >= m->query_at)
        query(m, now);
    if (now >= m->repeat_at)
        send_partition(m, now);
    if (due)
        prompt(m);
}

int menu_run(struct station *s, unsigned interval_s)
{
    struct menu menu = {
        .station = s, .interval = interval_s * (usec)USEC_SECOND, .echoes = isatty(STDIN_FILENO)};
    struct lines lines = {.len = 0};
    const char *line;
    forget_all(&menu);
    print_menu();
    prompt(&menu);
    do {
        fflush(stdout);
        lines_wait(&lines, s->fd, usec_earlier(menu.query_at, menu.repeat_at));
        hear(&menu);
        on_time(&menu, clock_now());
        line = lines_next(&lines);
    } while (line ? on_line(&menu, line) : !lines.ended);
    station_settle(s);
    below_prompt(&menu);
    printf("Bye.\n");
    return 0;
}
