# SPDX-License-Identifier: MIT
"""Fails when files of the daemon or the library call each other in a circle: a.c calls something of
b.c, which calls something of a.c, perhaps by way of others. To read one of them, one has to read all.

usage: circles.py OBJECT ...

Only what nm shows counts: what one object refers to and another one of the same folder defines.
"""
import os
import re
import subprocess
import sys

# Circles that are right, each a frozenset of files with its reason above it. One that has become
# smaller or is gone fails, too, so that this list is true.
RIGHT = set()

PLACE = re.compile(r"/((?:daemon|libspread)/)CMakeFiles/[^/]+\.dir/(.*)\.o(?:bj)?$")


def file_of(path):
    """Of .../daemon/CMakeFiles/spread_core.dir/./ring/visit.c.o the source, daemon/ring/visit.c."""
    place = PLACE.search(path)
    return place and os.path.normpath(place.group(1) + place.group(2))


def calls_of(objects):
    """{file: {other file: the names that it refers to there}}"""
    defined, referred = {}, {}
    out = subprocess.run(["nm", "-A", "-g", *objects], capture_output=True, text=True,
                         check=True).stdout
    for path, kind, name in re.findall(r"^(.*?):[0-9a-f ]* (\w) (\w+)$", out, re.M):
        if kind in "Uw":
            referred.setdefault(file_of(path), set()).add(name)
        else:
            defined[name] = file_of(path)
    calls = {source: {} for source in set(defined.values()) | set(referred)}
    for source, names in referred.items():
        for name in names & set(defined):
            if defined[name] != source:
                calls[source].setdefault(defined[name], set()).add(name)
    return calls


def reached(calls, start):
    seen, waiting = set(), [start]
    while waiting:
        for target in calls[waiting.pop()]:
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen


def circles_of(calls):
    """The largest sets of files of which each reaches each."""
    reach = {source: reached(calls, source) for source in calls}
    return {frozenset(b for b in reach[a] if a in reach[b]) for a in calls if a in reach[a]}


def told(calls, circle):
    lines = [f"a circle of {len(circle)} files:"]
    for source in sorted(circle):
        for target in sorted(circle & set(calls[source])):
            lines.append(f"  {source} -> {target}: {', '.join(sorted(calls[source][target]))}")
    return "\n".join(lines)


def main(*objects):
    calls = calls_of([path for path in objects if file_of(path)])
    circles = circles_of(calls)
    wrong = [told(calls, circle) for circle in sorted(circles - RIGHT, key=sorted)]
    wrong += [f"no such circle any more: {', '.join(sorted(circle))}" for circle in RIGHT - circles]
    print("\n".join(wrong) or f"{len(calls)} files, {len(circles)} circles, each with its reason")
    return 1 if wrong or len(calls) < 100 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
