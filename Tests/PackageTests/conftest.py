"""Fixtures of the package tests: packages of the binaries under test, and Debians to install them in."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Iterator

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.booted import BootedSystem  # noqa: E402
from support.daemon import default_binary  # noqa: E402

from debian import NoMirror, made_debian, obstacle  # noqa: E402
from making import Package, make_package  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a daemon there is nothing to package: better one clear line than many failures."""
    if items and not default_binary().exists():
        pytest.exit(f"no daemon at {default_binary()}: build it, or name it in BREAKERD_BINARY", returncode=1)


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package of the binaries under test, as it is released."""
    if shutil.which("dpkg-deb") is None:
        pytest.skip("needs dpkg-deb, which Debian and its descendants have")
    return make_package(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session")
def newer_package(tmp_path_factory: pytest.TempPathFactory, package: Package) -> Package:
    """The same binaries as a later version, not compressed."""
    return make_package(
        tmp_path_factory.mktemp("newer"),
        BREAKERD_PACKAGE_VERSION=f"{package.field('Version')}+next1",
        BREAKERD_PACKAGE_COMPRESSION="none",
    )


@pytest.fixture(scope="session")
def debian(package: Package) -> Path:
    """A Debian in which the package is not installed, and must not be: see `BootedSystem` and `play`."""
    if reason := obstacle():
        pytest.skip(reason)
    try:
        return made_debian(package.depends())
    except NoMirror as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def machine(debian: Path, package: Package) -> Iterator[BootedSystem]:
    """That Debian, booted, with the package waiting as /package.deb."""
    with BootedSystem(debian) as booted:
        booted.put(package.path, "/package.deb")
        yield booted
