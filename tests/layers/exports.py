# SPDX-License-Identifier: MIT
"""Fails unless each library exports every function the public headers declare, nothing that is
not SP_ or E_, and, if it is a shared one, has the soname of 5.0.1."""
import pathlib
import re
import subprocess
import sys

HEADERS = ("sp_func.h", "sp_events.h", "sp_more.h")
NOT_DECLARED = {"SP_query_groups", "SP_query_members"}  # exported by 5.0.1 all the same


def declared(include):
    text = "".join((pathlib.Path(include) / h).read_text() for h in HEADERS)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return set(re.findall(r"\b((?:SP|E)_\w+)\s*\(", text))


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def names(library):
    """What others can link to, and the name they find it by when they run."""
    if library.endswith(".a"):
        symbols, soname = output("nm", "-g", "--defined-only", library), pathlib.Path(library).stem + ".so.3"
    else:
        symbols = output("nm", "-D", "--defined-only", library)
        soname = re.search(r"soname: \[(.+?)\]", output("readelf", "-d", library)).group(1)
    found = set(re.findall(r"^[0-9a-f]+ \w ([\w.]+)", symbols, re.M))
    return {name for name in found if not name.startswith("__x86.")}, soname  # gcc's own


def main(include, *libraries):
    wanted, failed = declared(include) | NOT_DECLARED, False
    for library in libraries:
        found, soname = names(library)
        if found != wanted or not re.fullmatch(r"lib(t?spread-core|spread)\.so\.3", soname):
            failed = True
            print(f"{pathlib.Path(library).name} ({soname}): missing {sorted(wanted - found)}, "
                  f"extra {sorted(found - wanted)}")
    print(f"{len(wanted)} functions in {len(libraries)} libraries")
    return 1 if failed or len(wanted) < 40 else 0


sys.exit(main(*sys.argv[1:]))
