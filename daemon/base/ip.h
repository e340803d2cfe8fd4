/* SPDX-License-Identifier: MIT
 *
 * ip.h - IPv4 and IPv6 addresses as plain values, without sockets.
 */
#ifndef SPREAD_BASE_IP_H
#define SPREAD_BASE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IP_TEXT = 46 + 16 };

struct ip {
    uint8_t family;    /* 4, 6; 0: none */
    uint8_t bytes[16]; /* network order; 4 of them for IPv4 */
    char zone[16];     /* interface of a scoped IPv6 address, "" if none; not compared */
};

/* Reads dotted IPv4 or an IPv6 address with optional "%zone". False: not an address. */
bool ip_parse(struct ip *ip, const char *text);

/* Reads an address, or address/length with no bits behind the prefix. False: neither. */
bool ip_parse_network(struct ip *network, int *prefix_len, const char *text);
bool ip_is_in(const struct ip *ip, const struct ip *network, int prefix_len);

/* Writes the usual short text, zone not included; returns text. */
const char *ip_text(const struct ip *ip, char text[IP_TEXT]);

bool ip_equal(const struct ip *a, const struct ip *b);
bool ip_is_wildcard(const struct ip *ip);  /* 0.0.0.0 or :: */
bool ip_is_multicast(const struct ip *ip); /* 224/4 or ff00::/8 */
bool ip_is_loopback(const struct ip *ip);  /* 127/8 or ::1 */

#endif
