/* SPDX-License-Identifier: MIT
 *
 * auth.h - how a client shows who it is: the methods NULL, IP, PWORD, UID and CERT.
 *
 * NULL accepts everybody. IP asks the rules of spread.access_ip for the peer's
 * address. PWORD takes a user name of 32 bytes and a password of 8 after the
 * choice and compares with the hashes of spread.access_pword. UID accepts who
 * comes over the Unix socket, as the user that the system says, and CERT whose
 * certificate TLS has verified: both are passed without a word. Clients of 5.0.1
 * know neither, so these two are never in the list that is offered: to whom can
 * pass one, NULL is offered, and the choice of NULL stands for it.
 */
#ifndef SPREAD_SESSION_AUTH_H
#define SPREAD_SESSION_AUTH_H

#include "daemon/base/why.h"
#include "daemon/config/conf.h"
#include "daemon/rights/rights.h"
#include "libspread/wire/hello.h"

/* Bits, in the order in which methods are listed and required ones are run. */
enum auth_method { AUTH_NULL = 1, AUTH_IP = 2, AUTH_PWORD = 4, AUTH_UID = 8, AUTH_CERT = 16 };

enum {
    AUTH_USER = 32,     /* bytes of a PWORD user name, NUL-padded */
    AUTH_PASSWORD = 8,  /* bytes of a PWORD password, NUL-padded */
    AUTH_PWORD_LEN = AUTH_USER + AUTH_PASSWORD,
    AUTH_HASH = 128,    /* bytes of a hash at most */
};

/* Where a connection comes from. */
struct peer {
    bool local;   /* over the Unix socket ... */
    uint32_t uid; /* ... from a process of this user; IDENTITY_NOBODY: the system does not say */
    const uint32_t *gids; /* and its groups, lent while the session is made */
    size_t gid_count;
    struct ip ip; /* else its address; an IPv4-mapped IPv6 address counts as IPv4 */
    uint16_t port;
    bool tls; /* nobody on the way can read along */
};

/* What is known of a client before it has said anything. */
struct identity auth_identity(const struct peer *p);

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
    bool weak; /* of a kind that is guessed too fast by now: it lets nobody in */
};

struct auth_policy {
    unsigned allowed, required; /* enum auth_method */
    enum conf_tls_require tls_require; /* of those who come by TCP */
    bool passwords_in_clear;    /* PasswordsInClear: PWORD over TCP without TLS, too */
    struct auth_rule *rules;
    size_t rule_count;
    struct auth_user *users;
    size_t user_count;
    struct rights *rights; /* what those may who are in; owned; NULL: everything */
};

/* The methods of the configuration, without rules and users: nobody passes IP or PWORD then. */
struct auth_policy *auth_policy_new(const struct conf *conf);
void auth_policy_free(struct auth_policy *p);
/* True if both let in the same clients, and allow them the same. */
bool auth_policy_equal(const struct auth_policy *a, const struct auth_policy *b);

/* Read the text of spread.access_ip or spread.access_pword into the policy, in place of what was
 * there. 0, or the number of the first line that is malformed; then nothing was changed. */
int auth_read_rules(struct auth_policy *p, const char *text);
int auth_read_users(struct auth_policy *p, const char *text);

/* The list that is offered to a client, each method followed by a space; returns its length, 0 if there
 * is none that it could pass. A password is asked for only where nobody on the way can read it. */
size_t auth_offer(const struct auth_policy *p, const struct peer *peer, const struct identity *who,
                  char list[AUTH_LIST_MAX]);
/* Why it is empty. */
enum why auth_no_offer(const struct auth_policy *p, const struct peer *peer);

/* Which methods to run for a choice of 90 bytes, in order: those named, which have to be of the list, then
 * those required. Returns how many, or 0 if the choice is not acceptable. */
enum { AUTH_RUNS_MAX = AUTH_SLOTS + 5 };
int auth_plan(const struct auth_policy *p, const struct peer *peer, const struct identity *who,
              const uint8_t choice[AUTH_CHOICE], uint8_t plan[AUTH_RUNS_MAX]);

/* Whether a method other than PWORD lets the client in: none of these needs a word of it. */
bool auth_passes(const struct auth_policy *p, enum auth_method method, const struct peer *peer,
                 const struct identity *who);

/* A client older than 3.16, which cannot choose: the methods that it has passed, 0 if it cannot come in.
 * What is required is asked of it, too, so who wants to be asked less gains nothing by an old version. */
unsigned auth_old_client(const struct auth_policy *p, const struct peer *peer,
                         const struct identity *who);

bool auth_check_ip(const struct auth_policy *p, const struct peer *peer);
/* The first user from *at on whose name the credentials begin with, and whose hash is not weak: true, and
 * its place in *at. */
bool auth_find_user(const struct auth_policy *p, const uint8_t credentials[AUTH_PWORD_LEN],
                    size_t *at);
/* Whether there is such a user with a weak hash. */
bool auth_is_weak(const struct auth_policy *p, const uint8_t credentials[AUTH_PWORD_LEN]);

/* What to remember of the hash of the password that let a client in. */
uint64_t auth_mark(const char *hash);

/* Whether a client that has passed some methods is let in by them under p: each of them lets it in, one may
 * be chosen, and all that are required are among them or need no word. mark: of the hash, where PWORD is
 * one of them; the user must have it still. */
bool auth_lets_in(const struct auth_policy *p, unsigned passed, uint64_t mark,
                  const struct peer *peer, const struct identity *who);

#endif
