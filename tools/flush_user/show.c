/* SPDX-License-Identifier: MIT
 *
 * Received messages as text, in the lines of flush_user 5.0.1. Scripts read them.
 */
#include <stdio.h>
#include <string.h>

#include "tools/flush_user/flush_user.h"
#include "tools/user/show.h"

void show_menu(void)
{
    printf("\n"
           "j GROUP            join           l GROUP            leave\n"
           "f GROUP            flush: agree to the next view\n"
           "s GROUP            send a line    g GROUP            send a line to some members\n"
           "b [GROUP]          send a burst\n"
           "r                  receive one    p                  how much waits\n"
           "q                  quit\n");
}

static void show_names(const char (*names)[MAX_GROUP_NAME], int count)
{
    for (int i = 0; i < count; i++)
        printf("\t%.*s\n", MAX_GROUP_NAME - 1, names[i]);
}

static void show_data(const struct inbox *in)
{
    int last = in->num_groups - 1;
    show_message(in);
    printf("Message is:\n'%.*s'\n", in->len, in->body);
    if (Is_subgroup_mess(in->type) && last >= 0) {
        printf("Received a subgroupcast message to group %s: receivers:\n", in->groups[last]);
        show_names((const char(*)[MAX_GROUP_NAME])in->groups, last);
    }
}

/* The names of a view's body; NULL: it has fewer bytes than it says. */
static const char (*names_of(const struct inbox *in, int *count))[MAX_GROUP_NAME]
{
    int at = FL_get_vs_set_offset_memb_mess();
    *count = 0;
    if (in->len < at)
        return NULL;
    memcpy(count, in->body + FL_get_num_vs_offset_memb_mess(), sizeof *count);
    if (*count < 1 || *count > (in->len - at) / MAX_GROUP_NAME)
        return NULL;
    return (const char(*)[MAX_GROUP_NAME])(in->body + at);
}

static void show_cause(const struct inbox *in)
{
    int count;
    const char(*names)[MAX_GROUP_NAME] = names_of(in, &count);
    if (!names)
        return;
    if (Is_caused_join_mess(in->type))
        printf("Due to the JOIN of %s\n", names[0]);
    else if (Is_caused_leave_mess(in->type))
        printf("Due to the LEAVE of %s\n", names[0]);
    else if (Is_caused_disconnect_mess(in->type))
        printf("Due to the DISCONNECT of %s\n", names[0]);
    else {
        printf("Due to NETWORK change. VS set has %d members:\n", count);
        show_names(names, count);
    }
}

static void show_new_view(const struct inbox *in)
{
    group_id id = {{0}};
    if (in->len >= (int)sizeof id)
        memcpy(&id, in->body + FL_get_gid_offset_memb_mess(), sizeof id);
    printf("Received REGULAR membership for group %s with %d members, where I am member %d:\n",
           in->sender, in->num_groups, in->mess_type);
    show_names((const char(*)[MAX_GROUP_NAME])in->groups, in->num_groups);
    printf("grp id is %d %d %d\n", id.id[0], id.id[1], id.id[2]);
    show_cause(in);
}

void show_received(const struct flush_user *u)
{
    const struct inbox *in = &u->inbox;
    if (Is_flush_req_mess(in->type))
        printf("received a FLUSH_REQ message for group %s\n", in->sender);
    else if (Is_reg_memb_mess(in->type))
        show_new_view(in);
    else if (Is_regular_mess(in->type))
        show_data(in);
    else
        show_message(in);
    printf("There are %d buffered messages waiting to be delivered\n", u->more);
}
