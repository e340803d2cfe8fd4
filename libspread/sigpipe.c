/* SPDX-License-Identifier: MIT */
#include "libspread/sigpipe.h"

#include <signal.h>
#include <stdatomic.h>

#include "include/sp_more.h"

/* No lock: a child forked by another thread meanwhile would find it taken. Threads that connect
 * for the first time side by side may each set it, to the same, before their calls return. */
enum { UNDECIDED, KEPT, SETTLED };
static atomic_int decision;

void sigpipe_settle(void)
{
    struct sigaction now, ignore = {.sa_handler = SIG_IGN};
    int undecided = UNDECIDED;
    if (atomic_load(&decision) != UNDECIDED)
        return;
    if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
        sigaction(SIGPIPE, &ignore, NULL);
    atomic_compare_exchange_strong(&decision, &undecided, SETTLED);
}

int SP_keep_sigpipe(void)
{
    int undecided = UNDECIDED;
    return atomic_compare_exchange_strong(&decision, &undecided, KEPT) || undecided == KEPT;
}
