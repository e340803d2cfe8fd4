# SPDX-License-Identifier: MIT
"""What is built has what makes faults of memory harder to use, by what readelf says of it.

usage: harden.py CONFIGURATION FILE ...
"""
import re
import subprocess
import sys
import unittest

FILES = []
PROTECTED = re.compile(r"\b__stack_chk_fail\b")
FORTIFIED = re.compile(r"\b__\w+_chk\b")
SANITIZED = re.compile(r"\b__(asan|tsan|ubsan|msan)_\w+")


def said(path, *options):
    return subprocess.run(["readelf", "-W", *options, path], stdout=subprocess.PIPE, text=True,
                          check=True).stdout


class Harden(unittest.TestCase):
    def each(self):
        self.assertTrue(FILES)
        for path in FILES:
            with self.subTest(path):
                yield path

    def test_addresses_are_not_known_before(self):
        for path in self.each():
            self.assertRegex(said(path, "-h"), r"Type: +DYN ")

    def test_what_was_relocated_is_read_only(self):
        for path in self.each():
            self.assertRegex(said(path, "-l"), r"GNU_RELRO")
            self.assertRegex(said(path, "-d"), r"\b(BIND_NOW|NOW)\b")

    def test_nothing_is_both_written_and_run(self):
        for path in self.each():
            headers = said(path, "-l")
            self.assertRegex(headers, r"GNU_STACK .* RW +0x")
            self.assertNotRegex(headers, r"(LOAD|GNU_STACK) .* RWE ")

    def test_no_folder_is_searched_for_libraries_but_those_of_the_system(self):
        for path in self.each():
            self.assertNotRegex(said(path, "-d"), r"RPATH|RUNPATH")

    def test_stacks_are_guarded(self):
        for path in self.each():
            self.assertRegex(said(path, "--dyn-syms"), PROTECTED)

    def test_calls_of_libc_are_checked(self):
        if SANITIZED.search(said(FILES[0], "--dyn-syms")) or DEBUG:
            self.skipTest("sanitizers and builds without optimization do without")
        for path in self.each():
            self.assertRegex(said(path, "--dyn-syms"), FORTIFIED)


DEBUG = sys.argv[1] not in ("Release", "RelWithDebInfo", "MinSizeRel")
FILES[:] = sys.argv[2:]
unittest.main(argv=sys.argv[:1])
