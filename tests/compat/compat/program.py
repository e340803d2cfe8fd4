# SPDX-License-Identifier: MIT
"""The command line of spcompat, and what it prints."""
import getopt
import json
import os
import sys

from . import bounds, checks, daemon, frames, library, stage  # noqa: F401

USAGE = """\
usage: spcompat [OPTION...] ADDRESS
       spcompat [OPTION...] --library FILE

Checks that a daemon, or a client library, behaves as one of Spread 5.0.1 does.
ADDRESS is that of SP_connect: PORT@HOST, or PORT for the Unix socket on this machine.

  --also ADDRESS   of another daemon of the same ring: what goes between them, too
  --library FILE   a shared library with the SP_ calls, libtspread-core.so.3 for one
  --only TEXT      the checks that have it in their names
  --list           name them, and make none
  --limit SECONDS  for an answer (default 10)
  --json           as JSON
  --help           this
  --version        which version it is of

The exit status is 0 if all is as it should be, 1 if something is not, 2 if it could not be checked.
"""


class Wrong(Exception):
    """What is wrong with the command line, or keeps everything from being checked."""


def read_options(words):
    try:
        options, rest = getopt.gnu_getopt(words, "", ["also=", "library=", "only=", "list", "limit=", "json", "help",
                                                      "version"])
    except getopt.GetoptError as e:
        raise Wrong(str(e)) from None
    options = {name[2:]: value for name, value in options}
    try:
        limit = float(options.setdefault("limit", "10"))
    except ValueError:
        limit = 0
    if not limit > 0:
        raise Wrong(f"--limit takes seconds, not {options['limit']}")
    options["limit"] = limit
    if "help" in options or "version" in options:
        return options, rest
    if "library" in options:
        if rest or "also" in options:
            raise Wrong("--library goes without addresses")
    elif len(rest) != 1 and "list" not in options:
        raise Wrong("it takes one ADDRESS, or --library FILE")
    for address in [*rest, *([options["also"]] if "also" in options else [])]:
        port = address.partition("@")[0]
        if not port.isdigit() and not address.startswith("/"):
            raise Wrong(f"{address} is no address: PORT, PORT@HOST")
    return options, rest


def chosen(options):
    """(name, function) of those that are to be made."""
    all_checks = library.check.all if "library" in options else daemon.check.all
    return [(name, function) for name, function in all_checks
            if options.get("only", "").lower() in name.lower()
            and ("also" in options or "list" in options or not getattr(function, "needs_another", False))]


def of_daemon(options, address):
    try:
        frames.dial(address, options["limit"]).close()
        frames.dial(options.get("also", address), options["limit"]).close()
    except OSError as e:
        raise Wrong(f"no daemon can be reached there: {e}") from None
    for name, function in chosen(options):
        site = daemon.Site(address, options.get("also"), options["limit"])
        try:
            yield checks.run(name, function, site)
        finally:
            site.close()


def of_library(options):
    path = options["library"]
    if not os.path.isfile(path):
        raise Wrong(f"there is no file {path}")
    actor = None
    for name, function in chosen(options):
        try:
            actor = actor or stage.Actor(os.path.abspath(path), options["limit"])
        except checks.Differs as e:
            raise Wrong(f"{path} cannot be loaded: {e}") from None
        scene = stage.Stage(actor)
        result = checks.run(name, function, scene)
        scene.close()
        if result["result"] != "ok":  # nobody knows in which state it is
            actor.close()
            actor = None
        yield result
    if actor:
        actor.close()


def show(result):
    print(f"{result['result']:<6}  {result['check']}")
    print(f"        {result['seen']}", flush=True)


def make(options, rest):
    made = of_library(options) if "library" in options else of_daemon(options, rest[0])
    results = []
    for result in made:
        results.append(result)
        if "json" not in options:
            show(result)
    failed = sum(result["result"] != "ok" for result in results)
    if not results:
        raise Wrong(f"no check is called {options.get('only', '')}")
    if "json" in options:
        print(json.dumps({"of": options.get("library") or rest[0], "failed": failed, "checks": results}, indent=2))
    else:
        print(f"\n{len(results)} checks, {failed} failed")
    return 1 if failed else 0


def main(version, words):
    try:
        options, rest = read_options(words)
        if "help" in options:
            print(USAGE, end="")
            return 0
        if "version" in options:
            print(f"spcompat {version}")
            return 0
        if "list" in options:
            print("\n".join(name for name, _ in chosen(options)))
            return 0
    except Wrong as e:
        print(f"spcompat: {e}\n\n{USAGE}", end="", file=sys.stderr)
        return 2
    try:
        return make(options, rest)
    except Wrong as e:
        print(f"spcompat: {e}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, BrokenPipeError):
        return 2
