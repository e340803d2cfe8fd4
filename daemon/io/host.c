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

static bool is_address(const struct sockaddr *address, const struct ip *ip)
{
    struct sockaddr_storage copy = {0};
    uint16_t port;
    if (!address || (address->sa_family != AF_INET && address->sa_family != AF_INET6))
        return false;
    memcpy(&copy, address,
           address->sa_family == AF_INET ? sizeof(struct sockaddr_in)
                                         : sizeof(struct sockaddr_in6));
    struct ip here = host_ip(&copy, &port);
    return ip_equal(&here, ip);
}

static bool is_whole_loopback(const struct ip *ip)
{
    return ip->family == 4 && ip->bytes[0] == 127;
}

unsigned host_interface_of(const struct ip *ip)
{
    struct ifaddrs *list;
    unsigned found = 0;
    if (getifaddrs(&list) != 0)
        return 0;
    for (const struct ifaddrs *i = list; i && !found; i = i->ifa_next) {
        char name[IF_NAMESIZE];
        bool has = is_whole_loopback(ip) ? (i->ifa_flags & IFF_LOOPBACK) != 0
                                         : is_address(i->ifa_addr, ip);
        if (!has)
            continue;
        snprintf(name, sizeof name, "%s", i->ifa_name);
        name[strcspn(name, ":")] = '\0'; /* a label, such as eth0:1 */
        found = if_nametoindex(name);
    }
    freeifaddrs(list);
    return found;
}

bool host_has(const struct ip *ip)
{
    return is_whole_loopback(ip) || host_interface_of(ip) != 0;
}

/* The last address of the network, which the system takes for its broadcast address even where none
 * was written. */
static bool is_last_address(const struct ifaddrs *i, const struct ip *ip)
{
    struct sockaddr_in address, mask;
    uint32_t wanted;
    if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET || !i->ifa_netmask)
        return false;
    memcpy(&address, i->ifa_addr, sizeof address);
    memcpy(&mask, i->ifa_netmask, sizeof mask);
    memcpy(&wanted, ip->bytes, sizeof wanted);
    uint32_t rest = ~ntohl(mask.sin_addr.s_addr);
    return rest > 1 && wanted == (address.sin_addr.s_addr | htonl(rest));
}

bool host_broadcasts(const struct ip *ip)
{
    static const struct ip all = {.family = 4, .bytes = {255, 255, 255, 255}};
    struct ifaddrs *list;
    bool found = ip_equal(ip, &all) || is_whole_loopback(ip);
    if (found || getifaddrs(&list) != 0)
        return found;
    for (const struct ifaddrs *i = list; i && !found; i = i->ifa_next)
        found = (i->ifa_flags & IFF_BROADCAST) &&
                (is_address(i->ifa_broadaddr, ip) || is_last_address(i, ip));
    freeifaddrs(list);
    return found;
}

/* Those by which others can reach it: without loopback, and what is good on one link alone. */
static bool is_own_address(const struct ifaddrs *i, struct ip *ip)
{
    struct sockaddr_storage copy = {0};
    uint16_t port;
    if (!i->ifa_addr || (i->ifa_flags & IFF_LOOPBACK) ||
        (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6))
        return false;
    memcpy(&copy, i->ifa_addr,
           i->ifa_addr->sa_family == AF_INET ? sizeof(struct sockaddr_in)
                                             : sizeof(struct sockaddr_in6));
    *ip = host_ip(&copy, &port);
    return !(ip->family == 6 && ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80);
}

/* "10.0.0.7, fd00::7", or as many of them as find room. */
static const char *own_addresses(char *text, size_t size)
{
    struct ifaddrs *list;
    size_t len = 0;
    snprintf(text, size, "none but its own loopback");
    if (getifaddrs(&list) != 0)
        return text;
    for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
        char one[IP_TEXT];
        struct ip ip;
        if (!is_own_address(i, &ip) || len + strlen(ip_text(&ip, one)) + 3 > size)
            continue;
        len += (size_t)snprintf(text + len, size - len, "%s%s", len ? ", " : "", one);
    }
    freeifaddrs(list);
    return text;
}

int host_find_self(const struct conf *conf, const char *name, char *why, size_t why_size)
{
    char text[IP_TEXT], own[200];
    if (name) {
        int self = conf_find_name(conf, name);
        if (self < 0) {
            snprintf(why, why_size, "no daemon of the configuration is called %s: give -n one of its names", name);
            return -1;
        }
        if (host_has(&conf->daemons[self].ip))
            return self;
        snprintf(why, why_size,
                 "the address %s of daemon %s is not one of this machine, which has %s: write the one "
                 "it has into the file, on all hosts",
                 ip_text(&conf->daemons[self].ip, text), name, own_addresses(own, sizeof own));
        return -1;
    }
    for (int i = 0; i < conf->daemon_count; i++)
        if (host_has(&conf->daemons[i].ip))
            return i;
    snprintf(why, why_size,
             "no daemon of the configuration has an address of this machine, which has %s: write the "
             "one that it is to be reached by into the file, on all hosts",
             own_addresses(own, sizeof own));
    return -1;
}
