# SPDX-License-Identifier: MIT
"""Installs a build to a folder of its own, builds the program of the README with what is there, and
runs it at the daemon that is there.

usage: install_test.py CMAKE BUILD-FOLDER SOURCE-FOLDER
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import loopback  # noqa: E402

HERE = pathlib.Path(__file__).parent


def run(*command, **how):
    done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **how)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}:\n{done.stdout}")
    return done.stdout


def only(folder, name):
    """The one file of that name."""
    found = sorted(folder.glob(f"**/{name}"))
    if len(found) != 1:
        raise AssertionError(f"{name} is there {len(found)} times")
    return found[0]


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="spread-install-")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = pathlib.Path(cls.temporary.name)
        os.chmod(cls.folder, 0o755)  # the daemon may become another user
        cls.prefix = cls.folder / "prefix"
        run(CMAKE, "--install", BUILD, "--prefix", cls.prefix)
        cls.libraries = only(cls.prefix, "libspread.so").parent
        cls.hello = cls.folder / "hello.c"
        cls.hello.write_text(cls.program((SOURCE / "README.md").read_text(), "```c\n", "```"))
        cls.ring = loopback.Ring(only(cls.prefix, "sbin/spreadd")).start()
        cls.addClassCleanup(cls.ring.stop)

    @staticmethod
    def program(text, begin, end):
        return text.split(begin, 1)[1].split(end, 1)[0]

    def says_hello(self, program):
        said = run(program, self.ring[0].port,
                   env={**os.environ, "LD_LIBRARY_PATH": str(self.libraries)})
        self.assertEqual(said, "#hello#d1 said to greetings: hello, world\n")

    def flags(self, library, *more):
        where = {**os.environ, "PKG_CONFIG_PATH": str(self.libraries / "pkgconfig")}
        return run("pkg-config", "--cflags", "--libs", *more, library, env=where).split()

    def test_the_program_of_the_readme_builds_with_pkg_config(self):
        for library in ("spread", "spread-core", "tspread-core"):
            with self.subTest(library=library):
                program = self.folder / f"hello-{library}"
                run("cc", "-Wall", "-Wextra", "-Werror", self.hello, "-o", program,
                    *self.flags(library))
                self.says_hello(program)

    def test_it_builds_as_cxx(self):
        if not pathlib.Path("/usr/bin/c++").exists():
            self.skipTest("there is no C++ compiler")
        program = self.folder / "hello-cxx"
        run("c++", "-Wall", "-Wextra", "-Werror", "-x", "c++", self.hello, "-x", "none", "-o",
            program, *self.flags("spread"))
        self.says_hello(program)

    def test_the_program_in_cxx_of_the_readme_builds_and_runs(self):
        if not pathlib.Path("/usr/bin/c++").exists():
            self.skipTest("there is no C++ compiler")
        source, program = self.folder / "hello.cpp", self.folder / "hello-hpp"
        source.write_text(self.program((SOURCE / "README.md").read_text(), "```c++\n", "```"))
        run("c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", source, "-o", program, *self.flags("tspread-core"))
        self.says_hello(program)

    def test_every_header_stands_alone_in_c_and_cxx(self):
        headers = sorted((self.prefix / "include").glob("*"))
        self.assertEqual([h.name for h in headers], sorted(h.name for h in (SOURCE / "include").glob("*")))
        for language in ("c", "c++"):
            if not pathlib.Path(f"/usr/bin/{language}").exists() and language != "c":
                continue
            for header in headers:
                if language == "c" and header.suffix == ".hpp":
                    continue
                with self.subTest(header=header.name, language=language):
                    run(*("c++", "-std=c++17") if language == "c++" else ("cc",), "-Wall", "-Wextra", "-Werror",
                        "-fsyntax-only", "-x", language, header)

    def test_it_builds_with_find_package(self):
        build = self.folder / "consumer"
        run(CMAKE, "-S", HERE / "consumer", "-B", build, f"-DHELLO={self.hello}",
            f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run(CMAKE, "--build", build)
        programs = sorted(p for p in build.glob("hello-*") if p.is_file())
        self.assertEqual(len(programs), 6)
        for program in programs:
            self.says_hello(program)

    def test_the_examples_build_where_they_are_installed_and_run(self):
        build = self.folder / "examples"
        run(CMAKE, "-S", only(self.prefix, "lock.c").parent, "-B", build, "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror",
            f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run(CMAKE, "--build", build)
        programs = {source.stem for source in (SOURCE / "examples").glob("*.c")}
        self.assertEqual({p.name for p in build.iterdir() if p.is_file() and os.access(p, os.X_OK)}, programs)
        asked = subprocess.run([build / "ask", str(self.ring[0].port), "is anybody there"], text=True,
                               stdout=subprocess.PIPE, timeout=loopback.LIMIT)
        self.assertEqual((asked.returncode, asked.stdout), (1, "nobody there\n"))

    def test_the_manual_shows_the_same_program(self):
        page = self.program((SOURCE / "docs/man/spread.7").read_text(), "#include <sp.h>", ".Ed")
        page = "#include <sp.h>" + page.replace("\\e", "\\")
        self.assertEqual(page.strip(), self.hello.read_text().strip())

    def test_every_function_and_program_has_a_page(self):
        header = "".join(h.read_text() for h in (SOURCE / "include").glob("*.h"))
        header = re.sub(r"/\*.*?\*/|^#define[^\n]*", "", header, flags=re.S | re.M)
        wanted = {f"{name}.3" for name in re.findall(r"\b((?:SP|E|FL)_\w+)\s*\(", header)}
        wanted |= {f"{program.name}.1" for program in self.prefix.glob("bin/*")}
        wanted |= {f"{program.name}.8" for program in self.prefix.glob("sbin/*")}
        wanted |= {"spread.conf.5", "spread.7", "libspread.7"}
        there = {page.name for page in self.prefix.glob("share/man/man*/*")}
        self.assertEqual(sorted(wanted - there), [])

    def test_pages_that_stand_for_others_name_one_that_is_there(self):
        man = self.prefix / "share/man"
        for page in man.glob("man*/*"):
            first = page.read_text().split("\n", 1)[0]
            if first.startswith(".so "):
                self.assertTrue((man / first[4:]).is_file(), f"{page.name}: {first}")

    def test_the_example_configuration_loads(self):
        said = run(only(self.prefix, "sbin/spreadd"), "--check",
                   only(self.prefix, "spread.conf.example"))
        self.assertNotIn("warning", said)


if __name__ == "__main__":
    CMAKE, BUILD, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    loopback.main(["-v"])
