"""What is in the package."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from making import Package, make_package
from support.process import run

CHECKOUT = Path(__file__).resolve().parents[2]

#: What a user of the package finds, and with which mode.
WANTED = {
    "usr/bin/breakerd": "-rwxr-xr-x",
    "usr/bin/breakerctl": "-rwxr-xr-x",
    "lib/systemd/system/breakerd.service": "-rw-r--r--",
    "lib/systemd/system/breakerd.socket": "-rw-r--r--",
    "lib/systemd/system/breakerd-tcp.socket": "-rw-r--r--",
    "usr/lib/sysusers.d/breakerd.conf": "-rw-r--r--",
    "usr/lib/tmpfiles.d/breakerd.conf": "-rw-r--r--",
    "etc/breakerd/breakerd.yaml": "-rw-r--r--",
    "usr/share/bash-completion/completions/breakerctl": "-rw-r--r--",
    "usr/share/zsh/vendor-completions/_breakerctl": "-rw-r--r--",
    "usr/share/fish/vendor_completions.d/breakerctl.fish": "-rw-r--r--",
    "usr/share/man/man8/breakerd.8.gz": "-rw-r--r--",
    "usr/share/man/man1/breakerctl.1.gz": "-rw-r--r--",
    "usr/share/man/man5/breakerd.yaml.5.gz": "-rw-r--r--",
    "usr/share/doc/breakerd/copyright": "-rw-r--r--",
    "usr/share/doc/breakerd/changelog.gz": "-rw-r--r--",
    "usr/share/doc/breakerd/changelog.Debian.gz": "-rw-r--r--",
    "usr/share/doc/breakerd/Protocol/protocol.md": "-rw-r--r--",
    "usr/share/doc/breakerd/docs/upgrading.md": "-rw-r--r--",
    "usr/share/doc/breakerd/examples/breakerd.yaml": "-rw-r--r--",
}


@pytest.fixture(scope="module")
def unpacked(package: Package, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's files, and its control files under DEBIAN."""
    return package.unpack(tmp_path_factory.mktemp("unpacked") / "package")


def test_everything_is_in_its_place_and_belongs_to_root(package: Package) -> None:
    files = package.files()
    for path, mode in WANTED.items():
        assert files[path] == f"{mode} root/root", path
    assert all(owner.endswith(" root/root") for owner in files.values())


def test_its_version_is_the_programs(package: Package, unpacked: Path) -> None:
    version = package.field("Version").rsplit("-", 1)[0]
    assert run(unpacked / "usr/bin/breakerd", "--version").output == f"breakerd {version}\n"
    assert run(unpacked / "usr/bin/breakerctl", "--version").output == f"breakerctl {version}\n"


def test_it_needs_no_swift_and_names_what_it_links(package: Package, unpacked: Path) -> None:
    assert {"libc6", "libsqlite3-0"} <= set(package.depends())
    for program in ("breakerd", "breakerctl"):
        dynamic = subprocess.run(
            ["readelf", "--dynamic", "--sections", unpacked / "usr/bin" / program],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        assert "libswift" not in dynamic and "RUNPATH" not in dynamic
        assert ".symtab" not in dynamic and ".debug_info" not in dynamic, "stripped"


def test_its_checksums_hold(unpacked: Path) -> None:
    listed = {}
    for line in (unpacked / "DEBIAN/md5sums").read_text("utf-8").splitlines():
        checksum, path = line.split("  ")
        listed[path] = checksum
    files = {
        str(path.relative_to(unpacked)): path
        for folder in ("lib", "usr")
        for path in (unpacked / folder).rglob("*")
        if path.is_file() and not path.is_symlink()
    }
    assert listed == {name: hashlib.md5(path.read_bytes()).hexdigest() for name, path in files.items()}
    assert list(listed) == sorted(listed)


def test_the_administrators_file_is_a_conffile_and_says_the_defaults(unpacked: Path) -> None:
    assert (unpacked / "DEBIAN/conffiles").read_text() == "/etc/breakerd/breakerd.yaml\n"
    text = (unpacked / "etc/breakerd/breakerd.yaml").read_text("utf-8")
    active = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert active == [
        "unix_socket:",
        "  path: /run/breakerd/breakerd.sock",
        '  mode: "0660"',
        "database: /var/lib/breakerd/breakerd.sqlite",
    ]


def test_a_commented_line_of_the_administrators_file_is_the_examples_without_its_mark(unpacked: Path) -> None:
    made = (unpacked / "etc/breakerd/breakerd.yaml").read_text("utf-8").splitlines()
    example = (CHECKOUT / "docs/breakerd.example.yaml").read_text("utf-8").splitlines()
    assert len(made) == len(example)
    assert all(line == wanted or line == f"# {wanted}" for line, wanted in zip(made, example))


def test_the_example_is_also_where_the_documents_link_to_it(unpacked: Path) -> None:
    folder = unpacked / "usr/share/doc/breakerd"
    assert (folder / "docs/breakerd.example.yaml").read_text() == (
        folder / "examples/breakerd.yaml"
    ).read_text()


def test_its_changelog_begins_with_its_version(package: Package, unpacked: Path) -> None:
    changelog = gzip.decompress(
        (unpacked / "usr/share/doc/breakerd/changelog.Debian.gz").read_bytes()
    ).decode()
    assert changelog.startswith(f"breakerd ({package.field('Version')}) ")


def test_lintian_finds_no_fault(package: Package) -> None:
    if shutil.which("lintian") is None:
        pytest.skip("needs lintian: apt-get install lintian")
    done = subprocess.run(
        ["lintian", "--allow-root", "--fail-on", "error,warning", "--tag-display-limit", "0", package.path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_same_binaries_give_the_same_files_byte_by_byte(newer_package: Package, tmp_path: Path) -> None:
    make_package(
        tmp_path,
        umask=0o077,
        BREAKERD_PACKAGE_VERSION=newer_package.field("Version"),
        BREAKERD_PACKAGE_COMPRESSION="none",
        TZ="Asia/Tokyo",
        LC_ALL="C.UTF-8",
    )
    first, again = digests(newer_package.path.parent), digests(tmp_path)
    assert {Path(name).suffix for name in first} == {".deb", ".gz", ".whl"}
    assert first == again


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file, by its name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
