# SPDX-License-Identifier: MIT
"""The Debian packages: what they say they need, and their life from being installed to being purged.

usage: life_test.py PACKAGES [BASE]

PACKAGES: the folder that scripts/packages has filled. BASE: a folder in which a new Debian is, or is
made; then what the packages need comes from Debian. Without it they go on top of this machine.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
import keeper  # noqa: E402
import root  # noqa: E402

PACKAGES = pathlib.Path(sys.argv[1]).resolve()
BASE = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None
OURS = ["libspread3", "libspread-dev", "python3-spread", "spcompat", "spread-compat", "spread-tools", "spreadd"]
NEXT = "6.0.1~next"
ADDRESS, PORT = "127.0.0.1", 4803
CONF = f"Spread_Segment 127.0.0.255:{PORT} {{\n    here {ADDRESS}\n}}\n"
# What was not built for packages has its socket in /tmp.
CONF += "" if BASE else "SocketDir = /run/spread\n"
# What dpkg and apt write down for themselves, and what is made anew whenever it is asked for.
BOOKS = ("/var/lib/dpkg/", "/var/lib/apt/", "/var/cache/", "/var/log/", "/root/", "/run/systemd",
         "/etc/ld.so.cache", "/tmp/packages", "/tmp/next")
BACKUP = re.compile(r"/etc/(passwd|group|shadow|gshadow|subuid|subgid)-|/etc/\.pwd\.lock|.*/__pycache__.*")
PROGRAM = """
import spread
with spread.connect("4803@127.0.0.1", name="hello") as mailbox:
    mailbox.join("greetings")
    mailbox.send("greetings", b"hello")
    print(next(e for e in mailbox if isinstance(e, spread.Message)).data.decode())
"""


def package(name, folder=PACKAGES):
    found = sorted(folder.glob(f"{name}_*.deb"))
    assert len(found) == 1, f"{name}: {found}"
    return found[0]


def field(name, key):
    return subprocess.run(["dpkg-deb", "-f", package(name), key], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


def files(name):
    """{path: mode and owner} of those, not folders, that a package has."""
    said = subprocess.run(["dpkg-deb", "-c", package(name)], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    lines = [line.split(None, 5) for line in said.splitlines()]
    return {where.split(" -> ")[0][1:]: (mode, owner)
            for mode, owner, _, _, _, where in lines if mode[0] != "d"}


def another_version(folder):
    """The same packages as if of the next release."""
    for name in OURS:
        here = folder / name
        subprocess.run(["dpkg-deb", "-R", package(name), here], check=True)
        control = here / "DEBIAN/control"
        control.write_text(re.sub(r"\b" + re.escape(field(name, "Version")) + r"(?=\)|$)", NEXT,
                                  control.read_text(), flags=re.M))
        rotate = here / "etc/logrotate.d/spreadd"
        if rotate.exists():
            rotate.write_text(rotate.read_text() + "# the next release\n")
        subprocess.run(["dpkg-deb", "-b", "--root-owner-group", "-Znone", here,
                        folder / f"{name}_{NEXT}_all.deb"], check=True, stdout=subprocess.DEVNULL)


class Said(unittest.TestCase):
    """What the packages are, as they lie there."""

    def test_our_packages_need_each_other_in_the_same_version(self):
        version = field("spreadd", "Version")
        for name, key, wanted in (("libspread-dev", "Depends", "libspread3"),
                                  ("spread-compat", "Depends", "spreadd"),
                                  ("spread-compat", "Depends", "spread-tools"),
                                  ("spreadd", "Recommends", "spread-tools")):
            with self.subTest(name=name, wanted=wanted):
                self.assertIn(f"{wanted} (= {version})", field(name, key))
        self.assertIn(f"libspread3 (>= {version})", field("python3-spread", "Depends"))

    def test_the_version_is_that_of_the_programs(self):
        cmake = (HERE.parents[1] / "CMakeLists.txt").read_text()
        self.assertEqual(field("spreadd", "Version"), re.search(r"project\(spread VERSION (\S+)", cmake)[1])

    def test_libraries_are_found_by_those_who_need_them(self):
        sealing = " libipsec-mb1" if field("spreadd", "Architecture") == "amd64" else ""
        for name, libraries in (("spreadd", "libc6 libcrypt1 libevent-core libseccomp2 libssl3" + sealing),
                                ("spread-tools", "libc6 libedit2 libssl3"), ("libspread3", "libc6")):
            for library in libraries.split():
                self.assertRegex(field(name, "Depends"), rf"\b{library}[\w.-]* \(>= ")
        # Opened by a program that asks for TLS, which no tool can see.
        self.assertIn("libssl3", field("libspread3", "Recommends"))
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["dpkg-deb", "-e", package("libspread3"), folder], check=True)
            libs = pathlib.Path(folder, "shlibs").read_text()
            symbols = pathlib.Path(folder, "symbols").read_text()
        for library in ("spread", "spread-core", "tspread-core"):
            self.assertIn(f"lib{library} 3 libspread3", libs)
            self.assertRegex(symbols, rf"(?m)^lib{library}\.so\.3 libspread3")
        self.assertIn(" SP_multicast@Base 6.0.0\n", symbols)
        self.assertNotRegex(symbols, r"(?m)^ (?!SP_|E_|FL_)\w")

    def test_every_file_is_in_one_package_and_of_root(self):
        seen = {}
        for name in OURS:
            for path, (mode, owner) in files(name).items():
                self.assertNotIn(path, seen)
                self.assertEqual(owner, "root/root", path)
                self.assertNotRegex(mode, "^-.*[sStT]|^-.......w", path)
                seen[path] = name
        for path, name in (("/usr/sbin/spreadd", "spreadd"), ("/usr/sbin/spread", "spread-compat"),
                           ("/usr/bin/flush_user", "spread-tools"), ("/usr/bin/spcompat", "spcompat"), ("/usr/include/fl.h", "libspread-dev"),
                           ("/usr/lib/python3/dist-packages/spread/__init__.py", "python3-spread")):
            self.assertEqual(seen.get(path), name)
        self.assertEqual([p for p in seen if p.startswith("/etc/")], ["/etc/logrotate.d/spreadd"])
        self.assertEqual([p for p in seen if p.startswith(("/run", "/var", "/usr/local", "/tmp"))], [])

    def test_programs_have_their_pages(self):
        paths = {path.removesuffix(".gz") for name in OURS for path in files(name)}
        for path in paths:
            where, _, name = path.rpartition("/")
            if where in ("/usr/bin", "/usr/sbin"):
                section = 8 if where == "/usr/sbin" else 1
                self.assertIn(f"/usr/share/man/man{section}/{name}.{section}", paths)

    def test_the_unit_gives_away_little(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("there is no systemd-analyze")
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["dpkg-deb", "-x", package("spreadd"), folder], check=True)
            said = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20",
                                   f"{folder}/lib/systemd/system/spreadd.service"], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(said.returncode, 0, said.stdout)
        print("\n" + said.stdout.strip().splitlines()[-1])


class Life(unittest.TestCase):
    def setUp(self):
        self.root = root.Root(BASE or "/")
        self.addCleanup(self.root.close)
        shutil.copytree(PACKAGES, self.root.path / "tmp/packages")
        (self.root.path / "tmp/next").mkdir()
        another_version(self.root.path / "tmp/next")

    def install(self, folder="packages", names=OURS):
        """By apt where it may fetch what is missing; else by dpkg, which knows what is missing."""
        debs = [f"/tmp/{folder}/{package(n, self.root.path / 'tmp' / folder).name}" for n in names]
        if BASE:
            return self.root.run("apt-get", "install", "-y", "--no-install-recommends", *debs)
        return self.root.run("dpkg", "--no-triggers", "--force-confdef", "-i", *debs)

    def there(self):
        """What is there that was not, or is gone, and the users and groups."""
        more, gone = self.root.changes()
        all_of_it = more | {f"{path} is gone" for path in gone}
        for which in ("passwd", "group"):
            all_of_it |= {f"{which} {line}" for line in self.root.run("getent", which).splitlines()}
        return {p for p in all_of_it if not p.startswith(BOOKS) and not BACKUP.fullmatch(p)}

    def installed(self):
        said = self.root.run("dpkg-query", "-W", "-f", "${Package} ${Version} ${Status}\n")
        lines = [line.split() for line in said.splitlines()]
        return {w[0]: w[1] for w in lines if w[0] in OURS and w[-1] == "installed"}

    def says_hello(self):
        """A daemon as the unit starts it, and a program with the library, by its packages."""
        user = re.search(r"^User=(.*)$", self.unit(), re.M)[1]
        command = re.search(r"^ExecStart=(.*)$", self.unit(), re.M)[1].split()
        daemon = self.root.start("setpriv", "--reuid", user, "--regid", user, "--clear-groups", *command)
        try:
            for line in daemon.stdout:
                if "serves clients" in line:
                    break
            else:
                raise AssertionError("it does not serve")
            self.assertEqual(self.root.run("python3", "-c", PROGRAM), "hello\n")
            self.assertTrue((self.root.path / f"run/spread/{PORT}").is_socket())
            self.root.run("/usr/libexec/spread-compat/old-sockets", "link")  # as the unit does
            self.assertEqual(self.root.run("readlink", f"/tmp/{PORT}"), f"/run/spread/{PORT}\n")
            self.assertIn("1 checks, 0 failed", self.root.run(
                "spcompat", "--only", "is let in", f"{PORT}@{ADDRESS}"))
        finally:
            daemon.terminate()
            daemon.communicate(timeout=30)
        self.assertEqual(daemon.returncode, 0)

    def unit(self):
        return (self.root.path / "lib/systemd/system/spreadd.service").read_text()

    def test_installed_upgraded_removed_and_purged(self):
        r = self.root
        if BASE:
            r.run("apt-get", "update")
            r.run("apt-get", "install", "-y", "--no-install-recommends", "systemd", "python3", "libssl3",
                  "libc6-dev", *re.findall(r"lib(?:event-core|ipsec-mb|seccomp|edit|crypt)[\w.-]*", " ".join(
                      field(n, "Depends") for n in OURS)))
        before = self.there()
        self.assertNotIn("/run/spread", before)

        with self.subTest("installed, it waits for a configuration, and says so"):
            said = self.install()
            self.assertIn("does not run before there is an /etc/spread.conf", said)
            self.assertEqual(set(self.installed()), set(OURS))
            after = self.there()
            self.assertNotIn("/etc/spread.conf", after)
            self.assertIn("AssertPathExists=/etc/spread.conf", self.unit())
            self.assertIn("/etc/systemd/system/multi-user.target.wants/spreadd.service", after)
            uid, gid = r.run("sh", "-c", "id -u spread; id -g spread").split()
            folder = r.run("stat", "-c", "%u %g %a", "/run/spread", "/var/log/spread").split("\n")
            self.assertEqual(folder[0], f"{uid} {gid} 755")
            self.assertRegex(folder[1], f"^{uid} \\d+ 750$")
            self.assertNotIn("/tmp/4803", after)  # a daemon of 5.0.1 may have its socket there
        with self.subTest("without a configuration it does not serve this machine alone"):
            status, said = r.try_it(*re.search(r"^ExecStart=(.*)$", self.unit(), re.M)[1].split())
            self.assertEqual(status, 1)
            self.assertIn("/etc/spread.conf", said)
            self.assertNotIn("serves clients", said)
        with self.subTest("the unit is one"):
            r.run("systemd-analyze", "verify", "--man=no", "/lib/systemd/system/spreadd.service")
        r.run("spreadd", "--check", "/usr/share/doc/spreadd/examples/spread.conf.example")
        r.put("/etc/spread.conf", CONF)
        r.run("ldconfig")
        with self.subTest("it serves"):
            self.says_hello()
        with self.subTest("parts of two releases are not mixed"):
            status, said = r.try_it("dpkg", "--no-triggers", "-i", f"/tmp/next/libspread-dev_{NEXT}_all.deb")
            self.assertNotEqual(status, 0)
            self.assertRegex(said, r"libspread-dev\S* depends on libspread3 \(= ")
        with self.subTest("upgraded, it keeps what is the administrator's"):
            edited = (r.path / "etc/logrotate.d/spreadd").read_text().replace("weekly", "daily")
            r.put("/etc/logrotate.d/spreadd", edited)
            r.put("/var/log/spread/spread.log", "kept\n")
            r.run("dpkg", "--no-triggers", "--force-confold", "-i",
                  *[f"/tmp/next/{n}_{NEXT}_all.deb" for n in OURS])
            self.assertEqual(set(self.installed().values()), {NEXT})
            self.assertEqual((r.path / "etc/logrotate.d/spreadd").read_text(), edited)
            self.assertEqual((r.path / "etc/spread.conf").read_text(), CONF)
            self.assertEqual((r.path / "var/log/spread/spread.log").read_text(), "kept\n")
            self.says_hello()
        with self.subTest("removed, it leaves what is the administrator's"):
            r.run("dpkg", "--no-triggers", "--remove", *OURS)
            left = self.there()
            self.assertEqual([p for p in left if p.startswith(("/usr", "/lib")) and p not in before], [])
            self.assertNotIn(f"/tmp/{PORT}", left)
            for path in ("/etc/spread.conf", "/etc/logrotate.d/spreadd"):
                self.assertIn(path, left)
        with self.subTest("purged, it leaves nothing"):
            (r.path / "etc/spread.conf").unlink()
            r.run("dpkg", "--no-triggers", "--purge", *OURS)
            self.assertEqual(sorted(self.there() ^ before), [])
            self.assertFalse((r.path / "var/log/spread").exists())
            self.assertFalse((r.path / "run/spread").exists())


if __name__ == "__main__":
    reason = root.why_not()
    if reason:
        print("skipped:", reason)
        sys.exit(77)
    root.isolate(*([] if BASE else ["--net"]))
    keeper.keep()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    unittest.main(argv=sys.argv[:1], verbosity=2)
