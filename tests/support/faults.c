/* SPDX-License-Identifier: MIT
 *
 * Faults for a daemon that loads this, each of which a sanitizer must see: SPREAD_TEST_FAULT names
 * one, and SIGUSR2 lets it happen.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static char *volatile lost;
static volatile int largest = 0x7fffffff;

static void leak(int signal)
{
    (void)signal;
    lost = malloc(1000);
    lost = NULL;
}

static void overflow(int signal)
{
    (void)signal;
    lost = malloc(10);
    lost[10] = 1;
}

static void undefined(int signal)
{
    (void)signal;
    largest = largest + 1;
}

__attribute__((constructor)) static void prepare(void)
{
    static const struct {
        const char *name;
        void (*happen)(int signal);
    } faults[] = {{"none", SIG_IGN},
                  {"leak", leak},
                  {"overflow", overflow},
                  {"undefined", undefined}};
    const char *wanted = getenv("SPREAD_TEST_FAULT");
    for (size_t i = 0; wanted && i < sizeof faults / sizeof faults[0]; i++)
        if (strcmp(faults[i].name, wanted) == 0)
            signal(SIGUSR2, faults[i].happen);
}
