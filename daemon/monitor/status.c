/* SPDX-License-Identifier: MIT */
#include "daemon/monitor/status.h"

#define FIELD(field) #field, offsetof(struct monitor_status, field)

const struct monitor_status_field monitor_status_fields[MONITOR_STATUS_FIELDS] = {
    {FIELD(sec), 4},
    {FIELD(state), 4},
    {FIELD(gstate), 4},
    {FIELD(packet_sent), 4},
    {FIELD(packet_recv), 4},
    {FIELD(packet_delivered), 4},
    {FIELD(retrans), 4},
    {FIELD(u_retrans), 4},
    {FIELD(s_retrans), 4},
    {FIELD(b_retrans), 4},
    {FIELD(aru), 4},
    {FIELD(my_aru), 4},
    {FIELD(highest_seq), 4},
    {FIELD(token_hurry), 4},
    {FIELD(token_rounds), 4},
    {FIELD(my_id), 4},
    {FIELD(leader_id), 4},
    {FIELD(message_delivered), 4},
    {FIELD(membership_changes), 2},
    {FIELD(num_procs), 2},
    {FIELD(num_segments), 2},
    {FIELD(window), 2},
    {FIELD(personal_window), 2},
    {FIELD(accelerated_ring), 2},
    {FIELD(accelerated_window), 2},
    {FIELD(num_sessions), 2},
    {FIELD(num_groups), 2},
    {FIELD(major_version), 2},
    {FIELD(minor_version), 2},
    {FIELD(patch_version), 2},
};

int32_t monitor_status_value(const struct monitor_status *s, const struct monitor_status_field *f)
{
    int32_t value;
    memcpy(&value, (const uint8_t *)s + f->at, sizeof value);
    return value;
}

bool monitor_status_decode(struct monitor_status *s, struct reader body)
{
    for (int i = 0; i < MONITOR_STATUS_FIELDS; i++) {
        const struct monitor_status_field *f = &monitor_status_fields[i];
        int32_t value = f->width == 4 ? (int32_t)read_u32(&body) : (int16_t)read_u16(&body);
        memcpy((uint8_t *)s + f->at, &value, sizeof value);
    }
    return !body.failed;
}

void monitor_status_encode(uint8_t body[MONITOR_STATUS_BODY], const struct monitor_status *s)
{
    for (int i = 0; i < MONITOR_STATUS_FIELDS; i++) {
        const struct monitor_status_field *f = &monitor_status_fields[i];
        uint32_t value = (uint32_t)monitor_status_value(s, f);
        if (f->width == 4)
            put_word(body, value);
        else
            put_half(body, (uint16_t)value);
        body += f->width;
    }
}
