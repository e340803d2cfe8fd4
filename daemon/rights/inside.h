/* SPDX-License-Identifier: MIT
 *
 * inside.h - a policy file as it was read: for the files of this room only.
 */
#ifndef SPREAD_RIGHTS_INSIDE_H
#define SPREAD_RIGHTS_INSIDE_H

#include "daemon/rights/rights.h"

enum { PATTERN_MAX = 127 }; /* bytes */

enum holder_kind { HOLDER_ANY, HOLDER_USER, HOLDER_CERT, HOLDER_UID, HOLDER_GID, HOLDER_IP };

/* One of those whom a rule is for. */
struct holder {
    enum holder_kind kind;
    char pattern[PATTERN_MAX + 1]; /* USER, CERT */
    uint32_t id;                   /* UID, GID */
    struct ip network;             /* IP */
    int prefix_len;
};

/* One thing that a rule allows. */
struct clause {
    enum right right;
    int line;
    bool whole; /* MAY_PRIVATE: the pattern says which daemon, too */
    char pattern[PATTERN_MAX + 1];
};

struct rule {
    struct holder *holders;
    size_t holder_count;
    struct clause *clauses;
    size_t clause_count;
};

struct rights {
    char *text; /* what it was read from */
    size_t len;
    struct rule *rules;
    size_t rule_count;
    struct grant *grants; /* made so far */
};

/* grant.c */
void grants_free(struct grant *first);

#endif
