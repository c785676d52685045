"""A real systemd, booted in namespaces of its own on a throw-away copy of this machine's files, or of others.

    with BootedSystem() as system:
        system.put(unit, "/etc/systemd/system/breakerd.service")
        system.run("systemctl", "start", "breakerd")

Files are an overlay in memory: nothing that happens inside is seen outside, and nothing of it is left. It
needs root, the unified control group hierarchy and systemd's package; `BootedSystem.unavailable()` says what
is missing.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Union

from .polling import eventually

INIT = "/lib/systemd/systemd"

#: How long it may take until units can be started, in seconds.
BOOT_BOUND = 60.0

#: Makes the root file system and becomes its first process.
#: $1: an empty folder; $2: the root to be a copy of.
BOOT = r"""
set -e
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
cd "$1/root"
: > etc/fstab
rm -f etc/systemd/system/breakerd* lib/systemd/system/breakerd*
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for name in null zero full random urandom tty; do : > "dev/$name"; mount --bind "/dev/$name" "dev/$name"; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
pivot_root . mnt
umount -l mnt
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd \
    --unit=basic.target --log-target=null --show-status=false
"""


class BootedSystem:
    """Boots when entered, ends with all its processes when left.

    - `root`: what it is a copy of, a system with systemd; this machine unless told otherwise.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    @staticmethod
    def unavailable() -> str | None:
        """Why none can be booted here; None: one can."""
        if os.geteuid() != 0:
            return "needs root"
        if not os.access(INIT, os.X_OK):
            return "needs the package systemd"
        if _control_groups() is None:
            return "needs the unified control group hierarchy, writable"
        done = subprocess.run(
            ["unshare", "--mount", "--pid", "--net", "--cgroup", "--fork", "true"], capture_output=True
        )
        return None if done.returncode == 0 else f"namespaces: {done.stderr.decode().strip()}"

    def __enter__(self) -> BootedSystem:
        self._folder = Path(tempfile.mkdtemp(prefix="booted-"))
        groups = _control_groups()
        assert groups is not None, self.unavailable()
        self._group = groups / self._folder.name
        self._group.mkdir()
        self._log = (self._folder.parent / f"{self._folder.name}.log").open("w+b")
        namespaces = ["--mount", "--pid", "--uts", "--ipc", "--cgroup", "--net"]
        self._process = subprocess.Popen(
            ["unshare", *namespaces, "--fork", "--kill-child", "bash", "-c", BOOT, "boot"]
            + [str(self._folder), str(self._root)],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            preexec_fn=lambda: (self._group / "cgroup.procs").write_text(str(os.getpid())),
        )
        try:
            self.pid = eventually(self._first_process, BOOT_BOUND, "the first process")
            eventually(self._is_up, BOOT_BOUND, "the boot")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._log.close()
        Path(self._log.name).unlink()
        eventually(self._is_empty, what="the end of all processes")
        for folder, _, _ in os.walk(self._group, topdown=False):
            os.rmdir(folder)
        self._folder.rmdir()

    def run(self, *command: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a command inside."""
        done = subprocess.run(
            ["nsenter", f"--target={self.pid}", "--all", "--", *map(str, command)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def path(self, inside: str) -> Path:
        """Where a path inside lies for the tester."""
        return Path(f"/proc/{self.pid}/root{inside}")

    def put(self, source: Path, target: str) -> None:
        """Copies a file to an absolute path inside, mode included."""
        self.path(target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, self.path(target))

    def write(self, target: str, text: str) -> None:
        """Writes a file inside."""
        self.path(target).parent.mkdir(parents=True, exist_ok=True)
        self.path(target).write_text(text, "utf-8")

    def shown(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.run("systemctl", "show", "--property", name, "--value", unit).stdout.strip()

    def outer_pid(self, inside: Union[int, str]) -> int:
        """The tester's id of a process that is known inside by another."""
        for entry in Path("/proc").glob("[0-9]*/status"):
            try:
                text = entry.read_text()
            except OSError:
                continue
            ids = next(line for line in text.splitlines() if line.startswith("NSpid:")).split()[1:]
            if len(ids) > 1 and ids[-1] == str(inside) and self._is_inside(entry.parent):
                return int(entry.parent.name)
        raise AssertionError(f"no process {inside} inside")

    def _is_inside(self, process: Path) -> bool:
        try:
            return os.readlink(process / "ns" / "pid") == os.readlink(f"/proc/{self.pid}/ns/pid")
        except OSError:
            return False

    def _is_empty(self) -> bool:
        return "populated 0" in (self._group / "cgroup.events").read_text()

    def _check_alive(self) -> None:
        if self._process.poll() is not None:
            self._log.seek(0)
            raise AssertionError(f"no boot: {self._log.read().decode()}")

    def _first_process(self) -> int | None:
        self._check_alive()
        own = self._process.pid
        children = Path(f"/proc/{own}/task/{own}/children").read_text().split()
        return int(children[0]) if children else None

    def _is_up(self) -> bool:
        self._check_alive()
        if not Path(f"/proc/{self.pid}/root/run/systemd/private").exists():
            return False
        return self.run("systemctl", "is-active", "basic.target", check=False).returncode == 0


def _control_groups() -> Path | None:
    """Where the unified hierarchy is mounted and can be written to."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, path, kind, options = line.split()[:4]
        if kind == "cgroup2" and "rw" in options.split(",") and os.access(path, os.W_OK):
            return Path(path)
    return None
