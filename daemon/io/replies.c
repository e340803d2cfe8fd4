/* SPDX-License-Identifier: MIT */
#include "daemon/io/replies.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/io/host.h"
#include "daemon/io/log_output.h"

int replies_open(const struct ip *own, char *why, size_t why_size)
{
    struct sockaddr_storage address;
    char text[IP_TEXT];
    socklen_t len = host_sockaddr(&address, own, 0);
    int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0)
        return fd;
    snprintf(why, why_size, "no socket for reports to monitors at %s: %s", ip_text(own, text),
             strerrordesc_np(errno));
    replies_close(fd);
    return -1;
}

void replies_close(int fd)
{
    if (fd >= 0)
        close(fd);
}

void replies_send(int fd, struct daemon *daemon)
{
    struct monitor_reply r;
    while (daemon_next_reply(daemon, &r)) {
        struct sockaddr_storage to;
        char text[IP_TEXT];
        socklen_t len = host_sockaddr(&to, &r.to, r.port);
        if (sendto(fd, r.bytes, r.len, 0, (struct sockaddr *)&to, len) < 0)
            log_event(log_output(), LOG_STATUS, LEVEL_WARNING,
                      "a status report to %s port %u could not be sent: %s", ip_text(&r.to, text),
                      r.port, strerrordesc_np(errno));
    }
}
