"""The files for systemd: accepted by its own tools, hardened, and in step with the daemon's defaults."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import List

import pytest
from support.daemon import default_binary
from support.process import run_breakerd

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "packaging" / "systemd"
SERVICE = UNITS / "breakerd.service"
#: Overall exposure by `systemd-analyze security`, in tenths: 0 is none, 100 all.
EXPOSURE = 15


def tool(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, timeout=60
    )


def values(unit: Path, key: str) -> List[str]:
    """What a unit sets a key to, in its order."""
    lines = unit.read_text("utf-8").splitlines()
    return [line.split("=", 1)[1] for line in lines if line.startswith(f"{key}=")]


def test_the_service_is_exposed_as_little_as_promised() -> None:
    done = tool(
        *("systemd-analyze", "security", "--offline=true", "--no-pager"), f"--threshold={EXPOSURE}", SERVICE
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    for unit in UNITS.iterdir():
        text = unit.read_text("utf-8").replace("/usr/bin/breakerd", str(default_binary().resolve()))
        (tmp_path / unit.name).write_text(text)
    done = tool("systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir()))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_socket_units_name_what_the_daemon_opens_by_default() -> None:
    addresses = {
        name: values(UNITS / unit, "ListenStream")
        for name, unit in [("unix", "breakerd.socket"), ("tcp", "breakerd-tcp.socket")]
        if values(UNITS / unit, "FileDescriptorName") == [name]
    }
    defaults = dict(line.split()[:2] for line in run_breakerd("--print-config").output.splitlines())
    assert addresses == {"unix": ["/run/breakerd/breakerd.sock"], "tcp": [defaults["listen"]]}
    example = (ROOT / "docs" / "breakerd.example.yaml").read_text("utf-8")
    assert f"path: {addresses['unix'][0]}" in example
    assert defaults["database"].startswith("/var/lib/breakerd/"), "StateDirectory"


def test_a_start_that_another_start_cannot_help_is_not_repeated(tmp_path: Path) -> None:
    final = values(SERVICE, "RestartPreventExitStatus")[0].split()
    codes = [
        run_breakerd("--no-such-flag").code,
        run_breakerd("--config", tmp_path / "missing.yaml").code,
    ]
    assert sorted(final) == sorted(map(str, codes))


@pytest.mark.skipif(os.geteuid() != 0, reason="makes users and folders for another root")
def test_the_user_and_the_folder_are_made_as_the_units_expect_them(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for name in ("sysusers", "tmpfiles"):
        source = ROOT / "packaging" / f"{name}.d" / "breakerd.conf"
        target = tmp_path / "usr" / "lib" / f"{name}.d" / "breakerd.conf"
        target.parent.mkdir(parents=True)
        shutil.copy(source, target)
    users = tool("systemd-sysusers", f"--root={tmp_path}")
    assert users.returncode == 0, users.stderr
    user = (tmp_path / "etc" / "passwd").read_text().split(":")
    assert user[0] == values(SERVICE, "User")[0] == "breakerd"
    assert user[5:] == ["/var/lib/breakerd", "/usr/sbin/nologin\n"]
    assert (tmp_path / "etc" / "group").read_text().startswith(f"{values(SERVICE, 'Group')[0]}:")
    folders = tool("systemd-tmpfiles", f"--root={tmp_path}", "--create")
    assert folders.returncode == 0, folders.stderr
    made = (tmp_path / "run" / "breakerd").stat()
    assert stat.S_IMODE(made.st_mode) == int(values(SERVICE, "RuntimeDirectoryMode")[0], 8) == 0o750
    assert (str(made.st_uid), str(made.st_gid)) == (user[2], user[3])
