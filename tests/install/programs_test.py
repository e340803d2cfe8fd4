# SPDX-License-Identifier: MIT
"""What every program that is installed says of itself: --help, --version, which option is wrong; that its
page of the manual and the completions of shells tell the same.

usage: programs_test.py CMAKE BUILD-FOLDER SOURCE-FOLDER
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import loopback  # noqa: E402

# Options of programs that are not got by one call of --help.
BEHIND = {"splog": ["send", "collect"]}
# Names of options that are pairs, in pages: ".It Fl a Ar x , Fl b Ar y" and ".It Fl -help , -version".
PAGE_OPTION = re.compile(r"(?:^\.It Fl |, (?:Fl )?(?=-?\w))(-?[\w-]+)")


def said(program, *arguments):
    done = subprocess.run([str(program), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=120)
    return done.returncode, done.stdout, done.stderr


def options_of(help_):
    """{option: what it takes}; an independent reading of what completions read."""
    found = {}
    for line in help_.splitlines():
        match = re.match(r"^  (-[^ ,]*)((?:, -[a-z])*)(?: (\S+))?(?= |$)", line)
        if match:
            for option in [match[1], *match[2].replace(",", "").split()]:
                found[option] = match[3] or ""
    return found


def commands_of(help_):
    below = re.split(r"^.*Commands:\n", help_, 1, re.M)
    block = re.match(r"(?:  .*\n)*", below[1])[0] if len(below) == 2 else ""
    return re.findall(r"^  ([a-z]+)", block, re.M)


def options_of_page(text):
    found = set()
    for line in text.splitlines():
        if line.startswith(".It Fl "):
            found |= {"-" + name for name in PAGE_OPTION.findall(line)}
    return found


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="spread-programs-")
        cls.addClassCleanup(temporary.cleanup)
        cls.prefix = pathlib.Path(temporary.name)
        done = subprocess.run([CMAKE, "--install", BUILD, "--prefix", cls.prefix], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        cls.programs = sorted([*cls.prefix.glob("bin/*"), *cls.prefix.glob("sbin/*")])
        assert len(cls.programs) > 8, cls.programs
        cls.helps = {p: said(p, "--help")[1] for p in cls.programs}

    def each(self):
        """Every program, and what it calls itself."""
        for program in self.programs:
            print(program.name, end=" ", file=sys.stderr, flush=True)
            yield program, program.resolve().name


class Programs(Case):
    def test_help_is_on_standard_output_with_status_0(self):
        for program, name in self.each():
            for before in ([], *([word] for word in BEHIND.get(name, []))):
                status, out, err = said(program, *before, "--help")
                self.assertEqual((status, err), (0, ""))
                self.assertTrue(out.startswith(" ".join(["usage:", name, *before]) + " "), out)
                self.assertLessEqual({"--help", "--version"}, set(options_of(out)))
                self.assertEqual([line for line in out.splitlines() if len(line) > 104], [])

    def test_version_is_on_standard_output_with_status_0(self):
        for program, name in self.each():
            status, out, err = said(program, "--version")
            self.assertEqual((status, err), (0, ""))
            self.assertRegex(out, rf"\A{name} \d+\.\d+\.\d+(, compatible with Spread 5\.0\.1)?\n\Z")

    def test_a_wrong_option_is_named_on_standard_error_with_status_2(self):
        for program, name in self.each():
            for wrong in (["--nonsense"], ["-Q"], ["--nonsense=3"]):
                status, out, err = said(program, *wrong)
                self.assertEqual((status, out), (2, ""), wrong)
                self.assertIn(wrong[0].split("=")[0].lstrip("-"), err.splitlines()[0])
                self.assertIn(f"usage: {name} ", err)

    def test_an_option_that_lacks_its_value_is_named(self):
        for program, name in self.each():
            for option, value in options_of(self.helps[program]).items():
                if value:
                    status, out, err = said(program, option)
                    self.assertEqual((status, out), (2, ""), option)
                    self.assertIn(option.lstrip("-"), err.splitlines()[0])

    def test_the_manual_has_the_same_options(self):
        for program, name in self.each():
            page = next(self.prefix.glob(f"share/man/man*/{name}.[18]")).read_text()
            if page.startswith(".so "):
                page = (self.prefix / "share/man" / page.split()[1]).read_text()
            helps = self.helps[program] + "".join(said(program, word, "--help")[1] for word in BEHIND.get(name, []))
            mentioned = {"-" + word for word in re.findall(r"\bFl (-?[\w-]+)", page)} | options_of_page(page)
            self.assertEqual(set(options_of(helps)) - mentioned - {"-h"}, set())
            self.assertEqual(options_of_page(page) - set(options_of(helps)), set())


def complete_in_bash(script, words):
    """What bash offers for the last of the words."""
    program = ("compopt() { :; }; . \"$1\"; shift; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1));"
               "complete -p \"${1##*/}\" >/dev/null || exit 9; _spread; printf '%s\\n' \"${COMPREPLY[@]}\"")
    done = subprocess.run(["bash", "-c", program, "-", str(script), *map(str, words)], capture_output=True, text=True,
                          timeout=120, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stderr) == (0, ""), done
    return sorted(done.stdout.split())


class Bash(Case):
    def script(self, name):
        return self.prefix / "share/bash-completion/completions" / name

    def offered(self, program, *words):
        return complete_in_bash(self.script(program.name), [program, *words])

    def test_all_options_and_commands_of_each_program_are_offered(self):
        for program, name in self.each():
            help_ = self.helps[program]
            self.assertEqual(self.offered(program, "-"), sorted(options_of(help_)))
            self.assertEqual(self.offered(program, ""), sorted(commands_of(help_)))
            for word in BEHIND.get(name, []):
                self.assertEqual(self.offered(program, word, "-"), sorted(options_of(said(program, word, "--help")[1])))

    def test_what_is_offered_begins_as_what_was_typed(self):
        monitor = self.prefix / "bin/spmonitor"
        self.assertEqual(self.offered(monitor, "--js"), ["--json"])
        self.assertEqual(self.offered(monitor, "-c", "x", "sta"), ["status"])
        self.assertEqual(self.offered(monitor, "status", ""), [])
        self.assertEqual(self.offered(monitor, "status", "alpha", "--js"), ["--json"])

    def test_values_are_offered_where_they_are_known(self):
        daemon = self.prefix / "sbin/spreadd"
        self.assertEqual(self.offered(daemon, "-l", ""), ["n", "y"])
        self.assertEqual(self.offered(daemon, "-c", f"{self.prefix}/s"), [f"{self.prefix}/sbin", f"{self.prefix}/share"])
        self.assertEqual(self.offered(daemon, "--socket-dir", f"{self.prefix}/sb"), [f"{self.prefix}/sbin"])
        self.assertEqual(self.offered(daemon, "-n", ""), [])


@unittest.skipUnless(shutil.which("zsh"), "there is no zsh")
class Zsh(Case):
    def offered(self, program, *words):
        """What _arguments is told: the options, and the words of commands."""
        text = "_arguments() { print -rl -- \"$@\" }\nwords=(\"$@[2,-1]\") CURRENT=$(($# - 1)); . $1"
        done = subprocess.run(["zsh", "-f", "-c", text, "-", next(self.prefix.glob("share/zsh/**/_spread")), program,
                               *words], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        specs = done.stdout.splitlines()
        options = sorted(spec.split("[")[0] for spec in specs if spec.startswith("-") and "[" in spec)
        commands = sorted(word for spec in specs if spec.startswith("1:command:")
                          for word in spec.split(":")[2].strip("()").split())
        return options, commands

    def test_all_options_and_commands_of_each_program_are_offered(self):
        for program, name in self.each():
            self.assertEqual(self.offered(program, ""),
                             (sorted(options_of(self.helps[program])), sorted(commands_of(self.helps[program]))))
            for word in BEHIND.get(name, []):
                self.assertEqual(self.offered(program, word, "")[0],
                                 sorted(options_of(said(program, word, "--help")[1])))

    def test_every_program_is_named_at_the_head(self):
        head = next(self.prefix.glob("share/zsh/**/_spread")).read_text().split("\n")[0].split()
        self.assertEqual(head[0], "#compdef")
        self.assertLessEqual({p.name for p in self.programs}, set(head[1:]))

    def test_it_completes_at_a_terminal(self):
        """A zsh in a pseudo terminal, told to complete: the word grows by what it can only be."""
        where = next(self.prefix.glob("share/zsh/**/_spread")).parent
        text = ("zmodload zsh/zpty; zpty z zsh -f -i; "
                f"zpty -w z \"PS1=; PATH={self.prefix}/bin:$PATH; fpath=({where} $fpath); cd {self.prefix}\";"
                "zpty -w z 'autoload -U compinit; compinit -u -D'; zpty -w z 'print READ''Y'; "
                "zpty -r -m z l '*READY*'; zpty -w -n z $'spmonitor stat\\t alpha --js\\t\\n'; "
                "zpty -w z 'print EN''D'; zpty -r -m z l '*END*'; print -r -- $l; zpty -d z")
        done = subprocess.run(["zsh", "-f", "-c", text], capture_output=True, text=True, timeout=120,
                              env={**os.environ, "TERM": "dumb"})
        self.assertRegex(done.stdout, r"spmonitor status[\s\x08]+alpha --json")


if __name__ == "__main__":
    CMAKE, BUILD, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    loopback.main(["-v"])
