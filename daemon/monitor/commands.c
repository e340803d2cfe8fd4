/* SPDX-License-Identifier: MIT */
#include "daemon/monitor/commands.h"

bool monitor_partition_decode(int16_t component[PROCS_MAX], struct reader body, int procs)
{
    for (int i = 0; i < procs; i++)
        component[i] = (int16_t)read_u16(&body);
    return !body.failed;
}

size_t monitor_partition_encode(uint8_t body[MONITOR_BODY_MAX], const int16_t *component, int procs)
{
    memset(body, 0, 2 * MONITOR_ENTRIES);
    for (int i = 0; i < procs; i++)
        put_half(body + 2 * i, (uint16_t)component[i]);
    return 2 * MONITOR_ENTRIES;
}

bool monitor_flow_decode(struct monitor_flow *flow, struct reader body, int procs)
{
    for (int i = 0; i < procs; i++) {
        flow->shares[i].personal = (int16_t)read_u16(&body);
        flow->shares[i].accelerated = (int16_t)read_u16(&body);
    }
    bool no_room = procs == MONITOR_ENTRIES && body.left == 0;
    flow->window = no_room ? (int16_t)MONITOR_KEEP : (int16_t)read_u16(&body);
    if (!no_room)
        read_u16(&body);
    return !body.failed;
}

size_t monitor_flow_encode(uint8_t body[MONITOR_BODY_MAX], const struct monitor_flow *flow,
                           int procs)
{
    memset(body, 0, MONITOR_FLOW_BODY);
    for (int i = 0; i < procs; i++) {
        put_half(body + 4 * i, (uint16_t)flow->shares[i].personal);
        put_half(body + 4 * i + 2, (uint16_t)flow->shares[i].accelerated);
    }
    put_half(body + 4 * procs, (uint16_t)flow->window);
    return procs < MONITOR_ENTRIES ? 4 * MONITOR_ENTRIES : MONITOR_FLOW_BODY;
}
