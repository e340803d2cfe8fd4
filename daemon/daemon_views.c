/* SPDX-License-Identifier: MIT
 *
 * Views and groups in the log, line for line as 5.0.1 prints them and scripts read them.
 */
#include <stdio.h>

#include "daemon/daemon_shared.h"

/* One segment of the view, as 5.0.1 prints it. */
static void log_segment(const struct shared *d, int segment)
{
    const struct conf *conf = shared_conf(d);
    const struct conf_segment *s = &conf->segments[segment];
    char line[512], ip[IP_TEXT];
    int count = 0;
    for (int i = 0; i < s->daemon_count; i++)
        count += procset_has(&d->view.members, (unsigned)(s->first_daemon + i));
    int len = snprintf(line, sizeof line, "\t%d\t", count);
    for (int i = 0; i < s->address_count && len < (int)sizeof line; i++)
        len += snprintf(line + len, sizeof line - (size_t)len, "[%s]:%u ",
                        ip_text(&s->addresses[i], ip), s->port);
    log_event(d->report.log, LOG_MEMBERSHIP, LEVEL_PRINT, "%s", line);
    for (int i = s->first_daemon; i < s->first_daemon + s->daemon_count; i++) {
        const struct conf_daemon *one = &conf->daemons[i];
        if (procset_has(&d->view.members, (unsigned)i))
            log_event(d->report.log, LOG_MEMBERSHIP, LEVEL_PRINT, "\t\t%-20s\t%s\tID: %-16u",
                      one->name, ip_text(&one->ip, ip), one->id);
    }
}

static void log_view(const struct shared *d)
{
    const struct log *log = d->report.log;
    const struct conf *conf = shared_conf(d);
    if (!log_shows(log, LOG_MEMBERSHIP, LEVEL_PRINT))
        return;
    /* It has the leader's id with a sign, unlike all that is said elsewhere. */
    log_event(log, LOG_MEMBERSHIP, LEVEL_PRINT, "Membership id is ( %d, %d)",
              (int32_t)d->view.leader_id, (int32_t)d->view.time);
    log_event(log, LOG_MEMBERSHIP, LEVEL_PRINT, "--------------------");
    log_event(log, LOG_MEMBERSHIP, LEVEL_PRINT, "Configuration at %s is:", shared_me(d)->name);
    log_event(log, LOG_MEMBERSHIP, LEVEL_PRINT, "Num Segments %d", conf->segment_count);
    for (int i = 0; i < conf->segment_count; i++)
        log_segment(d, i);
    log_event(log, LOG_MEMBERSHIP, LEVEL_PRINT, "====================");
}

/* The leader, its id, the time and the number of members of the view. */
void views_on_view(struct shared *d)
{
    int leader = conf_find_id(shared_conf(d), d->view.leader_id);
    struct event_record e = event_about(EVENT_VIEW, leader < 0 ? NO_PROC : (unsigned)leader,
                                        d->view.leader_id);
    e.number[1] = d->view.time;
    e.number[2] = (uint64_t)procset_count(&d->view.members);
    e.set = d->view.members;
    events_tell(d, &e);
    log_view(d);
}

struct group_printer {
    const struct log *log;
    int number;
};

static void log_group(void *context, const struct name *group, const struct group_view_id *id,
                      const struct name *names, size_t count)
{
    struct group_printer *p = context;
    (void)id;
    log_event(p->log, LOG_GROUPS, LEVEL_PRINT, "[%d] group %s with %zu members:", p->number++,
              group->text, count);
    for (size_t i = 0; i < count; i++)
        log_event(p->log, LOG_GROUPS, LEVEL_PRINT, "\t[%zu] %s", i + 1, names[i].text);
    log_event(p->log, LOG_GROUPS, LEVEL_PRINT, "----------------------");
}

void views_log_groups(const struct shared *d)
{
    struct group_printer p = {.log = d->report.log, .number = 1};
    if (!log_shows(d->report.log, LOG_GROUPS, LEVEL_INFO))
        return; /* 5.0.1 prints it always; with many groups nobody wants it unasked */
    log_event(p.log, LOG_GROUPS, LEVEL_PRINT, "++++++++++++++++++++++");
    log_event(p.log, LOG_GROUPS, LEVEL_PRINT, "Num of groups: %zu", groups_count(d->groups));
    groups_each(d->groups, log_group, &p);
}
