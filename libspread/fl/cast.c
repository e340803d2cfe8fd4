/* SPDX-License-Identifier: MIT
 *
 * What is sent: the user's message, with marks behind it where the machine says so.
 */
#include "libspread/fl/session.h"

/* A send, as one of the calls describes it. */
struct cast {
    service service_type;
    const char *group;
    bool subgroup; /* to these alone */
    int num_receivers;
    const char (*receivers)[MAX_GROUP_NAME];
    int16 mess_type;
    bool legal; /* the body */
    const scat_element *pieces;
    size_t num_pieces;
};

/* 0, or why no message can look like that. */
static int check(const struct cast *k)
{
    const unsigned not_the_users = FLUSH_REQ_MESS | MEMBERSHIP_MESS | ENDIAN_RESERVED | RESERVED;
    if (k->num_receivers < 0)
        return ILLEGAL_PARAM;
    if ((unsigned)k->service_type & not_the_users)
        return ILLEGAL_SERVICE;
    if (k->mess_type < FL_MIN_LEGAL_MESS_TYPE)
        return ILLEGAL_MESSAGE_TYPE;
    return k->legal ? 0 : ILLEGAL_MESSAGE;
}

/* The user's pieces and one of our own. */
static void lay_pieces(scatter *body, const struct cast *k, uint8_t *marks, size_t len)
{
    for (size_t i = 0; i < k->num_pieces; i++)
        body->elements[i] = k->pieces[i];
    body->elements[k->num_pieces] = (scat_element){.buf = (char *)marks, .len = len};
    body->num_elements = k->num_pieces + 1;
}

static int send_marked(mailbox mbox, const struct cast *k, const struct name *group,
                       const struct marks *m)
{
    uint8_t marks[MARKS_MAX];
    size_t len = marks_put(marks, m);
    scatter body;
    unsigned type = (unsigned)k->service_type & ~(unsigned)SUBGROUP_CAST;
    lay_pieces(&body, k, marks, len);
    int result = SP_multigroup_scat_multicast(
        mbox, (service)(type | (k->subgroup ? SUBGROUP_CAST : 0)), k->subgroup ? k->num_receivers : 1,
        k->subgroup ? k->receivers : &group->text, m->vulnerable ? MARK_DATA : k->mess_type, &body);
    return result < 0 ? result : result - (int)len;
}

static int cast(mailbox mbox, const struct cast *k)
{
    struct fl_session *s = fl_enter(mbox);
    if (!s)
        return ILLEGAL_SESSION;
    int result = check(k);
    if (result == 0) {
        struct name group = name_from_text(k->group);
        struct marks m = {.subgroup = k->subgroup, .mess_type = k->mess_type};
        lock_take(&s->state);
        result = fl_code(flush_may_send(&s->flush, (uint32_t)k->service_type, &group, k->receivers,
                                        k->num_receivers, &m));
        if (result == 0)
            result = send_marked(mbox, k, &group, &m);
        lock_leave(&s->state);
    }
    return fl_leave(s, mbox, result);
}

/* -- bodies -------------------------------------------------------------------------------- */

static int cast_buffer(mailbox mbox, struct cast *k, int len, const char *mess)
{
    scat_element body = {.buf = (char *)(uintptr_t)mess, .len = (size_t)len};
    k->legal = len >= 0;
    k->pieces = &body;
    k->num_pieces = 1;
    return cast(mbox, k);
}

static int cast_scatter(mailbox mbox, struct cast *k, const scatter *mess)
{
    k->legal = mess->num_elements <= FL_MAX_SCATTER_ELEMENTS;
    k->pieces = mess->elements;
    k->num_pieces = mess->num_elements;
    return cast(mbox, k);
}

/* -- the calls ----------------------------------------------------------------------------- */

int FL_multicast(mailbox mbox, service service_type, const char *group, int16 mess_type,
                 int mess_len, const char *mess)
{
    struct cast k = {.service_type = service_type, .group = group, .mess_type = mess_type};
    return cast_buffer(mbox, &k, mess_len, mess);
}

int FL_scat_multicast(mailbox mbox, service service_type, const char *group, int16 mess_type,
                      const scatter *scat_mess)
{
    struct cast k = {.service_type = service_type, .group = group, .mess_type = mess_type};
    return cast_scatter(mbox, &k, scat_mess);
}

static struct cast to_some(service service_type, const char *group, int num_recvrs,
                           const char (*recvrs)[MAX_GROUP_NAME], int16 mess_type)
{
    return (struct cast){.service_type = service_type,
                         .group = group,
                         .subgroup = true,
                         .num_receivers = num_recvrs,
                         .receivers = recvrs,
                         .mess_type = mess_type};
}

int FL_subgroupcast(mailbox mbox, service service_type, const char *group, int num_recvrs,
                    char recvrs[][MAX_GROUP_NAME], int16 mess_type, int mess_len, const char *mess)
{
    struct cast k = to_some(service_type, group, num_recvrs,
                            (const char(*)[MAX_GROUP_NAME])recvrs, mess_type);
    return cast_buffer(mbox, &k, mess_len, mess);
}

int FL_scat_subgroupcast(mailbox mbox, service service_type, const char *group, int num_recvrs,
                         char recvrs[][MAX_GROUP_NAME], int16 mess_type, const scatter *scat_mess)
{
    struct cast k = to_some(service_type, group, num_recvrs,
                            (const char(*)[MAX_GROUP_NAME])recvrs, mess_type);
    return cast_scatter(mbox, &k, scat_mess);
}

int FL_unicast(mailbox mbox, service service_type, const char *group, const char *recvr,
               int16 mess_type, int mess_len, const char *mess)
{
    struct name to = name_from_text(recvr);
    struct cast k =
        to_some(service_type, group, 1, (const char(*)[MAX_GROUP_NAME])to.text, mess_type);
    return cast_buffer(mbox, &k, mess_len, mess);
}

int FL_scat_unicast(mailbox mbox, service service_type, const char *group, const char *recvr,
                    int16 mess_type, const scatter *scat_mess)
{
    struct name to = name_from_text(recvr);
    struct cast k =
        to_some(service_type, group, 1, (const char(*)[MAX_GROUP_NAME])to.text, mess_type);
    return cast_scatter(mbox, &k, scat_mess);
}
