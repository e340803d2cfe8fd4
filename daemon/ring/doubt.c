/* SPDX-License-Identifier: MIT */
#include "daemon/ring/doubt.h"

void doubt_packet(struct effects *e, enum why why, const struct packet_header *h)
{
    struct event_record record = event_about(EVENT_DOUBT, h->sender, h->type);
    record.why = why;
    effects_tell(e, &record);
}
