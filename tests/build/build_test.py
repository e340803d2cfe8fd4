# SPDX-License-Identifier: MIT
"""Builds the sources as people do: with make, with optimisation at link time, static or shared
only, as a part of another project, for 32 bits, with musl; and looks at what comes of it. Each
build is as small as what it is to show. What needs a compiler that is not there is skipped.

usage: build_test.py [SOURCE-FOLDER] [NAME...]

The last line says how many passed, failed and were skipped.
"""
import functools
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import keeper  # noqa: E402
import loopback  # noqa: E402

SOURCE = HERE.parents[1]
LIBRARIES = ("spread", "spread-core", "tspread-core")
CLIENT = ("spread_client_static", "spread_core_client_static", "tspread_core_client_static")
ALONE = ("-DSPREAD_PROGRAMS=OFF", "-DSPREAD_TESTS=OFF")  # the client libraries


def run(*command, fails=False, **how):
    done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **how)
    if (done.returncode != 0) != fails:
        raise AssertionError(f"{' '.join(map(str, command))}: status {done.returncode}\n"
                             + done.stdout[-6000:])
    return done.stdout


def setUpModule():
    global FOLDER
    temporary = tempfile.TemporaryDirectory(prefix="spread-build-")
    unittest.addModuleCleanup(temporary.cleanup)
    FOLDER = pathlib.Path(temporary.name)
    os.chmod(FOLDER, 0o755)  # the daemon may become another user
    text = (SOURCE / "README.md").read_text()
    (FOLDER / "hello.c").write_text(text.split("```c\n", 1)[1].split("```", 1)[0])


def configure(name, *options, source=None, generator="Ninja", cc="gcc", flags=""):
    if not shutil.which(cc):
        raise unittest.SkipTest(f"{cc} is not installed")
    build = FOLDER / name
    run("cmake", "-S", source or SOURCE, "-B", build, "-G", generator, *options,
        env={**os.environ, "CC": cc, "CFLAGS": flags})
    return build


@functools.lru_cache(None)
def built(name, *options, targets=(), **how):
    build = configure(name, *options, **how)
    run("cmake", "--build", build, "--parallel", "2", *(("--target",) + targets if targets else ()))
    return build


@functools.lru_cache(None)
def installed(build):
    """As a package is made: to a stage, from which it is then moved to where it is used."""
    stage = build.with_name(build.name + "-stage")
    run("cmake", "--install", build, env={**os.environ, "DESTDIR": str(stage)})
    return stage / "usr/local"


def made_with_make():
    """All that a user gets. MinSizeRel, of which CMake believes that it needs no assertions."""
    return built("make", "-DSPREAD_TESTS=OFF", "-DCMAKE_BUILD_TYPE=MinSizeRel",
                 generator="Unix Makefiles")


def names(folder, pattern):
    return sorted(p.name for p in folder.glob(pattern))


def undefined(file):
    return run("nm", "-u", file)


def flags(prefix, library, *more):
    where = {**os.environ, "PKG_CONFIG_PATH": f"{prefix}/lib/pkgconfig"}
    return run("pkg-config", "--cflags", "--libs", *more, library, env=where).split()


def says_hello(program, libraries=None):
    if not hasattr(says_hello, "ring"):
        says_hello.ring = loopback.Ring(made_with_make() / "daemon/spreadd").start()
        unittest.addModuleCleanup(says_hello.ring.stop)
    said = run(program, says_hello.ring[0].port,
               env={**os.environ, "LD_LIBRARY_PATH": str(libraries or "")})
    if said != "#hello#d1 said to greetings: hello, world\n":
        raise AssertionError(said)


def exports_are_right(build, kinds=("shared", "static")):
    suffix = {"shared": "so", "static": "a"}
    run(sys.executable, SOURCE / "tests/layers/exports.py", SOURCE / "include",
        *(build / f"libspread/lib{name}.{suffix[kind]}" for name in LIBRARIES for kind in kinds))


class Everything(unittest.TestCase):
    """A build with CMake's usual generator, several files at a time, from nothing."""

    def test_it_installs_with_pages_for_those_programs_that_are_there(self):
        prefix = installed(made_with_make())
        self.assertEqual(names(prefix, "bin/*") + names(prefix, "sbin/*"),
                         ["flush_user", "spcompat", "spflooder", "splog", "spmonitor", "sptuser", "spuser", "sppasswd",
                          "spread", "spreadd"])
        self.assertEqual(names(prefix, "share/man/man[158]/*"),
                         ["flush_user.1", "spcompat.1", "spflooder.1", "splog.1", "spmonitor.1", "sppasswd.8", "spread.8",
                          "spread.conf.5", "spread.policy.5", "spreadd.8", "sptuser.1", "spuser.1"])
        exports_are_right(made_with_make())

    def test_old_makefiles_and_scripts_find_the_old_names(self):
        prefix = installed(made_with_make())
        program = FOLDER / "hello-util"
        run("gcc", FOLDER / "hello.c", "-o", program, f"-I{prefix}/include", f"-L{prefix}/lib",
            "-lspread-util", "-lspread")
        says_hello(program, prefix / "lib")
        self.assertEqual(run(prefix / "sbin/spread", "--version"),
                         run(prefix / "sbin/spreadd", "--version"))

    def test_the_old_names_are_a_component_of_their_own(self):
        stage = FOLDER / "compat"
        run("cmake", "--install", made_with_make(), "--component", "compat",
            env={**os.environ, "DESTDIR": str(stage)})
        self.assertEqual(names(stage, "**/*.*") + names(stage, "**/sbin/*"),
                         ["libspread-util.a", "spread.8", "spread"])

    def test_assertions_stay(self):
        self.assertIn("__assert_fail", undefined(made_with_make() / "daemon/spreadd"))


class AtLinkTime(unittest.TestCase):
    """-flto leaves code for the linker to optimise, in objects that are no machine code, or both."""

    def test_all_programs_and_libraries(self):
        build = built("lto", "-DSPREAD_TESTS=OFF", "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
                      "-DSPREAD_WERROR=ON", targets=("spreadd", "libspread/all"), flags="-flto=2")
        run(build / "daemon/spreadd", "--version")
        self.assertIn("__assert_fail", undefined(build / "daemon/spreadd"))
        exports_are_right(build)
        for cc in "gcc", "clang":
            if shutil.which(cc):
                run(cc, FOLDER / "hello.c", "-o", FOLDER / "hello-lto", f"-I{SOURCE}/include",
                    build / "libspread/libspread.a")
                says_hello(FOLDER / "hello-lto")

    def test_fat_objects(self):
        exports_are_right(built("fat", *ALONE, flags="-flto -ffat-lto-objects"))

    def test_as_cmake_does_it(self):
        exports_are_right(built("ipo", *ALONE, "-DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON"))


class OneKind(unittest.TestCase):
    """BUILD_SHARED_LIBS, as packages set it."""

    def check(self, kind, shared, wanted):
        prefix = installed(built(f"only-{kind}", *ALONE, "-DSPREAD_COMPAT=OFF", f"-DBUILD_SHARED_LIBS={shared}"))
        self.assertEqual(names(prefix, "lib/lib*[ao]"), wanted)
        self.assertEqual(names(prefix, "share/man/man[158]/*"), [])
        for library in LIBRARIES:
            program = FOLDER / f"hello-{kind}-{library}"
            run("gcc", FOLDER / "hello.c", "-o", program, *flags(prefix, library))
            says_hello(program, prefix / "lib")
        found = FOLDER / f"find-{kind}"
        found.mkdir()
        (found / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.18)\nproject(hello LANGUAGES C)\n"
            "find_package(Spread 6 REQUIRED)\n"
            f"add_executable(hello {FOLDER}/hello.c)\ntarget_link_libraries(hello Spread::spread)\n"
            f"add_executable(other {FOLDER}/hello.c)\ntarget_link_libraries(other Spread::spread-{kind})\n")
        build = built(f"found-{kind}", f"-DCMAKE_PREFIX_PATH={prefix}", source=found)
        says_hello(build / "hello")

    def test_static_only(self):
        self.check("static", "OFF", ["libspread-core.a", "libspread.a", "libtspread-core.a"])

    def test_shared_only(self):
        self.check("shared", "ON", ["libspread-core.so", "libspread.so", "libtspread-core.so"])


class PartOfAnother(unittest.TestCase):
    def test_a_project_takes_us_in(self):
        build = configure("part", f"-DSPREAD_SOURCE={SOURCE}", f"-DHELLO={FOLDER}/hello.c",
                          source=HERE / "consumer")
        said = re.findall("ours: (.*)", run("cmake", build))
        self.assertEqual(said, ["options=", "CMAKE_BUILD_TYPE=", "CMAKE_C_FLAGS=",
                                "CMAKE_C_FLAGS_RELEASE=-O3 -DNDEBUG", "CMAKE_C_STANDARD=",
                                "BUILD_TESTING="])
        run("cmake", "--build", build)
        for program in build.glob("hello-*"):
            says_hello(program)
        run("cmake", "--install", build, "--prefix", FOLDER / "theirs")
        self.assertEqual(names(FOLDER / "theirs", "**/*.*") + names(FOLDER / "theirs", "bin/*"),
                         ["hello-spread-static"])
        self.assertFalse((build / "CTestTestfile.cmake").exists())


class OtherMachines(unittest.TestCase):
    def test_32_bits(self):
        """Without the daemon's I/O: Debian has libevent of one architecture at a time. Nothing is linked
        to OpenSSL, whose headers are those of any other architecture."""
        if run("gcc", "-print-multi-directory", "-m32").strip() == "." or \
           not pathlib.Path("/usr/include/gnu/stubs-32.h").exists() and \
           not list(pathlib.Path("/usr/include").glob("*/gnu/stubs-32.h")):
            self.skipTest("gcc-multilib is not installed")
        build = built("32", "-DSPREAD_TESTS=OFF", "-DSPREAD_WERROR=ON", flags=f"-m32 -idirafter /usr/include/{platform.machine()}-linux-gnu",
                      targets=("libspread/all", "spread_core"))
        exports_are_right(build)
        run("gcc", "-m32", FOLDER / "hello.c", "-o", FOLDER / "hello-32", f"-I{SOURCE}/include",
            build / "libspread/libspread.a")
        says_hello(FOLDER / "hello-32")

    def test_musl(self):
        build = built("musl", *ALONE, "-DSPREAD_WERROR=ON", cc="musl-gcc")
        run("musl-gcc", "-static", FOLDER / "hello.c", "-o", FOLDER / "hello-musl",
            f"-I{SOURCE}/include", build / "libspread/libspread.a")
        says_hello(FOLDER / "hello-musl")


class Warnings(unittest.TestCase):
    def test_those_of_a_compiler_that_has_new_ones_stop_nobody(self):
        warns = {"cc": "clang", "flags": "-Weverything", "targets": CLIENT}
        built("warns", *ALONE, **warns)
        with self.assertRaisesRegex(AssertionError, "-Werror"):
            built("stops", *ALONE, "-DSPREAD_WERROR=ON", **warns)


class Headers(unittest.TestCase):
    def test_they_are_cxx_of_every_year(self):
        program = FOLDER / "headers.cc"
        for compiler in "g++", "clang++":
            if not shutil.which(compiler):
                continue
            for header in names(SOURCE / "include", "*.h"):
                program.write_text(f"#include <{header}>\n#include <{header}>\nint main() {{}}\n")
                for year in "11", "14", "17", "20":
                    with self.subTest(compiler=compiler, header=header, year=year):
                        run(compiler, f"-std=c++{year}", "-Wall", "-Wextra", "-pedantic", "-Werror",
                            "-fsyntax-only", f"-I{SOURCE}/include", program)


if __name__ == "__main__":
    keeper.keep()
    rest = sys.argv[1:]
    if rest and pathlib.Path(rest[0]).is_dir():
        SOURCE = pathlib.Path(rest.pop(0)).resolve()
    program = unittest.main(argv=[sys.argv[0], *rest], verbosity=2, exit=False)
    bad = len(program.result.failures) + len(program.result.errors)
    skipped = len(program.result.skipped)
    print(f"{program.result.testsRun - bad - skipped} passed, {bad} failed, {skipped} skipped")
    sys.exit(bad > 0)
