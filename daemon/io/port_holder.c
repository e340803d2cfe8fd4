/* SPDX-License-Identifier: MIT */
#include "daemon/io/port_holder.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* States of the kernel's table. */
enum { TABLE_LISTEN = 10 };

struct entry {
    struct ip local;
    unsigned port, state;
    unsigned long inode; /* 0: no program has it */
};

struct search {
    const struct ip *ip;
    uint16_t port;
    struct entry listener, connection; /* inode 0: none was found */
    bool listens;                      /* with or without an inode */
    int remains;
};

/* -- the kernel's table of connections ------------------------------------------------------- */

/* Words of four bytes as this machine has them: 0100007F is 127.0.0.1 on a small-endian one. */
static bool read_address(struct ip *ip, const char *hex)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    size_t words = strlen(hex) / 8;
    *ip = (struct ip){.family = words == 1 ? 4 : 6};
    for (size_t i = 0; i < words && i < 4; i++) {
        char digits[9] = {0};
        memcpy(digits, hex + 8 * i, 8);
        uint32_t word = (uint32_t)strtoul(digits, NULL, 16);
        memcpy(ip->bytes + 4 * i, &word, 4);
    }
    if (words == 4 && memcmp(ip->bytes, mapped, 12) == 0) {
        memmove(ip->bytes, ip->bytes + 12, 4);
        memset(ip->bytes + 4, 0, 12);
        ip->family = 4;
    }
    return words == 1 || words == 4;
}

static bool read_entry(struct entry *e, const char *line)
{
    char hex[33];
    return sscanf(line, " %*u: %32[0-9A-Fa-f]:%x %*32[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %lu",
                  hex, &e->port, &e->state, &e->inode) == 4 &&
           read_address(&e->local, hex);
}

static void consider(struct search *s, const struct entry *e)
{
    if (e->port != s->port || !(ip_is_wildcard(&e->local) || ip_is_wildcard(s->ip) ||
                                ip_equal(&e->local, s->ip)))
        return;
    if (e->state == TABLE_LISTEN) {
        s->listens = true;
        s->listener = *e;
    } else if (e->inode) {
        s->connection = *e;
    } else {
        s->remains++;
    }
}

static void look_through(struct search *s, const char *table)
{
    char line[512];
    struct entry e;
    FILE *file = fopen(table, "re");
    if (!file)
        return;
    while (fgets(line, sizeof line, file))
        if (read_entry(&e, line))
            consider(s, &e);
    fclose(file);
}

/* -- the program ----------------------------------------------------------------------------- */

static bool has_socket(const char *pid, unsigned long inode)
{
    char path[300], link[64], wanted[64];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    snprintf(wanted, sizeof wanted, "socket:[%lu]", inode);
    DIR *folder = opendir(path);
    if (!folder)
        return false;
    for (struct dirent *d; !found && (d = readdir(folder));) {
        ssize_t len = readlinkat(dirfd(folder), d->d_name, link, sizeof link - 1);
        link[len > 0 ? len : 0] = '\0';
        found = strcmp(link, wanted) == 0;
    }
    closedir(folder);
    return found;
}

static void name_process(const char *pid, char text[HOLDER_TEXT])
{
    char path[300], name[32] = "?";
    snprintf(path, sizeof path, "/proc/%s/comm", pid);
    FILE *file = fopen(path, "re");
    if (file && fgets(name, sizeof name, file))
        name[strcspn(name, "\n")] = '\0';
    if (file)
        fclose(file);
    for (char *c = name; *c; c++)
        if (!isprint((unsigned char)*c))
            *c = '?';
    snprintf(text, HOLDER_TEXT, "%s (process %.20s)", name, pid);
}

/* Of processes that we may look into: root sees all, others their own. */
static void find_program(unsigned long inode, char text[HOLDER_TEXT])
{
    snprintf(text, HOLDER_TEXT, "a program that root can see, with ss -lptun,");
    DIR *processes = opendir("/proc");
    if (!processes)
        return;
    for (struct dirent *d; (d = readdir(processes));)
        if (isdigit((unsigned char)d->d_name[0]) && has_socket(d->d_name, inode)) {
            name_process(d->d_name, text);
            break;
        }
    closedir(processes);
}

static void find_none(char text[HOLDER_TEXT])
{
    snprintf(text, HOLDER_TEXT, "a program that the system does not show");
}

const char *port_holder_udp(const struct ip *ip, uint16_t port, char text[HOLDER_TEXT])
{
    struct search s = {.ip = ip, .port = port};
    look_through(&s, "/proc/self/net/udp");
    look_through(&s, "/proc/self/net/udp6");
    if (s.connection.inode)
        find_program(s.connection.inode, text);
    else
        find_none(text);
    return text;
}

enum port_holder port_holder(const struct ip *ip, uint16_t port, char text[HOLDER_TEXT])
{
    struct search s = {.ip = ip, .port = port};
    look_through(&s, "/proc/self/net/tcp");
    look_through(&s, "/proc/self/net/tcp6");
    if (s.listens || s.connection.inode)
        find_program(s.listens ? s.listener.inode : s.connection.inode, text);
    else if (s.remains)
        snprintf(text, HOLDER_TEXT, "%d connection%s whose program has ended (TIME-WAIT)", s.remains,
                 s.remains == 1 ? "" : "s");
    else
        find_none(text);
    if (s.listens)
        return HOLDER_LISTENER;
    if (s.connection.inode)
        return HOLDER_CONNECTION;
    return s.remains ? HOLDER_REMAINS : HOLDER_UNSEEN;
}
