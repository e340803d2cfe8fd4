/* SPDX-License-Identifier: MIT
 *
 * What needs no mailbox: versions, codes in words, the layout of membership bodies.
 */
#include "include/fl.h"

#include <stdatomic.h>
#include <stdio.h>

#include "libspread/flush/membership.h"

int FL_lib_init(void)
{
    static atomic_flag called = ATOMIC_FLAG_INIT;
    return atomic_flag_test_and_set(&called) ? ILLEGAL_STATE : 0;
}

void FL_version(int *major_version, int *minor_version, int *patch_version)
{
    *major_version = 2;
    *minor_version = 0;
    *patch_version = 0;
}

static const char *text_of(int error)
{
    switch (error) {
    case ILLEGAL_PARAM:
        return "Illegal parameter: a number below 0";
    case WOULD_BLOCK:
        return "No message is there, and the call was told not to wait";
    case ILLEGAL_MESSAGE_TYPE:
        return "Illegal message type: below FL_MIN_LEGAL_MESS_TYPE";
    case ILLEGAL_STATE:
        return "Not now: flushed already, or there is nothing to flush";
    case ILLEGAL_RECEIVERS:
        return "Illegal receivers: not all are in the view";
    default:
        return NULL;
    }
}

void FL_error(int error)
{
    const char *text = text_of(error);
    if (text)
        printf("FL_error: (%d) %s\n", error, text);
    else
        SP_error(error);
}

int FL_get_gid_offset_memb_mess(void)
{
    return NOTICE_ID_AT;
}

int FL_get_num_vs_offset_memb_mess(void)
{
    return FLUSH_VIEW_COUNT_AT;
}

int FL_get_vs_set_offset_memb_mess(void)
{
    return FLUSH_VIEW_NAMES_AT;
}
