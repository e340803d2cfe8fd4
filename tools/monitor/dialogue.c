/* SPDX-License-Identifier: MIT */
#include "tools/monitor/dialogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void dialogue_start(struct dialogue *d, enum dialogue_kind kind, struct procset chosen)
{
    *d = (struct dialogue){.kind = kind, .chosen = chosen};
}

/* -- which daemons ------------------------------------------------------------------------- */

static bool every(struct procset *s, const struct conf *conf)
{
    for (int i = 0; i < conf->daemon_count; i++)
        procset_add(s, (unsigned)i);
    return true;
}

/* What one word does to a choice. False: nothing. */
static bool choose(struct procset *s, const struct conf *conf, const char *word)
{
    int daemon = conf_find_name(conf, word);
    if (daemon >= 0) {
        procset_add(s, (unsigned)daemon);
        return true;
    }
    if (strcmp(word, "all") == 0)
        return every(s, conf);
    if (strcmp(word, "none") == 0) {
        *s = (struct procset){{0}};
        return true;
    }
    daemon = word[0] == '-' ? conf_find_name(conf, word + 1) : -1;
    if (daemon < 0)
        return false;
    procset_remove(s, (unsigned)daemon);
    return true;
}

static bool answer_choice(struct dialogue *d, const struct conf *conf, const char *word, bool empty)
{
    if (empty)
        return true;
    if (!word)
        printf("A line of blanks says nothing: an empty one ends the choice.\n");
    else if (!choose(&d->chosen, conf, word))
        printf("No daemon is called %s.\n", word);
    return false;
}

static void ask_choice(const struct dialogue *d, const struct conf *conf)
{
    printf("%s:", d->kind == DIALOGUE_WATCH ? "Show the status of" : "Terminate");
    for procset_each(i, &d->chosen)
        printf(" %s", conf->daemons[i].name);
    printf("%s\nOne more (NAME, -NAME, all, none; an empty line ends): ",
           procset_empty(&d->chosen) ? " nobody" : "");
}

/* -- numbers ------------------------------------------------------------------------------- */

static bool answer_number(const char *word, int low, int16_t *number)
{
    char *end;
    long value = word ? strtol(word, &end, 10) : 0;
    if (word && *end == '\0' && value >= low && value <= INT16_MAX) {
        *number = (int16_t)value;
        return true;
    }
    printf("A number from %d to %d is wanted.\n", low, INT16_MAX);
    return false;
}

static bool answer_component(struct dialogue *d, const struct conf *conf, const char *word)
{
    if (answer_number(word, 0, &d->partition[d->question]))
        d->question++;
    return d->question == conf->daemon_count;
}

/* The first question is for the window; then come, for each daemon, one for the personal window
 * and, as in 5.0.1 only where the file says AcceleratedRing = true, one for the accelerated one. */
static int questions_each(const struct conf *conf)
{
    return conf->accelerated ? 2 : 1;
}

static int flow_daemon(const struct dialogue *d, const struct conf *conf)
{
    return (d->question - 1) / questions_each(conf);
}

static bool flow_is_accelerated(const struct dialogue *d, const struct conf *conf)
{
    return (d->question - 1) % questions_each(conf) == 1;
}

static int16_t *flow_number(struct dialogue *d, const struct conf *conf)
{
    if (d->question == 0)
        return &d->flow.window;
    struct monitor_share *share = &d->flow.shares[flow_daemon(d, conf)];
    return flow_is_accelerated(d, conf) ? &share->accelerated : &share->personal;
}

static bool answer_window(struct dialogue *d, const struct conf *conf, const char *word)
{
    if (d->question == 0)
        for (int i = 0; i < conf->daemon_count; i++)
            d->flow.shares[i].accelerated = MONITOR_KEEP; /* where it is not asked for */
    int16_t *number = flow_number(d, conf);
    if (!word)
        *number = MONITOR_KEEP;
    if (!word || answer_number(word, MONITOR_KEEP, number))
        d->question++;
    return d->question == 1 + questions_each(conf) * conf->daemon_count;
}

static void ask_window(const struct dialogue *d, const struct conf *conf)
{
    if (d->question == 0)
        printf("Window (an empty line keeps it): ");
    else
        printf("%s window of %s (an empty line keeps it): ",
               flow_is_accelerated(d, conf) ? "Accelerated" : "Personal",
               conf->daemons[flow_daemon(d, conf)].name);
}

/* -- all ----------------------------------------------------------------------------------- */

void dialogue_ask(const struct dialogue *d, const struct conf *conf)
{
    switch (d->kind) {
    case DIALOGUE_NONE:
        break;
    case DIALOGUE_WATCH:
    case DIALOGUE_TERMINATE:
        ask_choice(d, conf);
        break;
    case DIALOGUE_PARTITION:
        printf("Component of %s: ", conf->daemons[d->question].name);
        break;
    case DIALOGUE_FLOW:
        ask_window(d, conf);
        break;
    }
}

bool dialogue_answer(struct dialogue *d, const struct conf *conf, const char *line)
{
    char words[256];
    snprintf(words, sizeof words, "%s", line);
    const char *word = strtok(words, " \t\r"); /* what stands behind the first is not looked at */
    switch (d->kind) {
    case DIALOGUE_WATCH:
    case DIALOGUE_TERMINATE:
        return answer_choice(d, conf, word, line[0] == '\0');
    case DIALOGUE_PARTITION:
        return answer_component(d, conf, word);
    case DIALOGUE_FLOW:
        return answer_window(d, conf, word);
    case DIALOGUE_NONE:
        break;
    }
    return true;
}
