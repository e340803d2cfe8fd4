/* SPDX-License-Identifier: MIT */
#include "daemon/session/policy.h"

#include <stdio.h>

#include "daemon/packet/pressure.h"
#include "libspread/wire/frame.h"

static bool of_client(const struct session *s, const struct conf *conf, enum slow_policy *policy)
{
    const struct identity *who = s->identity;
    char uid[12];
    struct slow_client client = {.is = {[SLOW_OF_NAME] = s->name,
                                        [SLOW_OF_PWORD] = who->user,
                                        [SLOW_OF_CERT] = who->cert}};
    if (conf->slow_readers.count == 0)
        return false;
    if (who->known & KNOWN_UID) {
        snprintf(uid, sizeof uid, "%u", who->uid);
        client.is[SLOW_OF_UID] = uid;
    }
    return slow_policy_of_client(&conf->slow_readers, &client, policy);
}

enum slow_policy policy_for(const struct session *s, const struct conf *conf,
                            enum slow_policy of_groups)
{
    enum slow_policy policy = of_groups;
    of_client(s, conf, &policy);
    return s->wish > policy ? s->wish : policy;
}

enum slow_policy policy_of_groups(const struct conf *conf, const uint8_t *frame)
{
    uint32_t type = word_at(frame + FRAME_TYPE_AT);
    if (type & FRAME_SERVICES)
        return slow_policy_of_groups(&conf->slow_readers, frame + FRAME_HEADER,
                                     word_at(frame + FRAME_GROUPS_AT));
    return type & FRAME_REJECT ? SLOW_HOLD
                               : slow_policy_of_groups(&conf->slow_readers, frame + FRAME_SENDER_AT, 1);
}

uint8_t policy_waits(const struct session *s, const struct conf *conf)
{
    unsigned waits = 0;
    for (int of_groups = 0; of_groups < SLOW_POLICIES; of_groups++) {
        enum slow_policy policy = policy_for(s, conf, (enum slow_policy)of_groups);
        if (policy != SLOW_CUT)
            waits |= pressure_kind((enum slow_policy)of_groups, false);
        if (policy == SLOW_HOLD)
            waits |= pressure_kind((enum slow_policy)of_groups, true);
    }
    return (uint8_t)waits;
}
