/* SPDX-License-Identifier: MIT */
#include "tools/monitor/show.h"

#include <stdio.h>

#define OPENING "============================"
#define CLOSING "=================================="

/* -- status -------------------------------------------------------------------------------- */

/* How much a counter has grown, which may have wrapped. */
static int32_t growth(int32_t now, int32_t before)
{
    return (int32_t)((uint32_t)now - (uint32_t)before);
}

static void print_leader(const struct conf *conf, int32_t id)
{
    int leader = conf_find_id(conf, (uint32_t)id);
    if (leader >= 0)
        printf("%s", conf->daemons[leader].name);
    else
        printf("%d", id);
}

static void print_counters(const struct monitor_status *s)
{
    printf("rounds   : %7d\ttok_hurry : %7d\tmemb change: %7d\n", s->token_rounds, s->token_hurry,
           s->membership_changes);
    printf("sent pack: %7d\trecv pack : %7d\tretrans    : %7d\n", s->packet_sent, s->packet_recv,
           s->retrans);
    printf("u retrans: %7d\ts retrans : %7d\tb retrans  : %7d\n", s->u_retrans, s->s_retrans,
           s->b_retrans);
    printf("My_aru   : %7d\tAru       : %7d\tHighest seq: %7d\n", s->my_aru, s->aru,
           s->highest_seq);
    printf("Sessions : %7d\tGroups    : %7d\tWindow     : %7d\n", s->num_sessions, s->num_groups,
           s->window);
    printf("Deliver M: %7d\tDeliver Pk: %7d\tP/A Window : %7d/%d\n", s->message_delivered,
           s->packet_delivered, s->personal_window, s->accelerated_window);
}

void show_status(const struct conf *conf, const struct station_report *r,
                 struct show_before *before)
{
    const struct monitor_status *s = &r->status;
    if (s->sec < before->sec)
        *before = (struct show_before){0}; /* it has been started anew */
    if (s->aru < before->aru)
        before->aru = 0; /* sequence numbers start again with each membership */
    printf("\n" OPENING "\n");
    printf("Status at %s V%2d.%02d.%2d (state %d, gstate %d) after %d seconds :\n",
           conf->daemons[r->daemon].name, s->major_version, s->minor_version, s->patch_version,
           s->state, s->gstate, s->sec);
    printf("Membership  :  %d  procs in %d segments, leader is ", s->num_procs, s->num_segments);
    print_leader(conf, s->leader_id);
    printf(", %s protocol\n", s->accelerated_ring ? "accelerated" : "regular");
    print_counters(s);
    printf("Delta Mes: %7d\tDelta Pk  : %7d\tDelta sec  : %7d\n",
           growth(s->message_delivered, before->message_delivered), growth(s->aru, before->aru),
           growth(s->sec, before->sec));
    printf(CLOSING "\n");
    *before = (struct show_before){
        .sec = s->sec, .aru = s->aru, .message_delivered = s->message_delivered};
}

void show_unknown(const struct station_report *r)
{
    char ip[IP_TEXT];
    printf("\n" OPENING "\n");
    printf("Report_message: the daemon with id %u at %s is not in this configuration\n",
           (uint32_t)r->status.my_id, ip_text(&r->source, ip));
    printf(CLOSING "\n");
}

void show_hashes(const struct await *a, const struct procset *asked)
{
    const struct conf *conf = a->station->conf;
    printf("\nHash of the configuration (%u in the file here):\n", conf->hash);
    for procset_each(i, asked) {
        printf("\t%-20s\t", conf->daemons[i].name);
        if (!procset_has(&a->told, (unsigned)i))
            printf("not known\n");
        else
            printf("%u%s\n", a->hashes[i], await_differs(a, (unsigned)i) ? "\tdiffers" : "");
    }
}

/* -- seals --------------------------------------------------------------------------------- */

static void print_peer(const char *name, const struct peer_report *p, uint8_t own_key)
{
    bool silent = p->heard_s == PEERS_NEVER, troubled = p->trouble != TROUBLE_NONE;
    if (!troubled && (silent || p->key_id == own_key))
        return; /* as it should be, or simply not there */
    printf("\t\t%-20s", name);
    if (silent)
        printf("\tnot heard");
    else if (p->key_id)
        printf("\tkey %u, heard %u s ago", p->key_id, p->heard_s);
    else
        printf("\topen, heard %u s ago", p->heard_s);
    if (troubled)
        printf("; %u s ago, in its name (key %u): %s", p->trouble_s, p->trouble_key,
               peer_trouble_text(p->trouble));
    printf("\n");
}

static void print_seals(const struct conf *conf, int daemon, const struct monitor_peers *all)
{
    uint8_t own_key = all->peers[daemon].key_id;
    printf("\t%-20s\t", conf->daemons[daemon].name);
    if (own_key)
        printf("seals with key %u\n", own_key);
    else
        printf("sends open\n");
    for (int i = 0; i < conf->daemon_count; i++)
        if (i != daemon)
            print_peer(conf->daemons[i].name, &all->peers[i], own_key);
    for (int t = 1; t < TROUBLES; t++)
        if (all->unopened[t] > 0)
            printf("\t\t%u not opened: %s\n", all->unopened[t], peer_trouble_text((enum peer_trouble)t));
}

static bool has_seals(const struct monitor_peers *all, int daemons)
{
    bool any = false;
    for (int t = 1; t < TROUBLES; t++)
        any = any || all->unopened[t] > 0;
    for (int i = 0; i < daemons; i++)
        any = any || all->peers[i].key_id;
    return any;
}

void show_seals(const struct await *a)
{
    const struct conf *conf = a->station->conf;
    bool begun = false;
    for procset_each(i, &a->peers_told) {
        if (!has_seals(&a->peers[i], conf->daemon_count))
            continue;
        if (!begun)
            printf("\nSeals, and who is not heard by them:\n");
        begun = true;
        print_seals(conf, i, &a->peers[i]);
    }
}

/* -- JSON ---------------------------------------------------------------------------------- */

/* Names may hold any bytes; what is not plain ASCII is written as the character of that number. */
void show_text(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < ' ' || c >= 0x7f || c == '"' || c == '\\')
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static bool is_id(const struct monitor_status_field *f)
{
    return f->at == offsetof(struct monitor_status, my_id) ||
           f->at == offsetof(struct monitor_status, leader_id);
}

static void print_report(const struct conf *conf, const struct monitor_status *s)
{
    int leader = conf_find_id(conf, (uint32_t)s->leader_id);
    printf(", \"leader\": ");
    if (leader >= 0)
        show_text(conf->daemons[leader].name);
    else
        printf("null");
    for (int i = 0; i < MONITOR_STATUS_FIELDS; i++) {
        const struct monitor_status_field *f = &monitor_status_fields[i];
        int32_t value = monitor_status_value(s, f);
        printf(", \"%s\": %lld", f->name, is_id(f) ? (long long)(uint32_t)value : value);
    }
}

static void print_peers(const struct conf *conf, int daemon, const struct monitor_peers *all)
{
    static const char *const troubles[TROUBLES] = {"", "open", "sealed", "key", "seal", "again", "unknown"};
    printf(", \"key\": %u, \"unopened\": {", all->peers[daemon].key_id);
    for (int t = 1; t < TROUBLES; t++)
        printf("%s\"%s\": %u", t > 1 ? ", " : "", troubles[t], all->unopened[t]);
    printf("}, \"peers\": [");
    const char *separator = "";
    for (int i = 0; i < conf->daemon_count; i++) {
        const struct peer_report *p = &all->peers[i];
        if (i == daemon)
            continue;
        printf("%s{\"daemon\": ", separator);
        show_text(conf->daemons[i].name);
        if (p->heard_s != PEERS_NEVER)
            printf(", \"key\": %u, \"heard_s\": %u", p->key_id, p->heard_s);
        if (p->trouble != TROUBLE_NONE)
            printf(", \"unopened\": \"%s\", \"unopened_key\": %u, \"unopened_s\": %u",
                   troubles[p->trouble], p->trouble_key, p->trouble_s);
        printf("}");
        separator = ", ";
    }
    printf("]");
}

void show_json(const struct await *a, const struct procset *asked, const struct procset *answered)
{
    const struct conf *conf = a->station->conf;
    const char *separator = "[\n";
    for procset_each(i, asked) {
        bool has = procset_has(answered, (unsigned)i);
        printf("%s  {\"daemon\": ", separator);
        show_text(conf->daemons[i].name);
        printf(", \"answered\": %s", has ? "true" : "false");
        if (procset_has(&a->told, (unsigned)i))
            printf(", \"hash\": %u, \"differs\": %s", a->hashes[i],
                   await_differs(a, (unsigned)i) ? "true" : "false");
        if (has)
            print_report(conf, &a->reports[i].status);
        if (has && procset_has(&a->peers_told, (unsigned)i))
            print_peers(conf, i, &a->peers[i]);
        putchar('}');
        separator = ",\n";
    }
    printf("\n]\n");
}

/* -- partition and flow control ------------------------------------------------------------- */

void show_partition(const struct conf *conf, const int16_t *component)
{
    for (int i = 0; i < conf->daemon_count; i++)
        printf("\t%-20s\t%d\n", conf->daemons[i].name, component[i]);
}

static const char *window_text(int window, char text[16])
{
    if (window == MONITOR_KEEP)
        return "keep";
    snprintf(text, 16, "%d", window);
    return text;
}

void show_flow(const struct conf *conf, const struct monitor_flow *flow)
{
    char personal[16], accelerated[16];
    printf("\tWindow: %s\n", window_text(flow->window, personal));
    for (int i = 0; i < conf->daemon_count; i++)
        printf("\t%-20s\tpersonal: %s\taccelerated: %s\n", conf->daemons[i].name,
               window_text(flow->shares[i].personal, personal),
               window_text(flow->shares[i].accelerated, accelerated));
}
