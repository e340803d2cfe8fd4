/* SPDX-License-Identifier: MIT */
#include "daemon/io/host.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

socklen_t host_sockaddr(struct sockaddr_storage *address, const struct ip *ip, uint16_t port)
{
    *address = (struct sockaddr_storage){0};
    if (ip->family == 4) {
        struct sockaddr_in *in = (struct sockaddr_in *)address;
        in->sin_family = AF_INET;
        in->sin_port = htons(port);
        memcpy(&in->sin_addr, ip->bytes, 4);
        return sizeof *in;
    }
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)address;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(port);
    in6->sin6_scope_id = ip->zone[0] ? if_nametoindex(ip->zone) : 0;
    memcpy(&in6->sin6_addr, ip->bytes, 16);
    return sizeof *in6;
}

struct ip host_ip(const struct sockaddr_storage *address, uint16_t *port)
{
    struct ip ip = {0};
    *port = 0;
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)address;
        ip.family = 4;
        memcpy(ip.bytes, &in->sin_addr, 4);
        *port = ntohs(in->sin_port);
    } else if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
        bool mapped = IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr);
        ip.family = mapped ? 4 : 6;
        memcpy(ip.bytes, in6->sin6_addr.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
        *port = ntohs(in6->sin6_port);
    }
    return ip;
}

bool host_resolve(void *context, const char *name, int family, struct ip *ip, const char **why)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM,
                             .ai_family = family == 4   ? AF_INET
                                          : family == 6 ? AF_INET6
                                                        : AF_UNSPEC};
    struct addrinfo *found;
    (void)context;

    int error = getaddrinfo(name, NULL, &hints, &found);
    if (error) {
        *why = gai_strerror(error);
        return false;
    }
    struct sockaddr_storage address = {0};
    memcpy(&address, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    uint16_t port;
    *ip = host_ip(&address, &port);
    *why = "neither an IPv4 nor an IPv6 address";
    return ip->family != 0;
}

bool host_has(const struct ip *ip)
{
    struct ifaddrs *list;
    bool found = ip->family == 4 && ip->bytes[0] == 127;
    if (found || getifaddrs(&list) != 0)
        return found;
    for (const struct ifaddrs *i = list; i && !found; i = i->ifa_next) {
        struct sockaddr_storage address = {0};
        if (!i->ifa_addr)
            continue;
        if (i->ifa_addr->sa_family == AF_INET)
            memcpy(&address, i->ifa_addr, sizeof(struct sockaddr_in));
        else if (i->ifa_addr->sa_family == AF_INET6)
            memcpy(&address, i->ifa_addr, sizeof(struct sockaddr_in6));
        else
            continue;
        uint16_t port;
        struct ip here = host_ip(&address, &port);
        found = ip_equal(&here, ip);
    }
    freeifaddrs(list);
    return found;
}

int host_find_self(const struct conf *conf, const char *name, char *why, size_t why_size)
{
    char text[IP_TEXT];
    if (name) {
        int self = conf_find_name(conf, name);
        if (self < 0) {
            snprintf(why, why_size, "no daemon of the configuration is called %s", name);
            return -1;
        }
        if (host_has(&conf->daemons[self].ip))
            return self;
        snprintf(why, why_size, "the address %s of daemon %s is not one of this machine",
                 ip_text(&conf->daemons[self].ip, text), name);
        return -1;
    }
    for (int i = 0; i < conf->daemon_count; i++)
        if (host_has(&conf->daemons[i].ip))
            return i;
    snprintf(why, why_size, "no daemon of the configuration has an address of this machine");
    return -1;
}
