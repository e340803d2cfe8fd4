/* SPDX-License-Identifier: MIT
 *
 * A client library that is right but for one thing, which spcompat must find: in front of a right one,
 * whose other calls it leaves as they are.
 */
#include <dlfcn.h>

#include "include/sp.h"

#define EXPORT __attribute__((visibility("default")))

#ifdef RECEIVE /* says that a sender of the other byte order has ours */
EXPORT int SP_receive(mailbox mbox, service *service_type, char sender[MAX_GROUP_NAME], int max_groups,
                      int *num_groups, char groups[][MAX_GROUP_NAME], int16 *mess_type,
                      int *endian_mismatch, int max_mess_len, char *mess)
{
    __typeof__(&SP_receive) right = (__typeof__(&SP_receive))dlsym(RTLD_NEXT, "SP_receive");
    int got = right(mbox, service_type, sender, max_groups, num_groups, groups, mess_type,
                    endian_mismatch, max_mess_len, mess);
    if (got >= 0)
        *endian_mismatch = 0;
    return got;
}
#endif

#ifdef SEND /* takes a message for one that may not be sent for one that may */
EXPORT int SP_multicast(mailbox mbox, service service_type, const char *group, int16 mess_type, int len,
                        const char *mess)
{
    __typeof__(&SP_multicast) right = (__typeof__(&SP_multicast))dlsym(RTLD_NEXT, "SP_multicast");
    return right(mbox, service_type ? service_type : RELIABLE_MESS, group, mess_type, len, mess);
}
#endif

#ifdef VIEWS /* the first set is always ours */
EXPORT int SP_get_vs_sets_info(const char *memb_mess, vs_set_info *vs_sets, int num_vs_sets,
                               unsigned int *my_vs_set_index)
{
    __typeof__(&SP_get_vs_sets_info) right =
        (__typeof__(&SP_get_vs_sets_info))dlsym(RTLD_NEXT, "SP_get_vs_sets_info");
    int got = right(memb_mess, vs_sets, num_vs_sets, my_vs_set_index);
    *my_vs_set_index = 0;
    return got;
}
#endif
