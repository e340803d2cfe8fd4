/* SPDX-License-Identifier: MIT */
#include "daemon/base/ip.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

bool ip_parse(struct ip *ip, const char *text)
{
    char address[INET6_ADDRSTRLEN];
    *ip = (struct ip){0};

    if (inet_pton(AF_INET, text, ip->bytes) == 1) {
        ip->family = 4;
        return true;
    }
    size_t len = strcspn(text, "%");
    if (len >= sizeof address)
        return false;
    memcpy(address, text, len);
    address[len] = '\0';
    if (inet_pton(AF_INET6, address, ip->bytes) != 1)
        return false;
    ip->family = 6;
    if (text[len] == '%') {
        const char *zone = text + len + 1;
        if (*zone == '\0' || strlen(zone) >= sizeof ip->zone)
            return false;
        strcpy(ip->zone, zone);
    }
    return true;
}

const char *ip_text(const struct ip *ip, char text[IP_TEXT])
{
    if (ip->family == 0 || !inet_ntop(ip->family == 4 ? AF_INET : AF_INET6, ip->bytes, text, IP_TEXT))
        strcpy(text, "none");
    return text;
}

static size_t length(const struct ip *ip)
{
    return ip->family == 4 ? 4 : 16;
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, length(a)) == 0;
}

bool ip_is_wildcard(const struct ip *ip)
{
    static const uint8_t zero[16];
    return ip->family != 0 && memcmp(ip->bytes, zero, length(ip)) == 0;
}

bool ip_is_multicast(const struct ip *ip)
{
    return ip->family == 4 ? ip->bytes[0] >= 224 && ip->bytes[0] < 240 : ip->bytes[0] == 0xff;
}

bool ip_is_loopback(const struct ip *ip)
{
    static const uint8_t one[16] = {[15] = 1};
    return ip->family == 4 ? ip->bytes[0] == 127 : memcmp(ip->bytes, one, 16) == 0;
}

/* -- networks ------------------------------------------------------------------------------ */

static bool bit_set(const uint8_t *bytes, int bit)
{
    return bytes[bit / 8] & (0x80 >> (bit % 8));
}

bool ip_is_in(const struct ip *ip, const struct ip *network, int prefix_len)
{
    if (network->family != ip->family)
        return false;
    for (int bit = 0; bit < prefix_len; bit++)
        if (bit_set(network->bytes, bit) != bit_set(ip->bytes, bit))
            return false;
    return true;
}

static bool read_prefix_len(int *prefix_len, const char *text, int bits)
{
    char *end;
    long len = strtol(text, &end, 10);
    if (end == text || *end || len < 0 || len > bits)
        return false;
    *prefix_len = (int)len;
    return true;
}

bool ip_parse_network(struct ip *network, int *prefix_len, const char *text)
{
    char address[IP_TEXT];
    size_t len = strcspn(text, "/");
    if (len >= sizeof address)
        return false;
    memcpy(address, text, len);
    address[len] = '\0';
    if (!ip_parse(network, address))
        return false;
    int bits = network->family == 4 ? 32 : 128;
    *prefix_len = bits;
    if (text[len] == '/' && !read_prefix_len(prefix_len, text + len + 1, bits))
        return false;
    for (int bit = *prefix_len; bit < bits; bit++)
        if (bit_set(network->bytes, bit))
            return false;
    return true;
}
