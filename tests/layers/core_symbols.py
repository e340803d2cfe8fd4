# SPDX-License-Identifier: MIT
"""Fails when spread_core, or the machine of the flush layer, calls anything of the system but memory,
text and arithmetic: sockets, files, clocks, threads and signals belong to io/."""
import re
import subprocess
import sys

ALLOWED = re.compile(
    r"^(mem\w*|str\w*|__mem\w*_chk|__str\w*_chk|v?snprintf|__v?snprintf_chk|__isoc99_sscanf|sscanf"
    r"|malloc|calloc|realloc|aligned_alloc|free|qsort|bsearch|abs|to(lower|upper)|__ctype_\w+|is\w+|strto\w+"
    r"|__isoc\d+_strto\w+|inet_pton|inet_ntop|crypt_checksalt|explicit_bzero|__explicit_bzero_chk|_?_?assert\w*"
    r"|__errno_location|__\w+[dst]i\d|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|bcmp"
    r"|EVP_\w+|OSSL_PARAM_\w+|OPENSSL_cleanse|CRYPTO_memcmp"  # of OpenSSL: arithmetic
    r"|alloc_mb_mgr|free_mb_mgr|init_mb_mgr_auto|imb_get_errno"  # of libipsec-mb: likewise
    r"|fputs|fwrite|exit|stderr"  # base/memory.c: the one line before the end
    r"|__(asan|ubsan|tsan|sanitizer|lsan|gcov|sancov)\w*|__\w+_sanitizer\w*)$")


def main(*objects):
    out = subprocess.run(["nm", "-g", *objects], capture_output=True, text=True, check=True).stdout
    defined = set(re.findall(r" [TDBRCVW] (\S+)$", out, re.M))
    undefined = set(re.findall(r"^ +[Uw] (\S+)$", out, re.M)) - defined
    bad = sorted(s for s in undefined if not ALLOWED.match(s))
    print("the core calls: " + ", ".join(bad) if bad else f"{len(undefined)} outside symbols, all pure")
    return 1 if bad or not defined else 0


sys.exit(main(*sys.argv[1:]))
