# SPDX-License-Identifier: MIT
"""A root folder to install packages into: another one, or that of this machine, with a layer on top that
takes what is written and is gone with the process. In mount and process namespaces of its own."""
import os
import pathlib
import subprocess
import sys
import tempfile

DEBIAN = "http://deb.debian.org/debian"


def isolate(*more):
    """Goes on in namespaces, where what is mounted and started ends with us."""
    if "PACKAGES_TEST" not in os.environ:
        os.environ["PACKAGES_TEST"] = "inside"
        os.execvp("unshare", ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", *more,
                              sys.executable, *sys.argv])


def why_not():
    """None if there can be namespaces and layers; else what to say."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"],
                                           stderr=subprocess.DEVNULL).returncode:
        return "needs root, and namespaces"
    if "\toverlay\n" not in pathlib.Path("/proc/filesystems").read_text():
        return "this kernel has no overlay"
    return None


def clean_base(folder):
    """The root folder of a new Debian 12, made there if it is not yet."""
    folder = pathlib.Path(folder)
    if not (folder / "done").exists():
        subprocess.run(["debootstrap", "--variant=minbase", "bookworm", folder, DEBIAN], check=True,
                       stdout=subprocess.DEVNULL)
        (folder / "done").touch()
    return folder


class Root:
    def __init__(self, below="/"):
        self.below = pathlib.Path(below)
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="spread-packages-"))
        self.path = self.work / "root"
        script = f"""
            mount -t tmpfs none {self.work}
            cd {self.work} && mkdir root over work
            mount -t overlay -o lowerdir={below},upperdir=over,workdir=work none root
            for folder in run tmp; do mount -t tmpfs -o mode=1777 none root/$folder; done
            chmod 755 root/run && mkdir root/run/lock
            mount -t proc none root/proc
            mount --rbind /dev root/dev
            """
        subprocess.run(["sh", "-ec", script], check=True)

    def changes(self):
        """Paths that are there and were not at the beginning, and those that are there no more."""
        more, gone = set(), set()
        for top in (self.work / "over", self.path / "run", self.path / "tmp"):
            base = self.path if top.is_relative_to(self.path) else top
            for folder, folders, names in os.walk(top):
                for path in (pathlib.Path(folder, name) for name in folders + names):
                    inside = path.relative_to(base)
                    below = os.path.lexists(self.below / inside) and base == top
                    if path.is_char_device() and path.stat().st_rdev == 0:
                        gone.add(f"/{inside}")  # what a layer has in the place of what is hidden
                    elif not below:
                        more.add(f"/{inside}")
        return more, gone

    def put(self, path, text):
        """A file in it."""
        (self.path / path.lstrip("/")).write_text(text)

    def start(self, *command, **more):
        return subprocess.Popen(["chroot", self.path, *map(str, command)], stdout=subprocess.PIPE, text=True,
                                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                                     "DEBIAN_FRONTEND": "noninteractive", **more})

    def try_it(self, *command, **more):
        """(status, what it has said)"""
        process = self.start(*command, **more)
        said, _ = process.communicate(timeout=300)
        return process.returncode, said

    def run(self, *command, **more):
        status, said = self.try_it(*command, **more)
        if status:
            raise AssertionError(f"{' '.join(map(str, command))}: {status}\n{said}")
        return said

    def close(self):
        subprocess.run(["umount", "--lazy", self.path], check=True)
        subprocess.run(["umount", "--lazy", self.work], check=True)
        self.work.rmdir()
