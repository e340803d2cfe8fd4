#!/usr/bin/env bash
# Guess: the struct of an expanded AES-GCM key in <intel-ipsec-mb.h> is aligned to the 64 bytes that the library's
# own builds have for it, so `_Alignof` and a member of another struct have it right.
# Seen: the attribute stands behind `#ifdef LINUX`, which no compiler defines (they have __linux__), only the
# library's makefile. As installed, the alignment is 1, and 64 with -DLINUX: two files of one program may lay out
# a struct around it in two ways.
# Pinned: libipsec-mb-dev 1.3-2 (Debian 12, amd64); its files are taken out of the package, nothing is installed.
set -eu
. "$(dirname "$0")/fetch.bash"
fetch 1.3-2 libipsec-mb-dev
cat >aligned.c <<'C'
#include <intel-ipsec-mb.h>
#include <stddef.h>
#include <stdio.h>
struct session { char id; struct gcm_key_data key; };
int main(void)
{
    printf("alignment %zu, of a key behind one byte at %zu\n", _Alignof(struct gcm_key_data), offsetof(struct session, key));
    return 0;
}
C
for define in '' -DLINUX; do
    gcc -std=c11 -Iroot/usr/include $define aligned.c -o aligned
    echo "${define:-as installed}: $(./aligned)"
done | tee seen
diff seen - <<'SEEN'
as installed: alignment 1, of a key behind one byte at 1
-DLINUX: alignment 64, of a key behind one byte at 64
SEEN
