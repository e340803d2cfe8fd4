/* SPDX-License-Identifier: MIT */
#include "tools/user/show.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A body as text: up to its first zero byte, and without what would command a terminal. */
static void show_body(const struct inbox *in)
{
    size_t len = strnlen(in->body, (size_t)in->len);
    bool terminal = isatty(STDOUT_FILENO);
    printf("(%d bytes): ", in->len);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)in->body[i];
        bool commands = (c < ' ' && c != '\n' && c != '\t') || c == 0x7f;
        putchar(terminal && commands ? '?' : c);
    }
    putchar('\n');
}

static const char *service_name(service type)
{
    if (Is_unreliable_mess(type))
        return "UNRELIABLE";
    if (Is_reliable_mess(type))
        return "RELIABLE";
    if (Is_fifo_mess(type))
        return "FIFO";
    if (Is_causal_mess(type))
        return "CAUSAL";
    if (Is_agreed_mess(type))
        return "AGREED";
    return "SAFE";
}

static void show_data(const struct inbox *in)
{
    printf("received %s message from %s, of type %d, (endian %d) to %d groups \n",
           service_name(in->type), in->sender, in->mess_type, in->endian_mismatch, in->num_groups);
    show_body(in);
}

static void show_reject(const struct inbox *in)
{
    printf("REJECTED message from %s, of servicetype 0x%x messtype %d, (endian %d) to %d groups \n",
           in->sender, (unsigned)in->type, in->mess_type, in->endian_mismatch, in->num_groups);
    show_body(in);
}

/* The body as the membership helpers read it that know where it ends. */
static scatter body_of(const struct inbox *in)
{
    return (scatter){.num_elements = 1, .elements = {{.buf = in->body, .len = (size_t)in->len}}};
}

static void show_set(const scatter *body, const vs_set_info *set, unsigned int at, bool own)
{
    int max = (int)(body->elements[0].len / MAX_GROUP_NAME);
    char(*names)[MAX_GROUP_NAME] = calloc((size_t)max + 1, sizeof *names);
    int count = names ? SP_scat_get_vs_set_members(body, set, names, max) : 0;
    printf("%s VS set %u has %u members:\n", own ? "LOCAL" : "OTHER", at, set->num_members);
    for (int i = 0; i < count; i++)
        printf("\t%s\n", names[i]);
    free(names);
}

static void show_sets(const scatter *body, unsigned int count)
{
    unsigned int own = count; /* none, unless the body says so */
    int max = (int)(body->elements[0].len / sizeof(int32));
    vs_set_info *sets = calloc((size_t)max + 1, sizeof *sets);
    int found = sets ? SP_scat_get_vs_sets_info(body, sets, max, &own) : 0;
    printf("Due to NETWORK change with %u VS sets\n", count);
    for (int i = 0; i < found; i++)
        show_set(body, &sets[i], (unsigned int)i, (unsigned int)i == own);
    free(sets);
}

static void show_cause(const struct inbox *in)
{
    scatter body = body_of(in);
    membership_info info;
    if (SP_scat_get_memb_info(&body, in->type, &info) < 0)
        return;
    if (Is_caused_join_mess(in->type))
        printf("Due to the JOIN of %s\n", info.changed_member);
    else if (Is_caused_leave_mess(in->type))
        printf("Due to the LEAVE of %s\n", info.changed_member);
    else if (Is_caused_disconnect_mess(in->type))
        printf("Due to the DISCONNECT of %s\n", info.changed_member);
    else if (Is_caused_network_mess(in->type))
        show_sets(&body, info.num_vs_sets);
}

void show_view(const struct inbox *in)
{
    scatter body = body_of(in);
    membership_info info = {0};
    SP_scat_get_memb_info(&body, in->type, &info);
    printf("Received REGULAR membership for group %s with %d members, where I am member %d:\n",
           in->sender, in->num_groups, in->mess_type);
    for (int i = 0; i < in->num_groups; i++)
        printf("\t%s\n", in->groups[i]);
    printf("grp id is %d %d %d\n", info.gid.id[0], info.gid.id[1], info.gid.id[2]);
}

static void show_membership(const struct inbox *in)
{
    if (Is_reg_memb_mess(in->type)) {
        show_view(in);
        show_cause(in);
    } else if (Is_transition_mess(in->type)) {
        printf("received TRANSITIONAL membership for group %s\n", in->sender);
    } else if (Is_caused_leave_mess(in->type)) {
        printf("received membership message that left group %s\n", in->sender);
    } else {
        printf("received incorrecty membership message of type 0x%x\n", (unsigned)in->type);
    }
}

void show_message(const struct inbox *in)
{
    if (Is_regular_mess(in->type))
        show_data(in);
    else if (Is_membership_mess(in->type))
        show_membership(in);
    else if (Is_reject_mess(in->type))
        show_reject(in);
    else
        printf("received message of unknown message type 0x%x with ret %d\n", (unsigned)in->type,
               in->len);
}
