/* SPDX-License-Identifier: MIT */
#include "daemon/config/slow.h"

#include <string.h>

#include "daemon/base/pattern.h"
#include "libspread/wire/names.h"

static const char *const policies[SLOW_POLICIES] = {
    [SLOW_HOLD] = "hold", [SLOW_DROP] = "drop", [SLOW_CUT] = "cut"};

static const char *const subjects[SLOW_SUBJECTS] = {
    [SLOW_OF_GROUP] = "group", [SLOW_OF_NAME] = "name", [SLOW_OF_PWORD] = "PWORD",
    [SLOW_OF_UID] = "UID",     [SLOW_OF_CERT] = "CERT"};

/* Its place in list, or -1. */
static int place(const char *const *list, int count, const char *text, size_t len)
{
    for (int i = 0; i < count; i++)
        if (strlen(list[i]) == len && memcmp(list[i], text, len) == 0)
            return i;
    return -1;
}

const char *slow_policy_name(enum slow_policy policy)
{
    return policies[policy];
}

bool slow_policy_named(const char *text, size_t len, enum slow_policy *policy)
{
    int i = place(policies, SLOW_POLICIES, text, len);
    if (i >= 0)
        *policy = (enum slow_policy)i;
    return i >= 0;
}

const char *slow_subject_name(enum slow_subject subject)
{
    return subjects[subject];
}

bool slow_subject_named(const char *text, size_t len, enum slow_subject *subject)
{
    int i = place(subjects, SLOW_SUBJECTS, text, len);
    if (i >= 0)
        *subject = (enum slow_subject)i;
    return i >= 0;
}

bool slow_lines_equal(const struct slow_lines *a, const struct slow_lines *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->list[i].subject != b->list[i].subject || a->list[i].policy != b->list[i].policy ||
            strcmp(a->list[i].pattern, b->list[i].pattern) != 0)
            return false;
    return true;
}

uint32_t slow_line_in_the_way(const struct slow_lines *l, const struct slow_line *line)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (l->list[i].subject == line->subject &&
            (strcmp(l->list[i].pattern, line->pattern) == 0 || strcmp(l->list[i].pattern, "*") == 0))
            return i + 1;
    return 0;
}

/* -- asking ---------------------------------------------------------------------------------- */

bool slow_policy_of_client(const struct slow_lines *l, const struct slow_client *client,
                           enum slow_policy *policy)
{
    for (uint32_t i = 0; i < l->count; i++) {
        const struct slow_line *line = &l->list[i];
        const char *name = client->is[line->subject];
        if (line->subject != SLOW_OF_GROUP && name && pattern_fits(line->pattern, name)) {
            *policy = line->policy;
            return true;
        }
    }
    return false;
}

static enum slow_policy of_group(const struct slow_lines *l, const struct name *group)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (l->list[i].subject == SLOW_OF_GROUP && pattern_fits(l->list[i].pattern, group->text))
            return l->list[i].policy;
    return SLOW_HOLD;
}

enum slow_policy slow_policy_of_groups(const struct slow_lines *l, const uint8_t *fields,
                                       uint32_t count)
{
    enum slow_policy mildest = SLOW_CUT;
    if (l->count == 0 || count == 0)
        return SLOW_HOLD;
    for (uint32_t i = 0; i < count && mildest > SLOW_HOLD; i++) {
        struct name group = name_from_field(fields + (size_t)i * NAME_FIELD);
        enum slow_policy policy = of_group(l, &group);
        mildest = policy < mildest ? policy : mildest;
    }
    return mildest;
}
