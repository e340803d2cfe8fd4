/* SPDX-License-Identifier: MIT
 *
 * auth.h - who a client is: the methods NULL, IP and PWORD.
 *
 * NULL accepts everybody. IP asks the rules of spread.access_ip for the peer's
 * address. PWORD takes a user name of 32 bytes and a password of 8 after the
 * choice and compares with the hashes of spread.access_pword.
 */
#ifndef SPREAD_SESSION_AUTH_H
#define SPREAD_SESSION_AUTH_H

#include "daemon/config/conf.h"
#include "libspread/wire/hello.h"

/* Bits, in the order in which methods are listed and required ones are run. */
enum auth_method { AUTH_NULL = 1, AUTH_IP = 2, AUTH_PWORD = 4 };

enum {
    AUTH_USER = 32,     /* bytes of a PWORD user name, NUL-padded */
    AUTH_PASSWORD = 8,  /* bytes of a PWORD password, NUL-padded */
    AUTH_PWORD_LEN = AUTH_USER + AUTH_PASSWORD,
    AUTH_HASH = 128,    /* bytes of a hash at most */
};

/* Where a connection comes from. */
struct peer {
    bool local;   /* over the Unix socket ... */
    uint32_t uid; /* ... from a process of this user */
    struct ip ip; /* else its address; an IPv4-mapped IPv6 address counts as IPv4 */
    uint16_t port;
};

enum { PEER_TEXT = IP_TEXT + 24 };
const char *auth_peer_text(const struct peer *p, char text[PEER_TEXT]);

/* One line of spread.access_ip: who is let in. */
struct auth_rule {
    bool local_sockets; /* "unix": every client of the Unix socket */
    struct ip network;
    int prefix_len;
};

struct auth_user {
    char name[AUTH_USER + 1];
    char hash[AUTH_HASH + 1]; /* as crypt(3) makes it */
};

struct auth_policy {
    unsigned allowed, required; /* enum auth_method */
    enum conf_tls_require tls_require; /* of those who come by TCP */
    struct auth_rule *rules;
    size_t rule_count;
    struct auth_user *users;
    size_t user_count;
};

/* The methods of the configuration, without rules and users: nobody passes IP or PWORD then. */
struct auth_policy *auth_policy_new(const struct conf *conf);
void auth_policy_free(struct auth_policy *p);
/* True if both let in the same clients. */
bool auth_policy_equal(const struct auth_policy *a, const struct auth_policy *b);

/* Read the text of spread.access_ip or spread.access_pword into the policy, in place of what was
 * there. 0, or the number of the first line that is malformed; then nothing was changed. */
int auth_read_rules(struct auth_policy *p, const char *text);
int auth_read_users(struct auth_policy *p, const char *text);

/* The list that is offered, each method followed by a space; returns its length. */
size_t auth_offer(const struct auth_policy *p, char list[AUTH_LIST_MAX]);

/* Which methods to run for a choice of 90 bytes, in order: those named, then those required.
 * Returns how many, or 0 if the choice is not acceptable. */
enum { AUTH_RUNS_MAX = AUTH_SLOTS + 3 };
int auth_plan(const struct auth_policy *p, const uint8_t choice[AUTH_CHOICE],
              enum auth_method plan[AUTH_RUNS_MAX]);

/* What a client older than 3.16, which cannot choose, has to pass; 0: it cannot come in. */
enum auth_method auth_for_old_client(const struct auth_policy *p);

bool auth_check_ip(const struct auth_policy *p, const struct peer *peer);
/* The first user from *at on whose name the credentials begin with: true, and its place in *at. */
bool auth_find_user(const struct auth_policy *p, const uint8_t credentials[AUTH_PWORD_LEN],
                    size_t *at);

#endif
