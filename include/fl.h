/* SPDX-License-Identifier: MIT
 *
 * fl.h - the FL_ calls: virtual synchrony, by a protocol among the members of a group.
 *
 * Messages are delivered in the view in which they were sent, and a view changes only when every
 * member has agreed. To a program that is:
 *
 *   1. FL_join; a regular membership message shows the first view.
 *   2. When the membership is about to change, a flush request comes (FLUSH_REQ_MESS). The program
 *      may go on sending; when it is ready, it calls FL_flush.
 *   3. From then on it must not send to the group until the next regular membership message, and it
 *      must go on receiving.
 *   4. A transitional message says that a member of the view is gone.
 *
 * Only members send to a group, and all members use these calls; data of others is dropped.
 * Connections can be addressed by their private groups at any time.
 *
 * They are in libspread alone, not in libspread-core or libtspread-core. Any thread may call any of
 * them at any time; one receives on a mailbox at a time, others queue. SP_ calls are not for
 * mailboxes of FL_connect, but SP_error, SP_last_end, SP_set_read_ahead and, in a process that
 * shares one since a fork, SP_kill: after a fork one process uses the mailbox.
 *
 * When a call returns CONNECTION_CLOSED or ILLEGAL_SESSION, the mailbox has been closed.
 */
#ifndef INC_FL
#define INC_FL

#include "sp.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DONT_BLOCK     0x10000000 /* input flag of receive calls: WOULD_BLOCK rather than wait */
#define FLUSH_REQ_MESS 0x20000000 /* service of a flush request */
#define SUBGROUP_CAST  0x40000000 /* to some members; the last of its groups is the reference group */

#define Is_flush_req_mess(type) (((type) & FLUSH_REQ_MESS) ? 1 : 0)
#define Is_subgroup_mess(type)  (((type) & SUBGROUP_CAST) ? 1 : 0)

/* Return codes, besides those of sp.h. */
#define ILLEGAL_PARAM        -24
#define WOULD_BLOCK          -25
#define ILLEGAL_MESSAGE_TYPE -26
#define ILLEGAL_STATE        -27
#define ILLEGAL_RECEIVERS    -28

#define FL_MAX_SCATTER_ELEMENTS 99
#define FL_MIN_LEGAL_MESS_TYPE  ((int16) -32765)

/* 0 the first time, ILLEGAL_STATE afterwards. No call needs it. */
int FL_lib_init(void);

/* Stores 2, 0, 0. */
void FL_version(int *major_version, int *minor_version, int *patch_version);

/* As SP_connect with membership notices; null or "" for either name as there. */
int FL_connect(const char *daemon_name, const char *user_name, int priority, mailbox *mbox,
               char *private_name);
/* As SP_disconnect; returns when no other thread is inside a call for mbox. 0, ILLEGAL_SESSION. */
int FL_disconnect(mailbox mbox);

/* 0; ILLEGAL_GROUP: the name is illegal, or we are in the group, on the way in (its first notice has
 * come), or on the way out; ILLEGAL_SESSION, NET_ERROR_ON_SESSION, CONNECTION_CLOSED, as all below. */
int FL_join(mailbox mbox, const char *group);
/* 0; ILLEGAL_GROUP: no member, which one is from the first view on, or leaving already. */
int FL_leave(mailbox mbox, const char *group);

/* Answers a flush request: 0; ILLEGAL_GROUP: the group is not known, or being left; ILLEGAL_STATE:
 * there is none that was not answered. */
int FL_flush(mailbox mbox, const char *group);

/* Send to a group or private group; to those of its members (of a private group: to it) that
 * recvrs lists by their private groups; to one. service_type is a service, and SELF_DISCARD if wanted.
 * A scatter has FL_MAX_SCATTER_ELEMENTS at most, and is not changed.
 * Number of the body's bytes; ILLEGAL_PARAM (num_recvrs negative), ILLEGAL_SERVICE,
 * ILLEGAL_MESSAGE_TYPE (below FL_MIN_LEGAL_MESS_TYPE), ILLEGAL_MESSAGE, ILLEGAL_GROUP (no member),
 * ILLEGAL_STATE (flushed, and the next view has not come), ILLEGAL_RECEIVERS (one was not in the
 * view as it came; those gone since are allowed), MESSAGE_TOO_LONG: up to 46 bytes are added. */
int FL_multicast(mailbox mbox, service service_type, const char *group, int16 mess_type,
                 int mess_len, const char *mess);
int FL_scat_multicast(mailbox mbox, service service_type, const char *group, int16 mess_type,
                      const scatter *scat_mess);
int FL_subgroupcast(mailbox mbox, service service_type, const char *group, int num_recvrs,
                    char recvrs[][MAX_GROUP_NAME], int16 mess_type, int mess_len,
                    const char *mess);
int FL_scat_subgroupcast(mailbox mbox, service service_type, const char *group, int num_recvrs,
                         char recvrs[][MAX_GROUP_NAME], int16 mess_type, const scatter *scat_mess);
int FL_unicast(mailbox mbox, service service_type, const char *group, const char *recvr,
               int16 mess_type, int mess_len, const char *mess);
int FL_scat_unicast(mailbox mbox, service service_type, const char *group, const char *recvr,
                    int16 mess_type, const scatter *scat_mess);

/* As SP_receive; *more_messes is how many messages wait in the library, which poll does not show: as
 * long as there are some, receive on. *service_type is read first: 0, DROP_RECV, DONT_BLOCK, or both.
 * Besides what SP_receive returns: ILLEGAL_PARAM (max_groups negative), WOULD_BLOCK. With DROP_RECV
 * groups that are cut give GROUPS_TOO_SHORT. Notices of the daemon that are not shown must fit the
 * buffers, too, else their needs are told; what the calls add to messages counts in the needs. */
int FL_receive(mailbox mbox, service *service_type, char sender[MAX_GROUP_NAME], int max_groups,
               int *num_groups, char groups[][MAX_GROUP_NAME], int16 *mess_type,
               int *endian_mismatch, int max_mess_len, char *mess, int *more_messes);
int FL_scat_receive(mailbox mbox, service *service_type, char sender[MAX_GROUP_NAME],
                    int max_groups, int *num_groups, char groups[][MAX_GROUP_NAME],
                    int16 *mess_type, int *endian_mismatch, scatter *scat_mess,
                    int *more_messes);

/* How many messages wait in the library. Never blocks; neither does FL_poll, which is SP_poll and the
 * memory that those take: above 0 there is something to do. */
int FL_more_msgs(mailbox mbox);
int FL_poll(mailbox mbox);

/* Writes a line about a code to standard output. */
void FL_error(int error);

/* Where things are in the body of a regular membership message: the group id, the number of names as
 * 32 bits, the names: who joined or left; after a network change who came along, oneself included. */
int FL_get_gid_offset_memb_mess(void);
int FL_get_num_vs_offset_memb_mess(void);
int FL_get_vs_set_offset_memb_mess(void);

#ifdef __cplusplus
}
#endif

#endif /* INC_FL */
