/* SPDX-License-Identifier: MIT */
#include "tests/system/record.h"

#include <time.h>

enum { SETS_MAX = 128 };

static void begin(FILE *f, char letter)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    fprintf(f, "%lld %c ", (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000, letter);
}

static void put_names(FILE *f, int count, const char names[][MAX_GROUP_NAME])
{
    if (count == 0)
        fputc('-', f);
    for (int i = 0; i < count; i++)
        fprintf(f, "%s%s", i ? "," : "", names[i]);
}

static void put_id(FILE *f, const group_id *id)
{
    fprintf(f, " %d.%d.%d", id->id[0], id->id[1], id->id[2]);
}

void record_word(FILE *f, char letter, const char *word)
{
    begin(f, letter);
    fprintf(f, "%s\n", word);
}

void record_sent(FILE *f, const struct parcel *p)
{
    begin(f, 'S');
    fprintf(f, "%u %d ", p->number, p->service);
    put_names(f, p->group_count, p->groups);
    fputc('\n', f);
}

void record_received(FILE *f, const struct taken *t, uint32_t number)
{
    begin(f, 'M');
    fprintf(f, "%s %u %d ", t->sender, number, t->type);
    put_names(f, t->group_count, t->groups);
    fputc('\n', f);
}

static const char *cause_of(service type)
{
    return Is_caused_join_mess(type)         ? "join"
           : Is_caused_leave_mess(type)      ? "leave"
           : Is_caused_disconnect_mess(type) ? "disconnect"
                                             : "network";
}

static void put_sets(FILE *f, const char *body)
{
    static char members[RECORD_MEMBERS_MAX][MAX_GROUP_NAME];
    vs_set_info sets[SETS_MAX];
    unsigned own = 0;
    int count = SP_get_vs_sets_info(body, sets, SETS_MAX, &own);
    for (int i = 0; i < count; i++) {
        int n = SP_get_vs_set_members(body, &sets[i], members, RECORD_MEMBERS_MAX);
        fputs(i ? "|" : " ", f);
        put_names(f, n, members);
    }
    fprintf(f, " %u\n", own);
}

void record_notice(FILE *f, const struct taken *t)
{
    membership_info info;
    if (Is_self_leave(t->type)) {
        record_word(f, 'E', t->sender);
        return;
    }
    SP_get_memb_info(t->body, t->type, &info);
    begin(f, Is_transition_mess(t->type) ? 'T' : 'V');
    fputs(t->sender, f);
    if (Is_reg_memb_mess(t->type))
        fprintf(f, " %s", cause_of(t->type));
    put_id(f, &info.gid);
    if (Is_transition_mess(t->type)) {
        fputc('\n', f);
        return;
    }
    fprintf(f, " %d %s ", t->kind, info.changed_member[0] ? info.changed_member : "-");
    put_names(f, t->group_count, t->groups);
    put_sets(f, t->body);
}
