# SPDX-License-Identifier: MIT
"""Fails when no other file of what is installed refers to a function of the daemon, the library or
a program: it has been forgotten, or what should call it has; or it is static.

usage: called.py OBJECT ...
"""
import re
import subprocess
import sys

# What the world outside calls: the interface of the library, and programs.
OUTSIDE = re.compile(r"(SP|E|FL)_\w+|main")
# Where the simulator's own functions are; its tests may be all that calls them.
NOT_JUDGED = re.compile(r"/tests/sim/CMakeFiles/")
# Called by tests alone, and why they may be.
ALLOWED = {"ip_is_loopback", "streams_forget"}


def main(*objects):
    defined, referred = {}, set()
    out = subprocess.run(["nm", "-A", "-g", *objects], capture_output=True, text=True,
                         check=True).stdout
    for path, kind, name in re.findall(r"^(.*?):[0-9a-f ]* (\w) (\w+)$", out, re.M):
        if kind == "U":
            referred.add(name)
        elif kind == "T" and not NOT_JUDGED.search(path):
            defined[name] = path
    forgotten = [name for name in sorted(set(defined) - referred - ALLOWED)
                 if not OUTSIDE.fullmatch(name)]
    for name in forgotten:
        print(f"{defined[name]}: nothing else calls {name}")
    print(f"{len(defined)} functions in {len(objects)} files")
    return 1 if forgotten or len(defined) < 500 else 0


sys.exit(main(*sys.argv[1:]))
