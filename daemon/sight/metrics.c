/* SPDX-License-Identifier: MIT */
#include "daemon/sight/metrics.h"

#include <string.h>

/* -- one at a time --------------------------------------------------------------------------- */

static void head(struct text *out, const char *name, const char *type, const char *help)
{
    text_add(out, "# HELP spread_%s %s\n# TYPE spread_%s %s\n", name, help, name, type);
}

/* The text between the quotes of a label. What is not UTF-8 becomes \xHH, with the backslash escaped. */
static void label(struct text *out, const char *value)
{
    while (*value) {
        int len = utf8_len(value);
        if (*value == '"' || *value == '\\')
            text_add(out, "\\%c", *value);
        else if (*value == '\n')
            text_add(out, "\\n");
        else if (len > 0)
            text_put(out, value, (size_t)len);
        else
            text_add(out, "\\\\x%02x", (unsigned char)*value);
        value += len > 0 ? len : 1;
    }
}

static void number(struct text *out, const char *name, const char *type, const char *help, uint64_t n)
{
    head(out, name, type, help);
    text_add(out, "spread_%s %llu\n", name, (unsigned long long)n);
}

static void seconds(struct text *out, const char *name, const char *type, const char *help, usec t)
{
    head(out, name, type, help);
    text_add(out, "spread_%s %.6f\n", name, (double)t / USEC_SECOND);
}

static void labelled(struct text *out, const char *name, const char *key, const char *value,
                     uint64_t n)
{
    text_add(out, "spread_%s{%s=\"", name, key);
    label(out, value);
    text_add(out, "\"} %llu\n", (unsigned long long)n);
}

/* -- families -------------------------------------------------------------------------------- */

static void reasons(struct text *out, const struct history *h, enum reason_of of, const char *name,
                    const char *help)
{
    head(out, name, "counter", help);
    for (int why = 0; why < WHYS; why++)
        if (h->reasons[of][why])
            labelled(out, name, "reason", why ? why_text((enum why)why) : "none", h->reasons[of][why]);
}

/* key: "service=\"agreed\"" or "". */
static void buckets(struct text *out, const char *name, const char *key, const struct histogram *h)
{
    static const struct histogram none;
    const char *comma = key[0] ? "," : "", *open = key[0] ? "{" : "", *close = key[0] ? "}" : "";
    uint64_t sum = 0;
    for (int i = 0; i < HISTOGRAM_BOUNDS; i++) {
        sum += h->counts[i];
        text_add(out, "spread_%s_bucket{%s%sle=\"%.6f\"} %llu\n", name, key, comma,
                 (double)histogram_bound(i) / USEC_SECOND, (unsigned long long)sum);
    }
    uint64_t all = histogram_count(h, &none);
    text_add(out, "spread_%s_bucket{%s%sle=\"+Inf\"} %llu\n", name, key, comma,
             (unsigned long long)all);
    text_add(out, "spread_%s_sum%s%s%s %.6f\n", name, open, key, close,
             (double)h->sum_us / USEC_SECOND);
    text_add(out, "spread_%s_count%s%s%s %llu\n", name, open, key, close, (unsigned long long)all);
}

static void write_about(struct text *out, const struct metrics *m)
{
    head(out, "build_info", "gauge", "Version of this daemon, and its name; always 1.");
    text_add(out, "spread_build_info{version=\"");
    label(out, m->self->version);
    text_add(out, "\",daemon=\"");
    label(out, m->name);
    text_add(out, "\"} 1\n");
    head(out, "configuration_info", "gauge", "Hash of the configuration in force; always 1.");
    text_add(out, "spread_configuration_info{hash=\"%u\"} 1\n", m->self->hash);
    seconds(out, "uptime_seconds", "gauge", "Time since this daemon started.", m->self->up);
}

static void write_messages(struct text *out, const struct metrics *m)
{
    const struct counters *c = m->counters;
    number(out, "messages_received_total", "counter",
           "Messages, joins, leaves and departures of this daemon's clients.", c->messages_in);
    number(out, "message_bytes_received_total", "counter",
           "Bytes of the messages of this daemon's clients, with their headers.", c->bytes_in);
    number(out, "messages_ordered_total", "counter",
           "Messages of all daemons' clients that were put in order here.", c->messages_ordered);
    number(out, "data_messages_ordered_total", "counter",
           "Of the messages put in order, those that clients sent to groups.", c->messages_delivered);
    number(out, "deliveries_total", "counter",
           "Messages and notices put in line for clients, one for each client.", c->deliveries);
    number(out, "delivery_bytes_total", "counter", "Bytes of the deliveries.", c->bytes_out);
    number(out, "deliveries_dropped_total", "counter",
           "Messages left out for slow readers by their policy.", c->dropped);
    number(out, "backlog_messages", "gauge",
           "Messages of this daemon's clients that have no place in the order yet.", m->self->backlog);
    head(out, "delivery_latency_seconds", "histogram",
         "Time from a client's message being read by its daemon to its delivery there, by service.");
    buckets(out, "delivery_latency_seconds", "service=\"agreed\"", &m->latency->agreed);
    buckets(out, "delivery_latency_seconds", "service=\"safe\"", &m->latency->safe);
}

static void write_ring(struct text *out, const struct metrics *m)
{
    const struct ring_counters *r = m->ring;
    number(out, "packets_sent_total", "counter", "Packets of messages that this daemon sent.",
           r->packets_sent);
    number(out, "packets_received_total", "counter", "Packets of messages that came from others.",
           r->packets_received);
    number(out, "packets_received_twice_total", "counter", "Packets that were here already.",
           r->received_twice);
    head(out, "packets_resent_total", "counter",
         "Packets sent again because somebody had missed them, by how many were meant.");
    labelled(out, "packets_resent_total", "to", "one", r->resent_one);
    labelled(out, "packets_resent_total", "to", "segment", r->resent_segment);
    labelled(out, "packets_resent_total", "to", "all", r->resent_all);
    number(out, "packets_requested_total", "counter",
           "Packets that were missing here and asked for with the token.", r->missing);
    number(out, "datagrams_sent_total", "counter", "Datagrams to other daemons, of all kinds.",
           m->counters->datagrams_out);
    number(out, "datagrams_received_total", "counter",
           "Datagrams of other daemons that were let in.", m->counters->datagrams_in);
    number(out, "datagrams_sealed_total", "counter", "Datagrams that were sealed with a key.",
           m->counters->datagrams_sealed);
    reasons(out, m->history, REASON_PACKET, "datagrams_refused_total",
            "Datagrams that were not let in, by reason.");
    reasons(out, m->history, REASON_DOUBT, "packets_doubted_total",
            "Packets of daemons that were not believed, by reason.");
    number(out, "token_visits_total", "counter", "Visits of the token in the present view.",
           r->rounds);
    number(out, "tokens_resent_total", "counter", "Tokens sent again.", r->tokens_sent_again);
    head(out, "token_rotation_seconds", "histogram",
         "Time from passing the token on until it is back, when it did not rest.");
    buckets(out, "token_rotation_seconds", "", m->rotations);
}

static void write_views(struct text *out, const struct metrics *m)
{
    number(out, "views_installed_total", "counter", "Views installed.", m->views);
    reasons(out, m->history, REASON_VIEW, "views_total",
            "Views installed, by why the ring before was left.");
    seconds(out, "ring_absent_seconds_total", "counter", "Time without a ring, and so without a token.",
            history_lost(m->history, m->now));
    number(out, "daemons_configured", "gauge", "Daemons of the configuration.", m->daemons);
    number(out, "daemons_in_view", "gauge", "Daemons of the present view, this one included.",
           m->in_view);
    number(out, "disagreements_total", "counter",
           "Times that another daemon was seen to have delivered something else than this one.",
           m->counters->events[EVENT_DISAGREES]);
    number(out, "ring_up", "gauge", "1 while there is a ring and the groups are agreed.",
           m->self->in_view);
}

static void write_log(struct text *out, const struct metrics *m)
{
    number(out, "log_lines_lost_total", "counter", "Lines of the log that could not be written.", m->log_lost);
}

static void write_clients(struct text *out, const struct metrics *m)
{
    const struct counters *c = m->counters;
    number(out, "sessions", "gauge", "Clients that are in.", m->self->open_sessions);
    number(out, "connections", "gauge", "Connections of clients, with those that are not in yet.",
           m->self->sessions);
    number(out, "connections_accepted_total", "counter", "Connections accepted.", c->accepted);
    number(out, "connections_refused_for_descriptors_total", "counter",
           "Connections turned away because there was no descriptor left.", c->refused_quota);
    reasons(out, m->history, REASON_CONNECT, "connects_refused_total",
            "Clients that were not let in, by reason.");
    reasons(out, m->history, REASON_REQUEST, "requests_rejected_total",
            "Requests sent back, or for which a session was ended, by reason.");
    reasons(out, m->history, REASON_END, "sessions_ended_total", "Connections that ended, by reason.");
    number(out, "groups", "gauge", "Groups that have members.", m->self->groups);
    number(out, "group_members", "gauge", "Members of all groups together.", m->self->members);
    number(out, "clients_known", "gauge",
           "Clients of this daemon, and of others as far as they are in groups.", m->self->clients);
    number(out, "sender_holds_total", "counter", "Times that a sender had to wait for a receiver.",
           c->holds);
    number(out, "read_pauses_total", "counter",
           "Times that no client was read, for too much waited for the order.", c->read_pauses);
    reasons(out, m->history, REASON_MONITOR, "monitor_requests_refused_total",
            "Requests of monitors that were not obeyed, by reason.");
    reasons(out, m->history, REASON_STATUS, "status_requests_refused_total",
            "Requests for the status by HTTP that were not answered, by reason.");
}

static void write_process(struct text *out, const struct sight_process *p)
{
    if (p->resident)
        number(out, "process_resident_memory_bytes", "gauge", "Memory of the process that is in RAM.",
               p->resident);
    if (p->virtual_size)
        number(out, "process_virtual_memory_bytes", "gauge", "Address space of the process.",
               p->virtual_size);
    if (p->descriptors)
        number(out, "process_open_fds", "gauge", "Descriptors in use.", p->descriptors);
    if (p->descriptors_most)
        number(out, "process_max_fds", "gauge", "Descriptors that the system allows.",
               p->descriptors_most);
    seconds(out, "process_cpu_seconds_total", "counter", "Processor time of the process.", p->cpu);
    if (p->started_s)
        number(out, "process_start_time_seconds", "gauge",
               "When the process started, in seconds since 1970.", p->started_s);
}

void metrics_write(struct text *out, const struct metrics *m)
{
    write_about(out, m);
    write_messages(out, m);
    write_ring(out, m);
    write_log(out, m);
    write_views(out, m);
    write_clients(out, m);
    write_process(out, &m->self->process);
}

/* -- sessions -------------------------------------------------------------------------------- */

void metrics_write_sessions(struct text *out, const struct sight_session *s, uint32_t count)
{
    head(out, "session_waiting_messages", "gauge",
         "Messages that wait for a client: of the slowest ones only.");
    for (uint32_t i = 0; i < count; i++)
        labelled(out, "session_waiting_messages", "session", s[i].name, s[i].waiting);
    head(out, "session_waiting_bytes", "gauge", "Bytes that wait for a client, likewise.");
    for (uint32_t i = 0; i < count; i++)
        labelled(out, "session_waiting_bytes", "session", s[i].name, s[i].waiting_bytes);
    head(out, "session_oldest_seconds", "gauge",
         "How long the oldest of what waits for a client has waited, likewise.");
    for (uint32_t i = 0; i < count; i++) {
        text_add(out, "spread_session_oldest_seconds{session=\"");
        label(out, s[i].name);
        text_add(out, "\"} %.6f\n", s[i].oldest == NEVER ? 0.0 : (double)s[i].oldest / USEC_SECOND);
    }
}
