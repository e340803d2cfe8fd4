# SPDX-License-Identifier: MIT
"""spread.hpp and spread_flush.hpp: cxx_test.cpp is built by each compiler that is there, for C++17 and
C++20, with exceptions and without, and run at two daemons, one of which is killed on the way.

usage: cxx_test.py SPREADD SOURCE-FOLDER LIBSPREAD-CORE LIBSPREAD [FLAG ...]
"""
import os
import shutil
import subprocess
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback

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
            for words in (["-std=c++17", "-DWITH_FLUSH"], ["-std=c++20", "-fno-exceptions", "-DWITH_FLUSH"]):
                self.compile(compiler, "-fsyntax-only", *words)

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
                self.assertEqual(program.wait(60), 0)
            finally:
                program.kill()

    def test_without_exceptions_and_the_flush_layer_over_the_small_library(self):
        self.runs("-std=c++17", "-fno-exceptions", CORE)

    def test_with_both_over_the_whole_library(self):
        self.runs("-std=c++20", "-DWITH_FLUSH", FULL)


if __name__ == "__main__":
    loopback.main(["-v"])
