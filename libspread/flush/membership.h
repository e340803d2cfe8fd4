/* SPDX-License-Identifier: MIT
 *
 * membership.h - a membership of a group as the daemon told it: first one that is to be agreed to,
 * then, once all have, the view.
 */
#ifndef SPREAD_FLUSH_MEMBERSHIP_H
#define SPREAD_FLUSH_MEMBERSHIP_H

#include "libspread/flush/news.h"
#include "libspread/flush/crew.h"

/* A regular notice of the daemon, taken apart; its fields are lent. */
struct flush_notice {
    uint32_t cause; /* FRAME_BY_... */
    struct group_view_id id;
    const uint8_t *members;
    uint32_t num_members;
    const uint8_t *own_set; /* who came along with us; of other causes than NETWORK who changed */
    uint32_t num_own;
};

/* The body is in our byte order. False: it is no such notice. */
bool flush_notice_read(struct flush_notice *n, uint32_t type, const uint8_t *members,
                       uint32_t num_members, const uint8_t *body, size_t len);

/* The body that the application is given: the id, a count, so many names. */
enum { FLUSH_VIEW_COUNT_AT = NOTICE_ID_LEN, FLUSH_VIEW_NAMES_AT = NOTICE_ID_LEN + 4 };

struct membership {
    TAILQ_ENTRY(membership) link;
    struct group_view_id id;
    uint32_t cause;
    struct name changed; /* who joined or left; of NETWORK nobody */
    struct crew *crew;
};

TAILQ_HEAD(membership_list, membership);

/* NULL: no memory. */
struct membership *membership_new(const struct flush_notice *n);
void membership_free(struct membership *m);

/* What the application is told when it becomes the view after old (NULL: the first one). NULL: no
 * memory. me is in m. */
struct flush_item *membership_tell(const struct membership *m, const struct membership *old,
                                 const struct name *group, const struct name *me);

/* Those who are in last, and not any more according to n: *names, to be freed, and their number. A
 * last of NULL had nobody. False: no memory. */
bool leavers_of(const struct flush_notice *n, const struct membership *last, struct name **names,
                size_t *count);

#endif
