"""A Debian of its own for each test: a root made from Debian's packages, entered by chroot or booted.

The root is made once by mmdebstrap and kept as a tar under .build; every test unpacks a fresh one. What the
package depends on lies in the root's own apt cache, so that apt resolves it there, and a test needs no
network. Booted, it has a real systemd as its first process, in namespaces and with a cgroup tree of its own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Sequence

CHECKOUT = Path(__file__).resolve().parents[2]
CACHE = CHECKOUT / ".build" / "package-tests"

#: What a small Debian server has and the tests look at.
INCLUDED = "systemd,systemd-sysv,dbus,man-db,bash-completion"
#: How long a root may take to be made, in seconds: it downloads some 70 MB.
BOOTSTRAP_BOUND = 600
#: How long it may take to boot, and one command in it to end, in seconds.
BOOT_BOUND = 60
COMMAND_BOUND = 120

#: systemd-nspawn in namespaces of its own: a cgroup tree of version 2, as systemd wants it, and a
#: /run/systemd that leaves nothing behind on the host.
BOOT = """
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /run/systemd
mount -t tmpfs tmpfs /run/systemd
exec systemd-nspawn --quiet --register=no --keep-unit --private-network --link-journal=no --console=pipe \
    --resolv-conf=off --timezone=off --notify-ready=yes --machine=breakerd-test --directory "$0" --boot
"""


def obstacle() -> str | None:
    """Why no Debian can be made or booted here; None where it can."""
    if os.geteuid() != 0:
        return "needs root"
    if os_release().get("ID") != "debian":
        return "a package made here fits this system's release only, and this is no Debian"
    for program in ("mmdebstrap", "systemd-nspawn", "unshare", "nsenter"):
        if shutil.which(program) is None:
            return f"needs {program}: apt-get install mmdebstrap systemd-container"
    probe = ["unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    tried = subprocess.run(probe, capture_output=True, text=True, check=False)
    return None if tried.returncode == 0 else f"may not mount here: {tried.stderr.strip()}"


def os_release() -> dict[str, str]:
    """What this system says it is."""
    lines = Path("/etc/os-release").read_text("utf-8").splitlines()
    return {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}


def unpacked_root(folder: Path, depends: Sequence[str]) -> Path:
    """A fresh root in `folder`, with the packages named in `depends` waiting in its apt cache."""
    archive = _base_archive(depends)
    root = folder / "root"
    root.mkdir()
    subprocess.run(["tar", "-x", "--numeric-owner", "-f", archive, "-C", root], check=True)
    return root


def _base_archive(depends: Sequence[str]) -> Path:
    suite = os_release()["VERSION_CODENAME"]
    key = hashlib.sha256(" ".join([INCLUDED, *depends]).encode()).hexdigest()[:12]
    archive = CACHE / f"{suite}-{key}.tar"
    if not archive.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            made = Path(folder) / "root.tar"
            subprocess.run(_bootstrap(suite, made, depends), check=True, timeout=BOOTSTRAP_BOUND)
            made.rename(archive)
    return archive


def _bootstrap(suite: str, archive: Path, depends: Sequence[str]) -> list[str]:
    fetch = f"apt-get install --yes --download-only --no-install-recommends {' '.join(depends)}"
    return [
        *("mmdebstrap", "--mode=root", "--variant=minbase", f"--include={INCLUDED}"),
        # A root that a crash may spoil is made anew: it need not wait for the disk.
        *("--dpkgopt=force-unsafe-io", "--quiet", "--skip=cleanup/apt"),
        *("--customize-hook=rm -f $1/var/cache/apt/archives/*.deb",),
        *(f"--customize-hook=APT_CONFIG=$MMDEBSTRAP_APT_CONFIG {fetch} >/dev/null",),
        *(suite, str(archive), _mirror(suite)),
    ]


def _mirror(suite: str) -> str:
    """The mirror that this system itself installs from."""
    query = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    found = subprocess.run(
        [*query, "Origin: Debian", f"Codename: {suite}"], capture_output=True, text=True, check=False
    )
    return (found.stdout.split() or ["http://deb.debian.org/debian"])[0]


def entering(root: Path) -> list[str]:
    """The command that runs another one in a root that is not booted. Programs there find their /proc."""
    script = 'mount --bind /proc "$0/proc"; exec chroot "$0" "$@"'
    return ["unshare", "--mount", "--propagation", "private", "sh", "-euc", script, str(root)]


def run_in(command: Sequence[object], arguments: Sequence[object], ok: bool, **options: Any) -> str:
    """Runs arguments by way of a command, and returns all they said; a failure is an `AssertionError`."""
    done = subprocess.run(
        [*map(str, command), *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=COMMAND_BOUND,
        check=False,
        env={
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "DEBIAN_FRONTEND": "noninteractive",
            "LC_ALL": "C.UTF-8",
        },
        **options,
    )
    said = " ".join(map(str, arguments))
    assert not ok or done.returncode == 0, f"{said} ended with {done.returncode}:\n{done.stdout}"
    assert ok or done.returncode != 0, f"{said} should have failed:\n{done.stdout}"
    return done.stdout


class Machine:
    """A booted root: systemd is its first process, its network is a loopback of its own.

    with Machine(root) as machine:
        machine.run("systemctl", "status")
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._folder = Path(tempfile.mkdtemp(prefix="machine-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._leader = 0

    def __enter__(self) -> Machine:
        try:
            self._boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._leader:
            os.kill(self._leader, signal.SIGKILL)  # The kernel ends all that runs in it along with it.
        elif self._process is not None:
            self._process.kill()
        if self._process is not None:
            self._process.wait(BOOT_BOUND)
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, *arguments: object, ok: bool = True) -> str:
        """Runs a program in it as root, and returns all it said. It must succeed, or with `ok=False` fail."""
        return run_in(["nsenter", "--all", "--target", self._leader], arguments, ok)

    def path(self, inside: str) -> Path:
        """A path in it, seen from here: a socket there can be connected to."""
        return Path(f"/proc/{self._leader}/root{inside}")

    def _boot(self) -> None:
        notices = self._folder / "notices"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(str(notices))
            listener.settimeout(BOOT_BOUND)
            with (self._folder / "console").open("wb") as console:
                self._process = subprocess.Popen(
                    ["unshare", "--mount", "--propagation", "private", "--fork", "--kill-child"]
                    + ["bash", "-euc", BOOT, str(self.root)],
                    stdin=subprocess.DEVNULL,
                    stdout=console,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, "NOTIFY_SOCKET": str(notices)},
                )
            self._await_ready(listener)

    def _await_ready(self, listener: socket.socket) -> None:
        """systemd-nspawn says who the first process is, and that it has booted."""
        while True:
            try:
                notice = listener.recv(4096).decode()
            except socket.timeout:
                notice = "STOPPING=1"
            fields = dict(line.split("=", 1) for line in notice.splitlines() if "=" in line)
            if "STOPPING" in fields:
                console = (self._folder / "console").read_text("utf-8", "replace")
                raise AssertionError(f"the machine did not boot:\n{console[-4000:]}")
            self._leader = int(fields.get("X_NSPAWN_LEADER_PID", self._leader))
            if fields.get("READY") == "1":
                return
