/* SPDX-License-Identifier: MIT */
#include "daemon/sight/samples.h"

static void measure(struct histogram *before, const struct histogram *now, usec *half, usec *most)
{
    *half = histogram_quantile(now, before, 0.5);
    *most = histogram_quantile(now, before, 0.99);
    *before = *now;
}

void samples_add(struct samples *s, struct sample one, const struct histogram *agreed,
                 const struct histogram *safe, const struct histogram *rotation)
{
    measure(&s->agreed, agreed, &one.agreed_half, &one.agreed_most);
    measure(&s->safe, safe, &one.safe_half, &one.safe_most);
    measure(&s->rotation, rotation, &one.rotation_half, &one.rotation_most);
    s->list[s->next] = one;
    s->next = (s->next + 1) % SAMPLES;
    s->count += s->count < SAMPLES;
}
