#!/usr/bin/env bash
# Guess: crypt_checksalt() says whether crypt() will take a setting: its page has CRYPT_SALT_INVALID for
# parameters that are not valid for the method, and says under BUGS that CRYPT_SALT_OK and
# CRYPT_SALT_INVALID are all that it ever returns.
# Seen: it looks at the first characters alone, so settings for which crypt() fails are OK; and it returns
# CRYPT_SALT_METHOD_LEGACY, for $5$ (SHA-256) too, which is as costly as $6$ and stands in many files. Who
# takes anything but OK for a refusal locks these users out; who takes OK for a promise has hashes "*0".
# Pinned: libcrypt-dev and libcrypt1 1:4.4.33-2 (Debian 12).
set -eu
. "$(dirname "$0")/fetch.bash"
fetch 1:4.4.33-2 libcrypt-dev libcrypt1
lib=$(dirname "$(find root -name 'libcrypt.so.1')")
cat >check.c <<'C'
#include <crypt.h>
#include <stdio.h>

int main(void)
{
    static const char *const words[] = {"OK", "INVALID", "METHOD_DISABLED", "METHOD_LEGACY", "TOO_CHEAP"};
    static const char *const settings[] = {"$6$abcdefgh$", "$6$rounds=1$abcdefgh$", "$y$nonsense",
                                           "$5$abcdefgh$", "*0"};
    for (int i = 0; i < 5; i++) {
        const char *hash = crypt("secret", settings[i]);
        printf("%s: %s, crypt() %s\n", settings[i], words[crypt_checksalt(settings[i])],
               hash && hash[0] != '*' ? "works" : "fails");
    }
    return 0;
}
C
gcc -O1 -Iroot/usr/include check.c -o check -L"$lib" -l:libcrypt.so.1
LD_LIBRARY_PATH=$lib ./check | tee out
grep -qxF '$6$abcdefgh$: OK, crypt() works' out
grep -qxF '$6$rounds=1$abcdefgh$: OK, crypt() fails' out
grep -qxF '$y$nonsense: OK, crypt() fails' out
grep -qxF '$5$abcdefgh$: METHOD_LEGACY, crypt() works' out
grep -qxF '*0: INVALID, crypt() fails' out
