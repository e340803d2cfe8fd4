/* SPDX-License-Identifier: MIT */
#include "tools/monitor/batch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/base/usec.h"
#include "tools/monitor/await.h"
#include "tools/monitor/look.h"
#include "tools/monitor/show.h"
#include "tools/monitor/top.h"
#include "tools/monitor/why.h"

struct batch {
    struct station *station;
    const struct conf *conf;
    usec limit; /* for an answer */
    struct await await;
    const struct options *options;
    char *const *words; /* what follows the command */
    int count;
};

static int wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int wrong(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "spmonitor: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    return BATCH_WRONG;
}

/* -- arguments ----------------------------------------------------------------------------- */

static struct procset all_daemons(const struct conf *conf)
{
    struct procset all = {{0}};
    for (int i = 0; i < conf->daemon_count; i++)
        procset_add(&all, (unsigned)i);
    return all;
}

/* The daemons that the arguments name. */
static bool take_daemons(const struct batch *b, struct procset *who)
{
    *who = (struct procset){{0}};
    for (int i = 0; i < b->count; i++) {
        int daemon = conf_find_name(b->conf, b->words[i]);
        if (daemon < 0) {
            wrong("no daemon of the configuration is called %s", b->words[i]);
            return false;
        }
        procset_add(who, (unsigned)daemon);
    }
    return true;
}

/* -- outcomes ------------------------------------------------------------------------------ */

static bool any_report(const void *expected, const struct conf *conf,
                       const struct station_report *r)
{
    (void)expected;
    (void)conf;
    (void)r;
    return true;
}

/* It tells everybody its hash, and us no more. */
static const char *silence_of(const struct batch *b, unsigned daemon)
{
    if (!procset_has(&b->await.told, daemon))
        return "does not answer";
    return b->station->parley ? "does not answer what is sealed: it has other keys, or none"
                              : "tells its hash alone: it has keys, and we have none";
}

/* Says of each who is left over why: it has another configuration, did not answer, or not what was
 * hoped for. */
static int conclude(const struct batch *b, const struct procset *left, const char *instead)
{
    for
        procset_each(i, left)
        {
            const char *name = b->conf->daemons[i].name;
            if (await_differs(&b->await, (unsigned)i))
                wrong("%s has another configuration: its hash is %u, that of the file here %u",
                      name, b->await.hashes[i], b->conf->hash);
            else
                wrong("%s %s", name,
                      procset_has(&b->await.answered, (unsigned)i) ? instead
                                                                   : silence_of(b, (unsigned)i));
        }
    return procset_empty(left) ? BATCH_DONE : BATCH_UNANSWERED;
}

#define IS_IT_ALLOWED " (is DangerousMonitor on there?)"

/* -- status -------------------------------------------------------------------------------- */

/* Of one who has answered it is known: daemons report to nobody with another configuration. */
static void learn_hashes(struct await *a, const struct procset *reported)
{
    for
        procset_each(i, reported)
        {
            procset_add(&a->told, (unsigned)i);
            a->hashes[i] = a->station->conf->hash;
        }
}

/* Those of left who have said nothing at all. */
static bool some_are_silent(const struct await *a, const struct procset *left)
{
    for
        procset_each(i, left) if (!procset_has(&a->told, (unsigned)i)) return true;
    return false;
}

static int run_status(struct batch *b)
{
    struct procset who;
    if (!take_daemons(b, &who))
        return BATCH_WRONG;
    if (procset_empty(&who))
        who = all_daemons(b->conf);
    b->await.peers = memory_new(CONF_DAEMONS_MAX * sizeof *b->await.peers);
    struct procset left = await_reports(&b->await, &who, any_report, NULL);
    struct procset reported = procset_minus(&who, &left);
    learn_hashes(&b->await, &reported);
    if (b->options->given & OPTION_JSON) {
        show_json(&b->await, &who, &reported);
    } else {
        for
            procset_each(i, &reported)
                show_status(b->conf, &b->await.reports[i], &(struct show_before){0});
        show_hashes(&b->await, &who);
        show_seals(&b->await);
    }
    free(b->await.peers);
    b->await.peers = NULL;
    int outcome = conclude(b, &left, "");
    if (some_are_silent(&b->await, &left))
        wrong(
            "the file here has hash %u; a daemon with another one does not answer if its file has "
            "%s at another address, or not at all",
            b->conf->hash, b->conf->daemons[b->station->self].name);
    return outcome;
}

/* -- partition ----------------------------------------------------------------------------- */

enum { UNNAMED = -1 };

/* A daemon's name from the text up to its end; *component of it is set. */
static bool place(const struct batch *b, const char *name, size_t len, int16_t number,
                  int16_t *component)
{
    char text[CONF_DAEMON_NAME] = "";
    if (len < sizeof text)
        memcpy(text, name, len);
    int daemon = text[0] ? conf_find_name(b->conf, text) : -1;
    if (daemon < 0) {
        wrong("no daemon of the configuration is called %.*s", (int)len, name);
        return false;
    }
    if (component[daemon] != UNNAMED) {
        wrong("%s is named twice", text);
        return false;
    }
    component[daemon] = number;
    return true;
}

/* "d1,d2/d3": components of daemons, each daemon in one of them. */
static bool read_partition(const struct batch *b, const char *text, int16_t *component)
{
    int16_t number = 0;
    for (int i = 0; i < b->conf->daemon_count; i++)
        component[i] = UNNAMED;
    for (;; text++) {
        size_t len = strcspn(text, ",/");
        if (!place(b, text, len, number, component))
            return false;
        text += len;
        if (*text == '\0')
            break;
        number = (int16_t)(number + (*text == '/'));
    }
    for (int i = 0; i < b->conf->daemon_count; i++)
        if (component[i] == UNNAMED) {
            wrong("%s is in no component", b->conf->daemons[i].name);
            return false;
        }
    return true;
}

/* It is in a view with nobody from another component. That all of its own are there as well is not
 * asked for: some may not run. */
static bool is_apart(const void *expected, const struct conf *conf, const struct station_report *r)
{
    const int16_t *component = expected;
    int leader = conf_find_id(conf, (uint32_t)r->status.leader_id), size = 0;
    for (int i = 0; i < conf->daemon_count; i++)
        size += component[i] == component[r->daemon];
    return r->status.state == 1 && leader >= 0 && component[leader] == component[r->daemon] &&
           r->status.num_procs <= size;
}

static int run_partition(struct batch *b)
{
    int16_t component[PROCS_MAX];
    if (b->count != 1)
        return wrong("partition takes one argument, such as d1,d2/d3");
    if (!read_partition(b, b->words[0], component))
        return BATCH_WRONG;
    struct procset all = all_daemons(b->conf);
    station_send_partition(b->station, component);
    struct procset left = await_reports(&b->await, &all, is_apart, component);
    return conclude(b, &left, "is not apart from the other components" IS_IT_ALLOWED);
}

static int run_heal(struct batch *b)
{
    static const int16_t together[PROCS_MAX];
    struct procset all = all_daemons(b->conf);
    if (b->count != 0)
        return wrong("heal takes no argument");
    station_send_partition(b->station, together);
    struct procset left = await_reports(&b->await, &all, any_report, NULL);
    return conclude(b, &left, "");
}

/* -- flow control -------------------------------------------------------------------------- */

static bool read_window(const char **text, int16_t *window)
{
    char *end;
    long value = strtol(*text, &end, 10);
    bool good = end > *text && value >= MONITOR_KEEP && value <= INT16_MAX;
    *window = (int16_t)value;
    *text = end;
    return good;
}

/* "PERSONAL" or "PERSONAL:ACCELERATED". */
static bool read_windows(const char *text, struct monitor_share *share)
{
    if (!read_window(&text, &share->personal))
        return false;
    if (*text == ':') {
        text++;
        if (!read_window(&text, &share->accelerated))
            return false;
    }
    return *text == '\0';
}

/* "DAEMON:" and its windows, or "all:" and those of every daemon. */
static bool read_share(const struct batch *b, const char *word, struct monitor_flow *flow)
{
    struct monitor_share share = {MONITOR_KEEP, MONITOR_KEEP};
    const char *colon = strchr(word, ':');
    if (!colon || !read_windows(colon + 1, &share)) {
        wrong("%s is not DAEMON:PERSONAL or DAEMON:PERSONAL:ACCELERATED", word);
        return false;
    }
    size_t len = (size_t)(colon - word);
    bool known = false, everybody = len == 3 && memcmp(word, "all", len) == 0;
    for (int i = 0; i < b->conf->daemon_count; i++) {
        const char *name = b->conf->daemons[i].name;
        if (!everybody && (strlen(name) != len || memcmp(name, word, len) != 0))
            continue;
        flow->shares[i] = share;
        known = true;
    }
    if (!known)
        wrong("no daemon of the configuration is called %.*s", (int)len, word);
    return known;
}

static bool is_as_set(int set, int reported)
{
    return set == MONITOR_KEEP || set == reported;
}

static bool has_windows(const void *expected, const struct conf *conf,
                        const struct station_report *r)
{
    const struct monitor_flow *flow = expected;
    const struct monitor_share *share = &flow->shares[r->daemon];
    (void)conf;
    return is_as_set(flow->window, r->status.window) &&
           is_as_set(share->personal, r->status.personal_window) &&
           is_as_set(share->accelerated, r->status.accelerated_window);
}

static int run_flow(struct batch *b)
{
    struct monitor_flow flow = {.window = MONITOR_KEEP};
    const char *text = b->options->window;
    if (b->count == 0 && !text)
        return wrong("flow takes --window N, DAEMON:PERSONAL[:ACCELERATED], or both");
    for (int i = 0; i < b->conf->daemon_count; i++)
        flow.shares[i] = (struct monitor_share){MONITOR_KEEP, MONITOR_KEEP};
    if (text && (!read_window(&text, &flow.window) || *text != '\0'))
        return wrong("--window takes a number from -1 to %d", INT16_MAX);
    for (int i = 0; i < b->count; i++)
        if (!read_share(b, b->words[i], &flow))
            return BATCH_WRONG;
    struct procset all = all_daemons(b->conf);
    station_send_flow(b->station, &flow);
    struct procset left = await_reports(&b->await, &all, has_windows, &flow);
    return conclude(b, &left, "has other windows" IS_IT_ALLOWED);
}

/* -- terminate and reload ------------------------------------------------------------------- */

static bool is_meant(const struct batch *b, const struct procset *victims)
{
    char answer[16] = "";
    printf("Terminate");
    for
        procset_each(i, victims) printf(" %s", b->conf->daemons[i].name);
    printf("? [y/N] ");
    fflush(stdout);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int run_terminate(struct batch *b)
{
    static const int16_t together[PROCS_MAX];
    struct procset victims;
    if (!take_daemons(b, &victims))
        return BATCH_WRONG;
    if (procset_empty(&victims))
        return wrong("terminate takes the names of daemons");
    if (!(b->options->given & OPTION_YES) && !is_meant(b, &victims))
        return wrong("nothing was done");
    await_init(&b->await, b->station, b->limit);
    /* Only of those that speak now can it be said that they have gone silent. */
    struct procset dead = await_reports(&b->await, &victims, any_report, NULL);
    struct procset alive = procset_minus(&victims, &dead);
    station_terminate(b->station, &victims, together);
    await_init(&b->await, b->station, b->limit);
    struct procset left = await_silence(&b->await, &alive);
    b->await.answered = left;
    left = procset_union(&left, &dead);
    return conclude(b, &left, "still runs" IS_IT_ALLOWED);
}

static int run_reload(struct batch *b)
{
    uint32_t hash = b->conf->hash;
    const char *text = b->options->hash;
    if (text) {
        char *end;
        unsigned long long value = strtoull(text, &end, 10);
        if (*end || end == text || value > UINT32_MAX)
            return wrong("--hash takes the number that the daemons log at their start");
        hash = (uint32_t)value;
    }
    if (b->count != 0)
        return wrong("reload takes nothing but --hash N");
    struct procset all = all_daemons(b->conf);
    b->await.patient = true;
    station_send_reload(b->station, hash);
    struct procset left = await_reports(&b->await, &all, any_report, NULL);
    return conclude(b, &left, "");
}

/* Those that are named, or all. */
static bool take_some(struct batch *b, struct procset *who)
{
    if (!take_daemons(b, who))
        return false;
    if (procset_empty(who))
        *who = all_daemons(b->conf);
    return true;
}

static bool wants_json(const struct batch *b)
{
    return b->options->given & OPTION_JSON;
}

static int run_sessions(struct batch *b)
{
    struct procset who;
    return take_some(b, &who) ? look_sessions(b->station, b->limit, &who, wants_json(b)) : BATCH_WRONG;
}

static int run_groups(struct batch *b)
{
    struct procset who;
    return take_some(b, &who) ? look_groups(b->station, b->limit, &who, wants_json(b)) : BATCH_WRONG;
}

static int run_members(struct batch *b)
{
    struct procset all = all_daemons(b->conf);
    if (b->count != 1)
        return wrong("members takes the name of one group");
    return look_members(b->station, b->limit, &all, b->words[0], wants_json(b));
}

static int run_views(struct batch *b)
{
    struct procset who;
    return take_some(b, &who) ? look_views(b->station, b->limit, &who, wants_json(b)) : BATCH_WRONG;
}

static int run_top(struct batch *b)
{
    enum top_order order = b->options->sort ? top_order_of(b->options->sort) : TOP_LAG;
    if (b->count > 0)
        return wrong("top takes no argument");
    if (order == TOP_ORDERS)
        return wrong("--sort takes lag, rate or memory");
    return wants_json(b) ? top_json(b->station, b->limit) : top_run(b->station, order);
}

static int run_why(struct batch *b)
{
    if (b->count > 1)
        return wrong("why takes one client, daemon or view, or last");
    return why_ask(b->station, b->limit, b->count > 0 ? b->words[0] : NULL, b->options->given & OPTION_JSON);
}

/* -- all ----------------------------------------------------------------------------------- */

static const struct command {
    const char *name;
    unsigned takes; /* of the options that belong to commands */
    int (*run)(struct batch *b);
    bool asks; /* and changes nothing: a daemon may answer without a key, too */
} commands[] = {
    {"status", OPTION_JSON, run_status, true},
    {"partition", 0, run_partition, false},
    {"heal", 0, run_heal, false},
    {"flow", OPTION_WINDOW, run_flow, false},
    {"terminate", OPTION_YES, run_terminate, false},
    {"reload", OPTION_HASH, run_reload, false},
    {"sessions", OPTION_JSON, run_sessions, true},
    {"groups", OPTION_JSON, run_groups, true},
    {"members", OPTION_JSON, run_members, true},
    {"views", OPTION_JSON, run_views, true},
    {"top", OPTION_JSON | OPTION_SORT, run_top, true},
    {"why", OPTION_JSON | OPTION_FILE, run_why, true},
};

static const struct command *find(const char *word)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(word, commands[i].name) == 0)
            return &commands[i];
    return NULL;
}

bool batch_knows(const struct options *o)
{
    const char *command = o->count > 0 ? o->words[0] : NULL;
    const struct command *known = command ? find(command) : NULL;
    if (command && !known)
        return options_wrong("there is no command %s", command);
    const char *strange = options_besides(o, known ? known->takes : 0);
    if (strange && command)
        return options_wrong("--%s does not go with %s", strange, command);
    return !strange || options_wrong("--%s goes with a command", strange);
}

int batch_run(struct station *s, const struct options *o)
{
    const struct command *command = find(o->words[0]);
    struct batch b = {.station = s,
                      .conf = s->conf,
                      .limit = o->seconds * (usec)USEC_SECOND,
                      .options = o,
                      .words = o->words + 1,
                      .count = o->count - 1};
    await_init(&b.await, s, b.limit);
    if (s->no_keys[0] && !command->asks)
        return wrong("%s", s->no_keys);
    if (s->no_keys[0])
        fprintf(stderr, "spmonitor: %s; asking without\n", s->no_keys);
    return command->run(&b);
}
