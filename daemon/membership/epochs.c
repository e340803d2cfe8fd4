/* SPDX-License-Identifier: MIT */
#include "daemon/membership/epochs.h"

uint64_t epochs_propose(struct epochs *e, uint64_t ring, uint64_t wall_s)
{
    epochs_see(e, e->promised);
    epochs_see(e, ring);
    epochs_see(e, wall_s);
    e->seen += 2;
    e->promised = e->seen;
    return e->promised;
}

bool epochs_allow(const struct epochs *e, uint64_t epoch)
{
    return epoch > e->promised;
}

void epochs_accept(struct epochs *e, uint64_t epoch)
{
    e->promised = epoch;
    epochs_see(e, epoch);
}

bool epochs_believe(const struct epochs *e, uint64_t epoch, uint64_t wall_s)
{
    uint64_t known = e->seen > wall_s ? e->seen : wall_s;
    return epoch <= known || epoch - known <= UINT32_MAX;
}
