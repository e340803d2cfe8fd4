/* SPDX-License-Identifier: MIT
 *
 * slow.h - what is done about clients that do not read what waits for them: SlowReaders of
 * spread.conf.
 *
 *   SlowReaders = {
 *       name  "rec*"     hold     # clients of that private name, wherever they listen
 *       PWORD ticker     cut      # those who came in with a password as that user
 *       UID   1000       hold     # processes of that user of this host, by the Unix socket
 *       CERT  "*.feeds"  cut      # those who have shown a certificate of that name
 *       group "quotes.*" drop     # everybody, for messages to these groups
 *   }
 *
 * Who it is comes before which group it is: for the client rec1 the first line counts in quotes.bund,
 * too. Of the lines of each of the two kinds the first that fits counts. A message to several groups
 * is treated as is mildest for its receivers. And a client may ask for less than that for its own
 * mailbox, never for more (session/policy.h).
 */
#ifndef SPREAD_CONFIG_SLOW_H
#define SPREAD_CONFIG_SLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From what costs others most to what costs them nothing. The numbers are those of sp_more.h. */
enum slow_policy {
    SLOW_HOLD, /* who sends to it waits */
    SLOW_DROP, /* UNRELIABLE messages are left out, and counted; for others who sends them waits */
    SLOW_CUT,  /* nobody waits: with more than MaxSessionMessages waiting it is cut off */
    SLOW_POLICIES,
};

const char *slow_policy_name(enum slow_policy policy);
/* False: no policy is named so. */
bool slow_policy_named(const char *text, size_t len, enum slow_policy *policy);

/* Of what a line speaks. */
enum slow_subject {
    SLOW_OF_GROUP,
    SLOW_OF_NAME,  /* the private name of a client, without # and daemon */
    SLOW_OF_PWORD, /* the user of the password that let it in */
    SLOW_OF_UID,   /* of its process, in decimal; by the Unix socket */
    SLOW_OF_CERT,  /* the name in the certificate that it has shown */
    SLOW_SUBJECTS,
};

const char *slow_subject_name(enum slow_subject subject);
bool slow_subject_named(const char *text, size_t len, enum slow_subject *subject);

enum { SLOW_LINES_MAX = 64, SLOW_PATTERN_MAX = 63 };

struct slow_line {
    enum slow_subject subject;
    enum slow_policy policy;
    char pattern[SLOW_PATTERN_MAX + 1];
};

struct slow_lines {
    struct slow_line list[SLOW_LINES_MAX];
    uint32_t count;
};

bool slow_lines_equal(const struct slow_lines *a, const struct slow_lines *b);
/* A line above that leaves nothing to this one; 0: none; else its number, from 1. */
uint32_t slow_line_in_the_way(const struct slow_lines *l, const struct slow_line *line);

/* Who a client is, for each subject but groups; NULL: it has nothing of the kind. */
struct slow_client {
    const char *is[SLOW_SUBJECTS];
};

/* What the lines say of a client. False: nothing. */
bool slow_policy_of_client(const struct slow_lines *l, const struct slow_client *client,
                           enum slow_policy *policy);
/* Of a message to these groups, each a field of a frame; SLOW_HOLD if the lines say nothing. */
enum slow_policy slow_policy_of_groups(const struct slow_lines *l, const uint8_t *fields,
                                       uint32_t count);

#endif
