/* SPDX-License-Identifier: MIT */
#include "tools/user/inbox.h"

#include <stdio.h>
#include <stdlib.h>

static void *grown(void *memory, int count, size_t size)
{
    memory = reallocarray(memory, (size_t)count, size);
    if (!memory) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return memory;
}

void inbox_make_room(struct inbox *in, int groups, int bytes)
{
    if (groups > in->groups_size) {
        in->groups = grown(in->groups, groups, sizeof *in->groups);
        in->groups_size = groups;
    }
    if (bytes > in->body_size) {
        in->body = grown(in->body, bytes, 1);
        in->body_size = bytes;
    }
}

void inbox_init(struct inbox *in)
{
    *in = (struct inbox){0};
    inbox_make_room(in, 16, 1024);
}

void inbox_fini(struct inbox *in)
{
    free(in->groups);
    free(in->body);
}

int inbox_receive(struct inbox *in, mailbox mbox)
{
    for (;;) {
        in->type = 0;
        in->len =
            SP_receive(mbox, &in->type, in->sender, in->groups_size, &in->num_groups, in->groups,
                       &in->mess_type, &in->endian_mismatch, in->body_size, in->body);
        if (in->len != BUFFER_TOO_SHORT && in->len != GROUPS_TOO_SHORT)
            return in->len;
        inbox_make_room(in, -in->num_groups, -in->endian_mismatch); /* the needs, or 0 */
    }
}
