# SPDX-License-Identifier: MIT
"""Fails when the table of moves in docs/daemon-protocol.md is not that of membership/states.c, or its
reasons are not those of base/why.c.

usage: moves.py SOURCE FOLDER
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])


def legal_moves():
    text = (ROOT / "daemon/membership/states.c").read_text()
    table = re.search(r"is_legal\[CORE_STATES\]\[CORE_STATES\] = \{(.*?)\n\};", text, re.S).group(1)
    rows = re.findall(r"\[CORE_(\w+)\] = \{(.*?)\}", table, re.S)
    return {(state, to) for state, row in rows for to in re.findall(r"\[CORE_(\w+)\] = true", row)}


def reasons():
    text = (ROOT / "daemon/base/why.c").read_text()
    return re.findall(r'\[WHY_(?!NONE)\w+\] = "([^"]+)"', text)


def documented():
    text = (ROOT / "docs/daemon-protocol.md").read_text()
    table = text.split("| From | To | Because |\n|---|---|---|\n")[1].split("\n\n")[0]
    moves, whys = set(), set()
    for line in table.splitlines():
        before, to, because = (cell.strip() for cell in line.strip("|").split("|"))
        moves |= {(state.strip(), to) for state in before.split(",")}
        whys |= {why.strip() for why in because.split(";")}
    return moves, whys


moves, whys = documented()
wrong = [f"{a} to {b}: only in {where}" for where, odd in
         (("the document", moves - legal_moves()), ("states.c", legal_moves() - moves))
         for a, b in sorted(odd)]
wrong += [f"{why!r}: only in {where}" for where, odd in
          (("the document", whys - set(reasons())), ("why.c", set(reasons()) - whys))
          for why in sorted(odd)]
print("\n".join(wrong) or f"{len(moves)} moves for {len(whys)} reasons")
sys.exit(1 if wrong or not moves or not whys else 0)
