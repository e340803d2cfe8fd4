/* SPDX-License-Identifier: MIT
 *
 * A test that takes as many ports as it is told and says which, for ports_test.py; it ends when its
 * input does.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/port.h"

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 1;
    for (int i = 0; i < count; i++)
        printf("%u ", port_free());
    puts("");
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}
