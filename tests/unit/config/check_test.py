# SPDX-License-Identifier: MIT
"""Fails unless `spreadd --check` says through a pipe what a file means, or what is wrong with it,
and tells the two apart by its exit status."""
import pathlib
import subprocess
import sys


def check(spreadd, path):
    done = subprocess.run([spreadd, "--check", path], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    return done.returncode, done.stdout.splitlines()


def main(spreadd, example, golden):
    golden = pathlib.Path(golden)
    status, lines = check(spreadd, example)
    assert status == 0 and lines[0].startswith("# hash ") and lines[-1] == "}", (status, lines)

    warned = golden / "v12_semicolon_glued_to_name.conf"
    status, lines = check(spreadd, warned)
    assert status == 0 and lines[0].startswith(f"{warned}:1:35: warning: "), (status, lines)

    refused = golden / "i06_equals_without_spaces.conf"
    status, lines = check(spreadd, refused)
    assert status == 1 and lines[0].startswith(f"{refused}:1:1: error: "), (status, lines)
    assert lines[1:] == ["DangerousMonitor=true", "^~~~~~~~~~~~~~~~~~~~~"], lines

    for unreadable in (golden / "absent.conf", golden):
        status, lines = check(spreadd, unreadable)
        assert status == 1 and str(unreadable) in lines[0], (status, lines)
    with open("/dev/full", "w") as full:
        assert subprocess.run([spreadd, "--check", example], stdout=full).returncode == 1


main(*sys.argv[1:])
