#!/usr/bin/env bash
# Guess: adding to a hash table costs about the same each time; growing is spread over many calls, or
# small beside the work that fills the table.
# Seen: uthash moves every element in the call that makes the table grow. Of a million elements added
# one by one, one call moves more than 600,000: in a server with one thread that is a pause of a tenth
# of a second in the middle of its work, at a moment that a client can choose.
# Pinned: uthash-dev 2.3.0-1+b1 (Debian 12); header only.
set -eu
. "$(dirname "$0")/fetch.bash"
fetch 2.3.0-1+b1 uthash-dev
cat >grow.c <<'C'
static unsigned long most, times;
/* Called by uthash when it has made the table larger, with all elements in it moved. */
#define uthash_expand_fyi(table) \
    do { \
        times++; \
        if ((table)->num_items > most) \
            most = (table)->num_items; \
    } while (0)
#include <stdio.h>
#include <stdlib.h>
#include "uthash.h"

struct one {
    int key;
    UT_hash_handle hh;
};

int main(void)
{
    enum { ALL = 1000000 };
    struct one *table = NULL, *all = calloc(ALL, sizeof *all);
    for (int i = 0; i < ALL; i++) {
        all[i].key = i;
        HASH_ADD_INT(table, key, &all[i]);
    }
    printf("table made larger %lu times; most elements moved by one call: %s\n", times,
           most > 600000 ? "over 600,000 of 1,000,000" : "fewer");
    return 0;
}
C
gcc -O1 -Iroot/usr/include grow.c -o grow
./grow | tee out
grep -q 'over 600,000 of 1,000,000' out
