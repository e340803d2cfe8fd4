/* SPDX-License-Identifier: MIT
 *
 * sp_func.h - the SP_ calls.
 *
 * Return values below zero are the codes of sp.h; each call lists those it can
 * return. Calls that take a mailbox return ILLEGAL_SESSION when it is not a
 * live mailbox of this library. After a send or receive has failed, that call
 * returns CONNECTION_CLOSED and later ones NET_ERROR_ON_SESSION until the
 * mailbox is released with SP_disconnect or SP_kill.
 *
 * A mailbox is the descriptor of a blocking socket, which exec closes. It may be watched with
 * select or poll: it is readable before each receive while messages wait, and not after the last.
 * Reading, writing or closing it is the library's business; if it is made non-blocking, the calls
 * wait all the same. No call returns because of a signal, and none raises one.
 * From the first connect on SIGPIPE is ignored where its disposition was the default; sp_more.h has
 * a call against that.
 *
 * libspread and libtspread-core: any call, any thread, any time; one sender and one receiver work
 * on a mailbox at a time, others queue. A mailbox made before fork() may be used by parent and
 * child alike; if a process is killed in the middle of a message, the mailbox has failed for the
 * other. libspread-core has no locks: one thread, and processes that share a mailbox take turns.
 */
#ifndef INC_SP_FUNC
#define INC_SP_FUNC

#include "sp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Stores 5, 0, 1. Returns 1, or 0 and stores nothing if a pointer is null. */
int SP_version(int *major_version, int *minor_version, int *patch_version);

/* Replaces the authentication methods of every following connect in this process (default: the
 * one method "NULL"). Each function is called once per connect, in order, with the connected,
 * blocking socket and its data, and returns non-zero for success.
 * Returns 1; 0, nothing changed, if a name is null or has 30 bytes or more, a function is null,
 * or num_methods is not 0 to 3. */
int SP_set_auth_method(const char *auth_name, int (*auth_function)(int, void *), void *auth_data);
int SP_set_auth_methods(int num_methods, const char *auth_name[],
                        int (*auth_function[])(int, void *), void *auth_data[]);

/* Connects to a daemon and opens a mailbox; how many a process may have, the system decides.
 * spread_name: null or "" for the Unix socket of port 4803, "PORT" for that of another port,
 * "PORT@HOST" for TCP (HOST: name, IPv4 or bare IPv6 address; all its addresses are tried).
 * private_name: the wished name, cut to 10 bytes; null or "" lets the daemon choose.
 * group_membership: non-zero to receive membership notices. private_group: 32 bytes, receives
 * "#name#daemon". time_out: a duration over socket connect and handshake, though not over looking
 * up HOST and the functions of authentication; {0,0} means none, as in SP_connect.
 * ACCEPT_SESSION; ILLEGAL_TIME (fields of opposite sign, or |usec| >= 1000000), ILLEGAL_SPREAD
 * (malformed, over 70 bytes, no port from 0 to 65535, or unknown host), COULD_NOT_CONNECT (nobody
 * listens there; or resolver, sockets or memory fail), CONNECTION_CLOSED (ended or timed out on
 * the way, or an impossible answer), REJECT_QUOTA, REJECT_ILLEGAL_NAME, REJECT_NOT_UNIQUE,
 * REJECT_NO_NAME (from the daemon), REJECT_VERSION (from the daemon, or it is older than 3, or
 * than 3.8 with a priority), REJECT_AUTH (from the daemon, a method it does not offer, or a
 * method's function failed); any other code byte the daemon sends in place of its answer. */
int SP_connect(const char *spread_name, const char *private_name, int priority,
               int group_membership, mailbox *mbox, char *private_group);
int SP_connect_timeout(const char *spread_name, const char *private_name, int priority,
                       int group_membership, mailbox *mbox, char *private_group, sp_time time_out);

/* Tells the daemon goodbye, after everything sent before, and closes the mailbox, also for other
 * processes that hold it; receivers blocked in other threads return. Where the daemon may not have
 * read everything yet, waits for it for at most a second. Returns 0 or ILLEGAL_SESSION. */
int SP_disconnect(mailbox mbox);
/* Closes this process's hold on the mailbox without a word to the daemon: the session lives on
 * while another process holds it. Receivers blocked in other threads return; only one that has
 * been waiting since before a fork() does so no earlier than the next message comes, which it
 * leaves to the other process. */
void SP_kill(mailbox mbox);

/* Asks to join or leave a group: 1 to 31 bytes, each '$' to '~'. Takes effect, and is announced,
 * at its place in the order. 0; ILLEGAL_GROUP, ILLEGAL_SESSION, NET_ERROR_ON_SESSION,
 * CONNECTION_CLOSED. */
int SP_join(mailbox mbox, const char *group);
int SP_leave(mailbox mbox, const char *group);

/* Sends one message to a group, a private group, or up to 100 of either. service_type: one
 * service bit, optionally SELF_DISCARD. Body and 32 bytes per group together: 143952 at most
 * (143151 where 5.0.1 daemons take part).
 * Number of body bytes sent; ILLEGAL_SERVICE (no service bit), ILLEGAL_MESSAGE (len negative,
 * num_groups not 0 to 100, over 100 scatter elements), ILLEGAL_SESSION, NET_ERROR_ON_SESSION,
 * MESSAGE_TOO_LONG (nothing sent), CONNECTION_CLOSED. */
int SP_multicast(mailbox mbox, service service_type, const char *group, int16 mess_type, int len,
                 const char *mess);
int SP_scat_multicast(mailbox mbox, service service_type, const char *group, int16 mess_type,
                      const scatter *mess);
int SP_multigroup_multicast(mailbox mbox, service service_type, int num_groups,
                            const char groups[][MAX_GROUP_NAME], int16 mess_type, int len,
                            const char *mess);
int SP_multigroup_scat_multicast(mailbox mbox, service service_type, int num_groups,
                                 const char groups[][MAX_GROUP_NAME], int16 mess_type,
                                 const scatter *mess);

/* Waits for the next message or notice and takes it.
 * *service_type is read first: 0, or DROP_RECV; set it before every call.
 * Returns the body length. BUFFER_TOO_SHORT, GROUPS_TOO_SHORT: without DROP_RECV nothing is
 * taken, *num_groups is minus the groups needed (or 0), *endian_mismatch minus the bytes needed
 * (or 0); with DROP_RECV the message is cut (a cut group list alone is no error, *num_groups is
 * negated). ILLEGAL_SESSION (also: closed while this call waited in line), NET_ERROR_ON_SESSION,
 * CONNECTION_CLOSED (also: closed while this call waited for a message); ILLEGAL_MESSAGE: nonsense
 * from the daemon (the mailbox has failed), or over 100 scatter elements. */
int SP_receive(mailbox mbox, service *service_type, char sender[MAX_GROUP_NAME], int max_groups,
               int *num_groups, char groups[][MAX_GROUP_NAME], int16 *mess_type,
               int *endian_mismatch, int max_mess_len, char *mess);
int SP_scat_receive(mailbox mbox, service *service_type, char sender[MAX_GROUP_NAME],
                    int max_groups, int *num_groups, char groups[][MAX_GROUP_NAME],
                    int16 *mess_type, int *endian_mismatch, scatter *mess);

/* Bytes that can be received without waiting, but for the header of a message that was found too
 * large; ILLEGAL_SESSION. Never blocks. */
int SP_poll(mailbox mbox);

/* Take a membership notice's body apart; they touch no mailbox, and buffers may have any alignment.
 * SP_get_memb_info: 1, or ILLEGAL_MESSAGE and nothing stored if service_type is no membership
 * type. The others: how many sets or members were stored, or BUFFER_TOO_SHORT and nothing stored.
 * The scatter forms take a body in pieces of any size and never read beyond the last one: a body
 * that ends too early (after DROP_RECV) gives ILLEGAL_MESSAGE. The flat forms cannot know where
 * the buffer ends: give them complete bodies only. */
int SP_get_memb_info(const char *memb_mess, const service service_type, membership_info *memb_info);
int SP_get_vs_sets_info(const char *memb_mess, vs_set_info *vs_sets, int num_vs_sets,
                        unsigned int *my_vs_set_index);
int SP_get_vs_set_members(const char *memb_mess, const vs_set_info *vs_set,
                          char member_names[][MAX_GROUP_NAME], int member_names_count);
int SP_scat_get_memb_info(const scatter *memb_mess, const service service_type,
                          membership_info *memb_info);
int SP_scat_get_vs_sets_info(const scatter *memb_mess, vs_set_info *vs_sets, int num_vs_sets,
                             unsigned int *my_vs_set_index);
int SP_scat_get_vs_set_members(const scatter *memb_mess, const vs_set_info *vs_set,
                               char member_names[][MAX_GROUP_NAME], int member_names_count);

/* 1 if all three words are equal, else 0. */
int SP_equal_group_ids(group_id g1, group_id g2);

/* A line of English for a return code, never null; SP_error writes it to standard output. */
const char *SP_strerror(int error);
void SP_error(int error);

#ifdef __cplusplus
}
#endif

#endif /* INC_SP_FUNC */
