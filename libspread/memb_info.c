/* SPDX-License-Identifier: MIT
 *
 * The layout that is read here stands in wire/notice.h. A body is a row of pieces; the flat forms
 * have one piece and nobody who knows its length.
 */
#include "include/sp.h"

#include "libspread/wire/notice.h"

struct body {
    const scat_element *pieces;
    size_t count;
};

static struct body flat(scat_element *piece, const char *mess)
{
    /* Only read; scatters have no const. */
    *piece = (scat_element){.buf = (char *)(uintptr_t)mess, .len = SIZE_MAX};
    return (struct body){.pieces = piece, .count = 1};
}

static struct body scattered(const scatter *mess)
{
    bool legal = mess->num_elements <= MAX_CLIENT_SCATTER_ELEMENTS;
    return (struct body){.pieces = mess->elements, .count = legal ? mess->num_elements : 0};
}

/* Copies the len bytes at offset at; false if the body ends before them. */
static bool body_read(const struct body *b, size_t at, void *to, size_t len)
{
    char *out = to;
    for (size_t i = 0; i < b->count && len > 0; i++) {
        const scat_element *p = &b->pieces[i];
        if (at >= p->len) {
            at -= p->len;
            continue;
        }
        size_t here = p->len - at < len ? p->len - at : len;
        memcpy(out, p->buf + at, here);
        out += here;
        len -= here;
        at = 0;
    }
    return len == 0;
}

static bool body_word(const struct body *b, size_t at, uint32_t *word)
{
    return body_read(b, at, word, sizeof *word);
}

/* Copies count names from offset at; every one ends within its field, whoever wrote it. */
static bool body_names(const struct body *b, size_t at, char (*names)[MAX_GROUP_NAME], size_t count)
{
    if (!body_read(b, at, names, count * MAX_GROUP_NAME))
        return false;
    for (size_t i = 0; i < count; i++)
        names[i][MAX_GROUP_NAME - 1] = '\0';
    return true;
}

/* JOIN, LEAVE and DISCONNECT name who it was, alone in the first set. */
static bool read_changed_member(const struct body *b, service type, membership_info *info)
{
    uint32_t members;
    memset(info->changed_member, 0, sizeof info->changed_member);
    if (!(type & (CAUSED_BY_JOIN | CAUSED_BY_LEAVE | CAUSED_BY_DISCONNECT)) ||
        info->num_vs_sets == 0)
        return true;
    if (!body_word(b, NOTICE_FIRST_SET, &members))
        return false;
    return members == 0 || body_names(b, NOTICE_FIRST_SET + 4, &info->changed_member, 1);
}

static bool read_regular(const struct body *b, service type, membership_info *info)
{
    uint32_t own;
    if (!body_word(b, NOTICE_SETS_AT, &info->num_vs_sets) || !body_word(b, NOTICE_OWN_AT, &own))
        return false;
    size_t set = (size_t)NOTICE_FIRST_SET + own;
    if (!body_word(b, set, &info->my_vs_set.num_members))
        return false;
    info->my_vs_set.members_offset = (unsigned int)set + 4;
    return read_changed_member(b, type, info);
}

static int get_memb_info(const struct body *b, service type, membership_info *result)
{
    membership_info info = *result;
    bool complete = true;
    if (!Is_membership_mess(type))
        return ILLEGAL_MESSAGE;
    info.gid = (group_id){{0}};
    info.num_vs_sets = 0;
    info.my_vs_set = (vs_set_info){0};
    if (Is_reg_memb_mess(type) || Is_transition_mess(type))
        complete = body_read(b, NOTICE_ID_AT, &info.gid, sizeof info.gid);
    if (complete && Is_reg_memb_mess(type))
        complete = read_regular(b, type, &info);
    if (!complete)
        return ILLEGAL_MESSAGE;
    *result = info;
    return 1;
}

static int get_vs_sets_info(const struct body *b, vs_set_info *sets, int max, unsigned int *own_at)
{
    uint32_t count, own;
    size_t at = NOTICE_FIRST_SET;
    if (!body_word(b, NOTICE_SETS_AT, &count) || !body_word(b, NOTICE_OWN_AT, &own))
        return ILLEGAL_MESSAGE;
    if (max < 0 || count > (unsigned int)max)
        return BUFFER_TOO_SHORT;
    for (uint32_t i = 0; i < count; i++) {
        if (!body_word(b, at, &sets[i].num_members))
            return ILLEGAL_MESSAGE;
        if (at == (size_t)NOTICE_FIRST_SET + own)
            *own_at = i;
        at += 4;
        sets[i].members_offset = (unsigned int)at;
        at += (size_t)sets[i].num_members * NAME_FIELD;
    }
    return (int)count;
}

static int get_vs_set_members(const struct body *b, const vs_set_info *set,
                              char names[][MAX_GROUP_NAME], int max)
{
    if (max < 0 || set->num_members > (unsigned int)max)
        return BUFFER_TOO_SHORT;
    if (!body_names(b, set->members_offset, names, set->num_members))
        return ILLEGAL_MESSAGE;
    return (int)set->num_members;
}

int SP_get_memb_info(const char *memb_mess, const service service_type, membership_info *memb_info)
{
    scat_element piece;
    struct body b = flat(&piece, memb_mess);
    return get_memb_info(&b, service_type, memb_info);
}

int SP_get_vs_sets_info(const char *memb_mess, vs_set_info *vs_sets, int num_vs_sets,
                        unsigned int *my_vs_set_index)
{
    scat_element piece;
    struct body b = flat(&piece, memb_mess);
    return get_vs_sets_info(&b, vs_sets, num_vs_sets, my_vs_set_index);
}

int SP_get_vs_set_members(const char *memb_mess, const vs_set_info *vs_set,
                          char member_names[][MAX_GROUP_NAME], int member_names_count)
{
    scat_element piece;
    struct body b = flat(&piece, memb_mess);
    return get_vs_set_members(&b, vs_set, member_names, member_names_count);
}

int SP_scat_get_memb_info(const scatter *memb_mess, const service service_type,
                          membership_info *memb_info)
{
    struct body b = scattered(memb_mess);
    return get_memb_info(&b, service_type, memb_info);
}

int SP_scat_get_vs_sets_info(const scatter *memb_mess, vs_set_info *vs_sets, int num_vs_sets,
                             unsigned int *my_vs_set_index)
{
    struct body b = scattered(memb_mess);
    return get_vs_sets_info(&b, vs_sets, num_vs_sets, my_vs_set_index);
}

int SP_scat_get_vs_set_members(const scatter *memb_mess, const vs_set_info *vs_set,
                               char member_names[][MAX_GROUP_NAME], int member_names_count)
{
    struct body b = scattered(memb_mess);
    return get_vs_set_members(&b, vs_set, member_names, member_names_count);
}

int SP_equal_group_ids(group_id g1, group_id g2)
{
    return memcmp(&g1, &g2, sizeof g1) == 0;
}
