/* SPDX-License-Identifier: MIT */
#include "tests/sim/agree_check.h"

#include "daemon/events/sentence.h"

static void on_event(void *context, const struct process *p, const struct event_record *e)
{
    struct world *w = context;
    char text[SENTENCE_TEXT];
    if (e->kind == EVENT_DISAGREES)
        verdict_break(&w->verdict, "E1", "d%d: %s", p->index + 1,
                      event_sentence(e, daemon_conf(p->daemon), text));
}

void agree_check_begin(struct world *w)
{
    world_observe(w, &(struct observer){.on_event = on_event, .context = w});
}
