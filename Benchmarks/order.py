"""Finds the code that a daemon needs to start, to answer and to idle, for the linker to put side by side.

order.py --program PATH --map PATH --output PATH

Of 20 MiB of code a start runs through little, a function here and there, and the kernel maps 64 KiB around
each. Side by side they take few pages of memory, and few reads of a disk that has them cold.
"""

from __future__ import annotations

import argparse
import bisect
import re
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Iterator, NamedTuple

#: Under Valgrind a start takes seconds.
START_SECONDS = 120
#: Long enough for every timer of an idle daemon.
IDLE_SECONDS = 5

CONFIGURATION = """\
log: {level: info, format: json}
policies: [{match: "*", failure_rate: 0.5, window: 10s}]
"""

#: What any client sends.
REQUESTS = b"""\
{"op":"hello","id":1,"protocol":1,"client":{"instance":"a"}}
{"op":"acquire","id":2,"breaker":"a"}
{"op":"report","id":3,"breaker":"a","generation":1,"outcome":"success","duration_ms":1}
{"op":"report","id":4,"reports":[{"breaker":"a","success":2}]}
{"op":"watch","id":5,"breakers":["a"]}
{"op":"policy.get","id":6,"breaker":"a"}
"""

HEAD = """\
# Made by scripts/order: a function of each section of code that the daemon runs to start and to idle.
# A name that is there no more is passed over.
"""


class Section(NamedTuple):
    """A piece of code that the linker moves as one."""

    start: int
    size: int
    symbol: str


def sections(link_map: str) -> list[Section]:
    """What is in lld's map, by address, each with a symbol to call it by."""
    found: list[Section] = []
    span = None
    for line in link_map.splitlines():
        each = re.match(r"\s*([0-9a-f]+)\s+[0-9a-f]+\s+([0-9a-f]+)\s+\d+ (\s*)(\S.*)", line)
        if not each:
            continue
        address, size, depth, name = int(each[1], 16), int(each[2], 16), len(each[3]), each[4]
        if depth <= 8:
            span = (address, size) if re.search(r":\(\.text\S*\)$", name) else None
        elif span:
            found.append(Section(*span, name))
            span = None
    return sorted(found)


def addresses_run(program: Path) -> set[int]:
    """Where the daemon's own instructions were, from its start until it has idled for a while."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stripped = folder / "breakerd"
        # Valgrind 3.19 gives up on the debug information that Swift writes.
        subprocess.run(["strip", "--strip-debug", "-o", stripped, program], check=True)
        command = ["valgrind", "--tool=callgrind", "--quiet", "--dump-instr=yes"]
        command += [f"--callgrind-out-file={folder / 'run'}", stripped]
        command += ["--unix-socket", folder / "socket", "--listen", "127.0.0.1:0"]
        command += ["--database", folder / "database", "--config", folder / "breakerd.yaml"]
        (folder / "breakerd.yaml").write_text(CONFIGURATION)
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as daemon:
            try:
                await_answer(folder / "socket")
                time.sleep(IDLE_SECONDS)
                subprocess.run(["callgrind_control", "-d", str(daemon.pid)], check=True, capture_output=True)
            finally:
                daemon.kill()
        return set(instructions((folder / "run.1").read_text("utf-8", "replace"), str(stripped)))


def await_answer(path: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(str(path))
            except OSError:
                time.sleep(0.1)
                continue
            connection.sendall(REQUESTS)
            while b'"id":6' not in connection.recv(65_536):
                pass
            return
    raise SystemExit("the daemon did not start under valgrind")


def instructions(dump: str, program: str) -> Iterator[int]:
    """The addresses in a dump of callgrind's, those of calls included, of one program's functions."""
    objects: dict[str, str] = {}
    is_own, address = False, 0
    for line in dump.splitlines():
        named = re.match(r"(c?)ob=\((\d+)\)(?: (.*))?$", line)
        if named:
            if named[3]:
                objects[named[2]] = named[3]
            if not named[1]:
                is_own = objects[named[2]] == program
            continue
        position = re.match(r"(0x|\+|-|\*)([0-9a-f]*) ", line)
        if not position:
            continue
        sign, digits = position.groups()
        distance = int(digits, 16 if sign == "0x" else 10) if digits else 0
        address = {"0x": distance, "+": address + distance, "-": address - distance, "*": address}[sign]
        if is_own:
            yield address


def needed(found: list[Section], addresses: set[int]) -> list[str]:
    """The symbols of the sections that hold any of the addresses, in the order that they are in."""
    starts = [section.start for section in found]
    hit = set()
    for address in addresses:
        index = bisect.bisect_right(starts, address) - 1
        if index >= 0 and address < found[index].start + found[index].size:
            hit.add(index)
    return list(dict.fromkeys(found[index].symbol for index in sorted(hit)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--program", "--map", "--output"):
        parser.add_argument(name, type=Path, required=True)
    chosen = parser.parse_args()
    found = sections(chosen.map.read_text("utf-8", "replace"))
    symbols = needed(found, addresses_run(chosen.program))
    chosen.output.write_text(HEAD + "\n".join(symbols) + "\n", "utf-8")
    print(f"{chosen.output}: {len(symbols)} of {len(found)} sections")


if __name__ == "__main__":
    main()
