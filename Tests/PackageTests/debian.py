"""A small Debian made from Debian's packages, for tests to install things in.

mmdebstrap makes it once; it is kept under .build and never changed: every use has a layer in memory over it.
What the package depends on lies in its own apt cache, so that apt resolves it there, and a test needs no
network. `BootedSystem` boots it, `play` runs a script in it.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Mapping, Sequence

from support.booted import BootedSystem

CHECKOUT = Path(__file__).resolve().parents[2]
CACHE = CHECKOUT / ".build" / "package-tests"

#: What a small Debian server has and the tests look at.
INCLUDED = "systemd,systemd-sysv,man-db,bash-completion"
#: How long it may take to be made, in seconds: it downloads some 70 MB.
BOOTSTRAP_BOUND = 600
#: How long a script may run in it, in seconds.
PLAY_BOUND = 120

#: The environment of what runs inside: none of the tester's.
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "DEBIAN_FRONTEND": "noninteractive",
    "LC_ALL": "C.UTF-8",
}

#: Lays a layer over the Debian $1, in the empty folder $2, copies the files $4… into its root, and runs the
#: script $3 there.
PLAY = """
debian=$1 folder=$2 script=$3
shift 3
mount -t tmpfs tmpfs "$folder"
mkdir "$folder/upper" "$folder/work" "$folder/root"
mount -t overlay -o "lowerdir=$debian,upperdir=$folder/upper,workdir=$folder/work" overlay "$folder/root"
cp "$@" "$folder/root"
mount -t proc proc "$folder/root/proc"
mount --rbind /dev "$folder/root/dev"
ip link set lo up
exec chroot "$folder/root" sh -euc "$script"
"""


class NoMirror(Exception):
    """Debian's packages cannot be had from here. The message says what apt said."""


def obstacle() -> str | None:
    """Why no Debian can be made or booted here; None where it can."""
    if os_release().get("ID") != "debian":
        return "a package made here fits this system's release only, and this is no Debian"
    if shutil.which("mmdebstrap") is None:
        return "needs mmdebstrap: apt-get install mmdebstrap"
    return BootedSystem.unavailable()


def os_release() -> Mapping[str, str]:
    """What this system says it is."""
    lines = Path("/etc/os-release").read_text("utf-8").splitlines()
    return {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}


def made_debian(depends: Sequence[str]) -> Path:
    """The root of a Debian of this system's release, with the packages in `depends` waiting in its apt cache.

    `NoMirror` where it has not been made before and there is nothing to make it of.
    """
    suite = os_release()["VERSION_CODENAME"]
    key = hashlib.sha256(" ".join([INCLUDED, *depends]).encode()).hexdigest()[:12]
    debian = CACHE / f"{suite}-{key}"
    if not debian.exists():
        mirror = _mirror(suite)
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            _reach(mirror, suite, Path(folder))
            made = Path(folder) / "root"
            bootstrap = _bootstrap(suite, made, mirror, depends)
            subprocess.run(bootstrap, check=True, timeout=BOOTSTRAP_BOUND)
            made.rename(debian)
    return debian


def play(debian: Path, script: str, *files: Path) -> str:
    """Runs a shell script in a Debian, with `files` at its root, and returns all it said. It must succeed.

    The script is in a network of its own, with a loopback; processes that it leaves end with it.
    """
    namespaces = ["--mount", "--propagation", "private", "--pid", "--net", "--fork", "--kill-child"]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["unshare", *namespaces, "sh", "-euc", PLAY, "play", debian, folder, script, *files],
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PLAY_BOUND,
            check=False,
        )
    assert done.returncode == 0, f"ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def run_in(system: BootedSystem, *command: object, ok: bool = True) -> str:
    """Runs a program in a booted Debian, and returns all it said. It must succeed, or with `ok=False` fail."""
    variables = [f"{name}={value}" for name, value in ENVIRONMENT.items()]
    done = system.run("env", "-i", *variables, *command, check=False)
    said = done.stdout + done.stderr
    assert (done.returncode == 0) == ok, f"{command} ended with {done.returncode}:\n{said}"
    return said


def _bootstrap(suite: str, root: Path, mirror: str, depends: Sequence[str]) -> list[str]:
    fetch = f"apt-get install --yes --download-only --no-install-recommends {' '.join(depends)}"
    return [
        *("mmdebstrap", "--mode=root", "--variant=minbase", f"--include={INCLUDED}", "--quiet"),
        # What a crash may spoil is made anew: it need not wait for the disk.
        *("--dpkgopt=force-unsafe-io", "--skip=cleanup/apt"),
        "--customize-hook=rm -f $1/var/cache/apt/archives/*.deb",
        f"--customize-hook=APT_CONFIG=$MMDEBSTRAP_APT_CONFIG {fetch} >/dev/null",
        *(suite, str(root), mirror),
    ]


def _mirror(suite: str) -> str:
    """The mirror that this system itself installs from."""
    query = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    found = subprocess.run(
        [*query, "Origin: Debian", f"Codename: {suite}"], capture_output=True, text=True, check=False
    )
    return (found.stdout.split() or ["http://deb.debian.org/debian"])[0]


def _reach(mirror: str, suite: str, folder: Path) -> None:
    """Fetches the suite's index as apt fetches it, by its proxies and with its patience."""
    index = f"{mirror.rstrip('/')}/dists/{suite}/InRelease"
    fetch = ["/usr/lib/apt/apt-helper", "download-file", index, folder / "InRelease"]
    done = subprocess.run(fetch, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoMirror(f"no Debian mirror can be reached: {done.stderr.strip()}")
