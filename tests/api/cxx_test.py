# SPDX-License-Identifier: MIT
"""spread.hpp and spread_flush.hpp: cxx_test.cpp is built by each compiler that is there, for C++17 and
C++20, with exceptions and without, and run at two daemons, one of which is killed on the way.

usage: cxx_test.py SPREADD SOURCE-FOLDER LIBSPREAD-CORE LIBSPREAD [FLAG ...]
"""
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback
import wire

SPREADD, SOURCE, CORE, FULL, *FLAGS = sys.argv[1:]
STRICT = ["-Wall", "-Wextra", "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Wpedantic", "-Werror"]


def compilers():
    return [c for c in ("g++", "clang++") if shutil.which(c)]


@unittest.skipUnless(compilers(), "there is no C++ compiler")
class Cxx(unittest.TestCase):
    def compile(self, compiler, *words):
        done = subprocess.run([compiler, *STRICT, f"-I{SOURCE}/include", f"{SOURCE}/tests/api/cxx_test.cpp", *words],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_no_other_compiler_warns(self):
        for compiler in compilers()[1:]:  # the first one builds what is run below
            self.compile(compiler, "-fsyntax-only", "-std=c++20", "-fno-exceptions", "-DWITH_FLUSH")

    def runs(self, *words):
        folder = loopback.new_folder()
        self.addCleanup(shutil.rmtree, folder)
        self.compile(compilers()[0], *FLAGS, *words, "-pthread", "-o", f"{folder}/test")
        ring = loopback.Ring(SPREADD, 2, options=loopback.SHORT_TIMEOUTS)
        self.addCleanup(ring.stop)
        ring.start()
        with subprocess.Popen([f"{folder}/test", str(ring[0].port), str(ring[1].port)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as program:
            try:
                self.assertEqual(program.stdout.readline(), "kill\n")
                ring[1].kill()
                program.stdin.write("\n")
                program.stdin.flush()
                self.assertEqual(program.wait(loopback.LIMIT), 0)
            finally:
                program.kill()

    def test_the_program_of_the_page_shows_who_is_there_and_what_is_said(self):
        folder = loopback.new_folder()
        self.addCleanup(shutil.rmtree, folder)
        page = (pathlib.Path(SOURCE) / "docs/man/spread.hpp.3").read_text()
        text = page.split(".Bd -literal\n", 1)[1].split(".Ed", 1)[0].replace("\\e", "\\")
        pathlib.Path(folder, "chat.cpp").write_text(text)
        subprocess.run([compilers()[0], *STRICT, "-std=c++17", f"-I{SOURCE}/include", f"{folder}/chat.cpp", *FLAGS, CORE,
                        "-pthread", "-o", f"{folder}/chat"], check=True)
        ring = loopback.Ring(SPREADD).start()
        self.addCleanup(ring.stop)
        with subprocess.Popen([f"{folder}/chat", str(ring[0].port)], stdout=subprocess.PIPE, text=True) as program:
            first = program.stdout.readline()
            me = first.split()[-1]
            self.assertEqual(first, f"1 members: {me}\n")
            self.assertEqual(program.stdout.readline(), f"{me}: hello\n")
            other = wire.Client.opened(ring[0], "other")
            other.request(wire.JOIN, "chat")
            other.request(wire.AGREED, "chat", body=b"end")
            self.assertRegex(program.stdout.readline(), "^2 members: #.+ #")
            self.assertEqual(program.stdout.readline(), f"{other.group}: end\n")
            self.assertEqual(program.wait(loopback.LIMIT), 0)
            other.close()

    def test_without_exceptions_and_the_flush_layer_over_the_small_library(self):
        self.runs("-std=c++17", "-fno-exceptions", CORE)

    def test_with_both_over_the_whole_library(self):
        self.runs("-std=c++20", "-DWITH_FLUSH", FULL)


if __name__ == "__main__":
    loopback.main(["-v"])
