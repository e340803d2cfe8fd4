/* SPDX-License-Identifier: MIT
 *
 * rights.h - the policy file: which identity may do what. What no line of it allows is denied, so an empty
 * one denies everything; without one everything is allowed.
 *
 *   allow any {
 *       connect  *                 # under these private names
 *       join     lobby  chat-*     # these groups
 *       send     lobby             # to these groups, member or not
 *       private  *                 # to these clients, by their private names
 *       see      lobby             # who is in these groups
 *   }
 *   allow user alice or uid 1000 or gid staff or ip 10.0.0.0/8 or cert *.example.com {
 *       ...
 *   }
 *
 * Words are those of spread.conf (config/lex.h), and so are quotes and comments; names and groups are
 * patterns (base/pattern.h). Lines only add, so their order means nothing.
 *
 * A grant is what one identity may, all lines that are for it taken together. Identities for which the
 * same lines hold share one, and it remembers names that it has found allowed, so that a client that sends
 * to the same groups again and again is not compared with patterns each time.
 */
#ifndef SPREAD_RIGHTS_RIGHTS_H
#define SPREAD_RIGHTS_RIGHTS_H

#include "daemon/config/conf.h"
#include "daemon/rights/identity.h"
#include "libspread/wire/names.h"

enum right { MAY_CONNECT, MAY_JOIN, MAY_SEND, MAY_PRIVATE, MAY_SEE, RIGHTS };

struct rights;
struct grant;

/* The number of a user, or of a group of users; false: there is none of that name. */
typedef bool rights_account(bool group, const char *name, uint32_t *id);

/* Reads the text; findings go to source->report. NULL after a fatal one. */
struct rights *rights_parse(const struct conf_source *source, rights_account *account);
void rights_free(struct rights *r);
/* True if they come from the same text. */
bool rights_equal(const struct rights *a, const struct rights *b);

/* What that identity may; lent as long as r is there. */
struct grant *rights_grant(struct rights *r, const struct identity *who);

/* name: a private name for MAY_CONNECT, a private group for MAY_PRIVATE, else a group. */
bool grant_permits(struct grant *g, enum right right, const struct name *name);
/* The line that permits it; 0: none does. */
int grant_line(const struct grant *g, enum right right, const struct name *name);
/* Whatever the name is. */
bool grant_permits_all(const struct grant *g, enum right right);

const char *right_word(enum right right);
/* RIGHTS: there is no such word. */
enum right right_of_word(const char *text, size_t len);

#endif
