/* SPDX-License-Identifier: MIT
 *
 * sp_more.h - calls that the Spread Toolkit 5.0.1 does not have.
 *
 * A program that uses one of them needs this library; one that must build with either leaves this
 * header out, and loses nothing that 5.0.1 could do.
 */
#ifndef INC_SP_MORE
#define INC_SP_MORE

#include "sp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The first call of SP_connect, SP_connect_timeout, SP_set_auth_method or SP_set_auth_methods in a
 * process ignores SIGPIPE if its disposition is the default, as 5.0.1 does: a program may count on
 * write() to a pipe that nobody reads returning EPIPE. What the program sets before or after
 * stays. With this call before that first one, SIGPIPE is left alone; the library itself never
 * raises it. Returns 1; 0 if it came too late, and nothing is changed. */
int SP_keep_sigpipe(void);

/* While a send of that mailbox waits for its daemon, for longer than a moment (20 ms, or 1 where it had
 * to before), the library reads what has come into memory of its own, so that programs that send before they read do not hold themselves. It keeps max_bytes
 * at most, 0: nothing. A mailbox begins with what SPREAD_READ_AHEAD in the environment says in
 * bytes, without it with 256 MiB, on 32-bit systems 64 MiB. Returns 0, ILLEGAL_SESSION, or
 * ILLEGAL_MESSAGE for a number below 0. */
int SP_set_read_ahead(mailbox mbox, int max_bytes);

/* What the daemon is to do when this mailbox is not read and much waits for it. */
enum sp_slow_policy {
    SP_SLOW_HOLD, /* those who send to it wait; a mailbox begins with it */
    SP_SLOW_DROP, /* UNRELIABLE messages are left out and counted; all others are as with HOLD */
    SP_SLOW_CUT,  /* nobody waits: it is cut off with more than MaxSessionMessages waiting */
};

#define SP_NOT_SUPPORTED -41

/* Asks the daemon of mbox for that, by a short connection of its own, which takes two seconds at
 * most. Where the configuration of the daemon is stricter, further down in the list above, that
 * counts. Returns 0; ILLEGAL_SESSION: no such mailbox, or the daemon knows no such session of this
 * program; ILLEGAL_SERVICE: no such policy; SP_NOT_SUPPORTED: the daemon knows no policies, as 5.0.1
 * does not; COULD_NOT_CONNECT: it could not be asked. */
int SP_set_slow_policy(mailbox mbox, int policy);

/* How many messages the daemon has left out for mbox since it was connected; what lies in the way
 * unread counts as there. Returns as SP_set_slow_policy does. */
int SP_get_dropped(mailbox mbox, unsigned long *dropped);

/* What connects to tls:PORT@HOST of this process trust and show from now on. ca_file: certificates of
 * those who may vouch for a daemon, in PEM; cert_file and key_file: our certificate and its key, for
 * daemons that ask for one; host: the name or address that the daemon's certificate is to have, in
 * place of HOST; "*": any. For each that is NULL the environment counts: SPREAD_TLS_CA, SPREAD_TLS_CERT,
 * SPREAD_TLS_KEY, SPREAD_TLS_HOST; where that says nothing, or for "": the authorities of the system, no
 * certificate, the file of the certificate, HOST. Files are read by the connect that follows. Returns 1,
 * or 0: no memory, and nothing is changed. */
int SP_set_tls(const char *ca_file, const char *cert_file, const char *key_file, const char *host);

#define SP_TIMED_OUT -40

/* As SP_receive, but it waits timeout_ms milliseconds at most, 0: not at all, below 0: without an
 * end. SP_TIMED_OUT: no message was there to its last byte; nothing was taken. */
int SP_receive_timeout(mailbox mbox, service *service_type, char sender[MAX_GROUP_NAME],
                       int max_groups, int *num_groups, char groups[][MAX_GROUP_NAME],
                       int16 *mess_type, int *endian_mismatch, int max_mess_len, char *mess,
                       int timeout_ms);

/* How a mailbox ended, or a connect failed. */
enum sp_end_reason {
    SP_END_NONE,     /* it has not ended; the connect succeeded */
    SP_END_CLOSED,   /* the program closed it */
    SP_END_STOPPED,  /* no daemon serves that address, or it has started anew */
    SP_END_SLOW,     /* cut off: it did not read what waited for it */
    SP_END_PROTOCOL, /* what one side sent was no message */
    SP_END_NETWORK,  /* the connection broke */
    SP_END_REFUSED,  /* the daemon did not let the program in */
    SP_END_TIMEOUT,  /* the time of SP_connect_timeout was over */
    SP_END_ADDRESS,  /* it is none, or no host has that name */
    SP_END_UNKNOWN,  /* nobody can tell */
    SP_END_UNTRUSTED, /* TLS: who answers is not who was asked for, or cannot prove it */
    SP_END_OTHER_PROCESS, /* TLS: another process has used it since a fork */
    SP_END_REVOKED,  /* cut off: by now the daemon's rules do not let the program in */
};

#define SP_END_TEXT 256

typedef struct sp_end {
    int reason;             /* an enum sp_end_reason */
    int code;               /* what SP_connect returned; 0 for a mailbox */
    char text[SP_END_TEXT]; /* a sentence with the address, without a line end */
} sp_end;

/* Tells how mbox ended last, also when it is closed meanwhile; mbox below 0: how the last connect
 * of this thread did. What only the daemon knows it is asked by a short connection of its own, which
 * takes two seconds at most. Returns 0, or ILLEGAL_SESSION: no such mailbox, or 64 others have ended
 * since. */
int SP_last_end(mailbox mbox, sp_end *end);

/* -- a connection that comes back ------------------------------------------------------------ */

/* A mailbox that is connected again when it is lost, with the groups it was in. One thread at a
 * time uses it. */
typedef struct sp_redial sp_redial;

/* For flags. */
#define SP_REDIAL_MEMBERSHIP 1 /* notices of membership are wanted, as of SP_connect */
#define SP_REDIAL_RANDOM     2 /* the addresses are tried in another order each time */

/* Connects to the first of the addresses, separated by blanks or commas, that takes us; name as of
 * SP_connect. Returns ACCEPT_SESSION, or what the last address failed with, and nothing is open. */
int SP_redial_open(sp_redial **r, const char *addresses, const char *name, int flags);
/* Says goodbye and frees it; NULL is fine. */
void SP_redial_close(sp_redial *r);

/* As SP_join and SP_leave; what is joined is joined again after a loss. While it is lost both return
 * 0, and count from the next connection on. COULD_NOT_CONNECT: no memory. */
int SP_redial_join(sp_redial *r, const char *group);
int SP_redial_leave(sp_redial *r, const char *group);

/* As SP_receive_timeout, but a loss is no error. For each group that it was in (where there was
 * none: for its private group) comes a notice of leaving it, CAUSED_BY_LEAVE alone: from there on
 * messages are missing. Then it connects and joins again, until the time is over, trying all
 * addresses, and waiting for longer and longer in between, five seconds at most; a connect under
 * way may take a second more than the time. Errors besides those of SP_receive_timeout: REJECT_AUTH,
 * REJECT_VERSION, REJECT_ILLEGAL_NAME, if no address does better; the next call tries again. */
int SP_redial_receive(sp_redial *r, service *service_type, char sender[MAX_GROUP_NAME],
                      int max_groups, int *num_groups, char groups[][MAX_GROUP_NAME],
                      int16 *mess_type, int *endian_mismatch, int max_mess_len, char *mess,
                      int timeout_ms);

/* The mailbox to send by and to poll; -1 while it is lost, and another one afterwards. */
mailbox SP_redial_mailbox(const sp_redial *r);
/* Its private group, the last one while it is lost; valid until the next call for r. */
const char *SP_redial_private_group(const sp_redial *r);

#ifdef __cplusplus
}
#endif

#endif
