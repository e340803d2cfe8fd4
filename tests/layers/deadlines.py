# SPDX-License-Identifier: MIT
"""Fails where the daemon subtracts a deadline from now: until then the difference wraps, and is as long
as for ever. What is meant is said the other way round: now < until + wait, not now - until < wait.

usage: deadlines.py SOURCE FOLDER
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])

# A point in time that may be to come, by its name; ring/inside.h has those of the ring.
DEADLINE = re.compile(r"\bnow - [\w.>\[\]-]*(?:until|due|deadline|limit|again_at|next_turn|beat_from|"
                      r"(?:launch|release|idle|hurry|ping|beat|resend)_at)\b")

wrong = [f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
         for path in sorted((ROOT / "daemon").rglob("*.[ch]"))
         for number, line in enumerate(path.read_text().splitlines(), 1) if DEADLINE.search(line)]
print("\n".join(wrong) or "no deadline is subtracted from now")
sys.exit(1 if wrong else 0)
