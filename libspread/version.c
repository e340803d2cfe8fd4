/* SPDX-License-Identifier: MIT */
#include "include/sp.h"

int SP_version(int *major_version, int *minor_version, int *patch_version)
{
    if (!major_version || !minor_version || !patch_version)
        return 0;
    *major_version = 5;
    *minor_version = 0;
    *patch_version = 1;
    return 1;
}

/* 5.0.1 exports these two, in no header, and never implemented them; binaries may name them. */
int SP_query_groups(void);
int SP_query_members(void);

int SP_query_groups(void)
{
    return -1;
}

int SP_query_members(void)
{
    return -1;
}
