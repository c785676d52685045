"""The Python client as it is released: a wheel that is whole, and the sdist that it is built from."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from making import Package
from support.daemon import Daemon
from support.process import run

CHECKOUT = Path(__file__).resolve().parents[2]
CLIENT = CHECKOUT / "Clients" / "python"

#: What a user does first, in a process that sees nothing of the checkout.
FIRST_STEPS = """
import importlib.resources, sys
import breakerd, breakerd.circuitbreaker, breakerd.pybreaker, breakerd.serverless
assert breakerd.__file__.startswith(sys.prefix), breakerd.__file__
assert importlib.resources.files("breakerd").joinpath("py.typed").is_file()
client = breakerd.Client(sys.argv[1])
client.breaker("payments").call(print, "called")
assert client.flush(10)
print(client.admin.get("payments")["totals"]["success"])
"""


def made(package: Package, pattern: str) -> Path:
    """What was made beside the Debian package, and just one of it."""
    (path,) = package.path.parent.glob(pattern)
    return path


@pytest.fixture(scope="module")
def python(package: Package, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter of a clean virtual environment in which the wheel is installed, and nothing else."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
    interpreter = folder / "bin" / "python"
    wheel = made(package, "*.whl")
    subprocess.run(
        [interpreter, "-m", "pip", "install", "--quiet", "--no-index", wheel], check=True, capture_output=True
    )
    return interpreter


def sources(folder: Path) -> set[str]:
    """The files of the client's package, as git knows them."""
    listed = run("git", "-C", folder, "ls-files", "--", "src").output.splitlines()
    return {path[len("src/") :] for path in listed}


def test_the_wheel_works_where_nothing_else_is(python: Path) -> None:
    with Daemon() as daemon:
        done = subprocess.run(
            [python, "-I", "-c", FIRST_STEPS, f"unix://{daemon.unix_path}"],
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.stdout, done.stderr) == ("called\n1\n", "")


def test_the_wheel_has_every_file_of_the_package_and_no_other(package: Package) -> None:
    with zipfile.ZipFile(made(package, "*.whl")) as wheel:
        files = {name for name in wheel.namelist() if ".dist-info/" not in name}
        assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel.namelist())
    assert files == sources(CLIENT)


def test_the_sdist_has_what_the_wheel_is_built_from(package: Package) -> None:
    with tarfile.open(made(package, "*.tar.gz")) as sdist:
        members = sdist.getmembers()
    files = {member.name.split("/", 1)[1] for member in members if member.isfile()}
    assert {"LICENSE", "README.md", "pyproject.toml"} | {f"src/{name}" for name in sources(CLIENT)} <= files
    assert {(member.uid, member.gid) for member in members} == {(0, 0)}
    assert not [name for name in files if "__pycache__" in name or name.startswith(".")]


def test_it_has_the_version_of_the_programs(package: Package) -> None:
    version = package.field("Version").rsplit("-", 1)[0]
    assert made(package, "*.whl").name == f"breakerd-{version}-py3-none-any.whl"
    assert made(package, "*.tar.gz").name == f"breakerd-{version}.tar.gz"


def test_the_wheel_promises_nothing_that_must_be_installed_with_it(package: Package) -> None:
    with zipfile.ZipFile(made(package, "*.whl")) as wheel:
        (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = wheel.read(name).decode("utf-8").partition("\n\n")[0].splitlines()
    needed = [line for line in metadata if line.startswith("Requires-Dist:")]
    assert needed
    assert all("; extra ==" in line for line in needed)
