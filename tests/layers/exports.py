# SPDX-License-Identifier: MIT
"""Fails unless each library exports every function the public headers declare, nothing that is
not SP_ or E_, and has the soname of 5.0.1."""
import pathlib
import re
import subprocess
import sys

NOT_DECLARED = {"SP_query_groups", "SP_query_members"}  # exported by 5.0.1 all the same


def declared(include):
    text = "".join((pathlib.Path(include) / h).read_text() for h in ("sp_func.h", "sp_events.h"))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return set(re.findall(r"\b((?:SP|E)_\w+)\s*\(", text))


def main(include, *libraries):
    wanted, failed = declared(include) | NOT_DECLARED, False
    for library in libraries:
        symbols = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True,
                                 text=True, check=True).stdout
        found = {line.split()[-1].split("@")[0] for line in symbols.splitlines()}
        dynamic = subprocess.run(["readelf", "-d", library], capture_output=True, text=True,
                                 check=True).stdout
        soname = re.search(r"soname: \[(.+?)\]", dynamic).group(1)
        name = pathlib.Path(library).name
        if found != wanted or not re.fullmatch(r"lib(t?spread-core|spread)\.so\.3", soname):
            failed = True
            print(f"{name} ({soname}): missing {sorted(wanted - found)}, extra {sorted(found - wanted)}")
    print(f"{len(wanted)} functions in {len(libraries)} libraries")
    return 1 if failed or len(wanted) < 40 else 0


sys.exit(main(*sys.argv[1:]))
