# SPDX-License-Identifier: MIT
"""A list of checks: functions with a name that return what was seen, or raise Differs."""
import socket
import traceback

from . import frames


class Differs(Exception):
    """Something else was seen than 5.0.1 does."""


class List:
    def __init__(self):
        self.all = []

    def __call__(self, name):
        def add(function):
            self.all.append((name, function))
            return function
        return add


def same(seen, wanted, what):
    if seen != wanted:
        raise Differs(f"{what}: {show(seen)}, not {show(wanted)}")


def require(condition, what):
    if not condition:
        raise Differs(what)


def show(value):
    if not isinstance(value, (bytes, bytearray)):
        return str(value)
    return f"{value.hex() if len(value) <= 64 else value[:64].hex() + '...'} ({len(value)} bytes)"


def where_they_differ(seen, wanted):
    """Two messages, of which most is the same."""
    at = next((i for i, (a, b) in enumerate(zip(seen, wanted)) if a != b), min(len(seen), len(wanted)))
    return f"byte {at} is {seen[at:at + 8].hex() or 'missing'}, not {wanted[at:at + 8].hex() or 'missing'}" \
           f" ({len(seen)} and {len(wanted)} bytes)"


def same_bytes(seen, wanted, what):
    if seen != wanted:
        raise Differs(f"{what}: {where_they_differ(seen, wanted)}")


def run(name, function, *arguments):
    """What came of it: {"check", "result": ok or FAILED, "seen"}."""
    try:
        return {"check": name, "result": "ok", "seen": function(*arguments) or "as it should be"}
    except Differs as e:
        seen = str(e)
    except frames.Closed as e:
        seen = str(e)
    except socket.timeout:
        seen = "nothing came in time"
    except OSError as e:
        seen = str(e)
    except Exception:  # what came was so strange that it could not even be read
        seen = "what came cannot be read: " + traceback.format_exc().strip().splitlines()[-1]
    return {"check": name, "result": "FAILED", "seen": seen}
