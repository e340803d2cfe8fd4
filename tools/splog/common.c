/* SPDX-License-Identifier: MIT */
#include "tools/splog/splog.h"

#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "sp.h"

__attribute__((format(printf, 1, 0))) static void tell(const char *format, va_list arguments)
{
    char line[1024];
    int len = snprintf(line, sizeof line, "splog: ");
    vsnprintf(line + len, sizeof line - (size_t)len, format, arguments);
    fprintf(stderr, "%s\n", line);
}

void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(format, arguments);
    va_end(arguments);
}

void give_up(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(format, arguments);
    va_end(arguments);
    exit(1);
}

void *memory_of(size_t size)
{
    void *memory = malloc(size > 0 ? size : 1);
    if (!memory)
        give_up("out of memory");
    return memory;
}

uint64_t number_of(const char *option, const char *text, uint64_t low, uint64_t high)
{
    static const char units[] = "kMG";
    char *end;
    uint64_t value = strtoull(text, &end, 10), scale = 1;
    const char *unit = *end ? strchr(units, *end) : NULL;
    if (unit) {
        scale = (uint64_t)1 << 10 * (unit - units + 1);
        end++;
    }
    if (end == text || *end || text[0] == '-' || __builtin_mul_overflow(value, scale, &value) ||
        value < low || value > high) {
        say("%s wants a number from %llu to %llu, not %s", option, (unsigned long long)low,
            (unsigned long long)high, text);
        exit(2);
    }
    return value;
}

int splog_option(const struct usage *u, const char *letters, int argc, char **argv)
{
    static const struct option names[] = {
        {"help", no_argument, NULL, 'H'}, {"version", no_argument, NULL, 'V'}, {0}};
    argv[0] = (char *)(uintptr_t)u->program; /* that getopt shows; it changes nothing */
    int option = getopt_long(argc, argv, letters, names, NULL);
    if (option == 'H' || option == 'V')
        usage_answer(u, option == 'H' ? "--help" : "--version");
    if (option == '?')
        usage_refuse_all(u);
    return option;
}

const char *splog_group(const struct usage *u, int argc, char **argv)
{
    if (argc - optind != 1)
        usage_refuse(u, NULL, "it takes the name of one group");
    const char *text = argv[optind];
    size_t len = strlen(text);
    bool legal = len > 0 && len < MAX_GROUP_NAME;
    for (size_t i = 0; i < len; i++)
        legal = legal && text[i] >= '$' && text[i] <= '~';
    if (!legal)
        usage_refuse(u, text, "it cannot be the name of a group");
    return text;
}

int signals_watch(const int *signals)
{
    sigset_t set;
    sigemptyset(&set);
    for (; *signals; signals++)
        sigaddset(&set, *signals);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        give_up("no descriptor for signals");
    return fd;
}

int signals_next(int fd)
{
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}
