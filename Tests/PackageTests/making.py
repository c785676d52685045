"""Packages as `scripts/package` makes them, and what dpkg-deb says of them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from support.daemon import default_binary

CHECKOUT = Path(__file__).resolve().parents[2]

#: How long the making of a package may take, in seconds: most of it is compression.
MAKING_BOUND = 300


class Package(NamedTuple):
    """A .deb file."""

    path: Path

    def field(self, name: str) -> str:
        """A field of its control file."""
        return _dpkg_deb("--field", self.path, name).strip()

    def depends(self) -> list[str]:
        """The names of the packages that it depends on, without versions."""
        return [dependency.split()[0] for dependency in self.field("Depends").split(", ")]

    def files(self) -> dict[str, str]:
        """Its paths, `./` left out, each with `mode owner/group`; a directory ends in a slash."""
        listed: dict[str, str] = {}
        for line in _dpkg_deb("--contents", self.path).splitlines():
            mode, owner, _, _, _, path, *_ = line.split()
            listed[path[len("./") :]] = f"{mode} {owner}"
        return listed

    def unpack(self, folder: Path) -> Path:
        """Unpacks files, and its control files under DEBIAN, into `folder`, and returns it."""
        _dpkg_deb("--raw-extract", self.path, folder)
        return folder


def make_package(output: Path, umask: int = 0o022, **variables: str) -> Package:
    """Packages the binaries under test; `variables` stand in the environment of `scripts/package`."""
    done = subprocess.run(
        [CHECKOUT / "scripts" / "package", "--binaries", default_binary().parent, "--output", output],
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=MAKING_BOUND,
        preexec_fn=lambda: os.umask(umask),
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Package(Path(done.stdout.splitlines()[-1]))


def _dpkg_deb(*arguments: object) -> str:
    command = ["dpkg-deb", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
