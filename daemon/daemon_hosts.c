/* SPDX-License-Identifier: MIT
 *
 * Hosts of daemons that have fallen silent: where they are asked whether they live.
 */
#include "daemon/daemon_peers.h"

/* Where a daemon serves clients: best at the address that the ring uses, for that is the way in
 * question. False: nowhere. */
static bool clients_address(const struct conf_daemon *to, struct ip *ip)
{
    *ip = to->ip;
    if (to->interface_count == 0 || conf_listens_to_all(to, CONF_FOR_CLIENTS, &to->ip))
        return true;
    const struct conf_interface *found = NULL;
    for (int i = 0; i < to->interface_count; i++) {
        const struct conf_interface *one = &to->interfaces[i];
        if ((one->uses & CONF_FOR_CLIENTS) && (!found || ip_equal(&one->ip, &to->ip)))
            found = one;
    }
    if (found && !ip_is_wildcard(&found->ip))
        *ip = found->ip;
    return found != NULL;
}

bool peers_next_question(struct peers_room *r, struct host_question *q)
{
    const struct conf *conf = shared_conf(r->shared);
    if (!core_next_question(r->shared->core, &q->question))
        return false;
    const struct conf_daemon *to = &conf->daemons[q->question.whom];
    q->port = clients_address(to, &q->ip) ? conf->segments[to->segment].port : 0;
    return true;
}
