"""Counts what each body costs, instructions and allocations a turn, and compares with thresholds.json.

count.py --program PATH [--prefix TEXT] [--dumps FOLDER] [--write]

Exits 1 where more is needed than the thresholds allow. The counts are callgrind's, not the processor's: they
are the same each time, also in a machine without performance counters.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Iterator, NamedTuple, Optional

from counting_library import counting_library

FOLDER = Path(__file__).resolve().parent
THRESHOLDS = FOLDER / "thresholds.json"
#: How much dearer a body may become unnoticed: what another glibc's malloc or memcpy makes of it.
TOLERANCE_PERCENT = 5
#: Counts so near that the tolerance would mean nothing.
TOLERANCE_INSTRUCTIONS = 3


class Count(NamedTuple):
    """Of one turn."""

    instructions: int
    #: Rounded to hundredths: a client's event loop is woken once in thousands of calls.
    mallocs: float


def count(program: Path, prefix: str, dumps: Optional[Path] = None) -> dict[str, Count]:
    """What each body takes, by name. What callgrind wrote down stays in `dumps`, if that is given."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stripped = folder / "microbench"
        # Valgrind 3.19 gives up on the debug information that Swift writes.
        subprocess.run(["strip", "--strip-debug", "-o", stripped, program], check=True)
        command = ["valgrind", "--tool=callgrind", "--quiet", "--instr-atstart=no", "--collect-atstart=no"]
        command += [f"--callgrind-out-file={folder / 'counts'}", stripped, "count", "--prefix", prefix]
        environment = {**os.environ, "LD_PRELOAD": str(counting_library(folder))}
        # Else the order in dictionaries, and so the count, is another each time.
        environment["SWIFT_DETERMINISTIC_HASHING"] = "1"
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
        if ended.returncode != 0:
            raise SystemExit(f"microbench failed:\n{ended.stdout}{ended.stderr}")
        dumped = list(dumps_in(folder))
    if dumps:
        keep(dumped, dumps)
    return dict(counts(ended.stdout, {dump.body: dump.total for dump in dumped}))


class Dump(NamedTuple):
    """What callgrind wrote down of a body's turns."""

    body: str
    total: int
    text: str


def dumps_in(folder: Path) -> Iterator[Dump]:
    for path in folder.glob("counts.*"):
        text = path.read_text("utf-8", "replace")
        body = re.search(r"^desc: Trigger: Client Request: (.*)$", text, re.MULTILINE)
        total = re.search(r"^totals: (\d+)$", text, re.MULTILINE)
        if body and total:
            # Its summary is wrong where another thread has counted before: it must be the total.
            text = re.sub(r"^summary: .*$", f"summary: {total.group(1)}", text, flags=re.MULTILINE)
            yield Dump(body.group(1), int(total.group(1)), text)


def keep(dumps: list[Dump], folder: Path) -> None:
    """Leaves each in a file that is named as its body."""
    folder.mkdir(parents=True, exist_ok=True)
    for dump in dumps:
        (folder / re.sub(r"[^A-Za-z0-9]+", "-", dump.body)).write_text(dump.text, "utf-8")


def counts(output: str, instructions: dict[str, int]) -> Iterator[tuple[str, Count]]:
    for line in output.splitlines():
        name, turns, mallocs = line.split("\t")
        if name not in instructions or mallocs == "-":
            raise SystemExit(f'"{name}" was not counted: {line}; are the headers of valgrind installed?')
        yield name, Count(round(instructions[name] / int(turns)), round(float(mallocs), 2))


# MARK: Thresholds


def read(path: Path) -> tuple[str, dict[str, Count]]:
    """What the thresholds were counted with, and the thresholds."""
    stored = json.loads(path.read_text("utf-8"))
    return stored["counted_with"], {name: Count(*values) for name, values in stored["bodies"].items()}


def write(path: Path, compiler: str, counted: dict[str, Count]) -> None:
    """One line a body, so that a change reads well."""
    lines = [
        f"    {json.dumps(name)}: [{each.instructions}, {each.mallocs:g}]" for name, each in counted.items()
    ]
    text = f'{{\n  "counted_with": {json.dumps(compiler)},\n'
    text += '  "unit": ["instructions a turn", "mallocs a turn"],\n'
    path.write_text(text + '  "bodies": {\n' + ",\n".join(lines) + "\n  }\n}\n", "utf-8")


def compiler_name() -> str:
    """Counts of another compiler or processor compare with nothing."""
    version = subprocess.run(["swift", "--version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"\(([^)]*)\)", version)
    return f"{found.group(1) if found else version.splitlines()[0]} {platform.machine()}"


def verdict(allowed: Optional[Count], counted: Count) -> str:
    """What is to be said of a body: nothing where it is as it was."""
    if allowed is None:
        return "NEW: has no threshold"
    if counted.mallocs > allowed.mallocs:
        return f"WORSE: {allowed.mallocs:g} mallocs before"
    slack = max(allowed.instructions * TOLERANCE_PERCENT / 100, TOLERANCE_INSTRUCTIONS)
    if counted.instructions > allowed.instructions + slack:
        return f"WORSE: {allowed.instructions:,} instructions before"
    if counted.mallocs < allowed.mallocs or counted.instructions < allowed.instructions - slack:
        return f"better: {allowed.instructions:,} instructions, {allowed.mallocs:g} mallocs before"
    return ""


def report(allowed: dict[str, Count], counted: dict[str, Count]) -> bool:
    """Prints a table. Whether nothing is worse."""
    print(f"{'a turn':<44} {'instructions':>12} {'mallocs':>8}")
    verdicts = {name: verdict(allowed.get(name), each) for name, each in counted.items()}
    for name, each in counted.items():
        print(f"{name:<44} {each.instructions:>12,} {each.mallocs:>8g}  {verdicts[name]}".rstrip())
    if any(text.startswith("better") for text in verdicts.values()):
        print("some need less than before: keep it so with scripts/count --write")
    return not any(text.startswith(("WORSE", "NEW")) for text in verdicts.values())


def main() -> int:
    parser = argparse.ArgumentParser(description="Counts what the hot paths cost.")
    parser.add_argument("--program", type=Path, required=True, help="microbench, built for release")
    parser.add_argument("--prefix", default="", help="only bodies whose names begin so")
    parser.add_argument("--dumps", type=Path, help="where to leave callgrind's dumps, for callgrind_annotate")
    parser.add_argument("--write", action="store_true", help="make these counts the thresholds")
    chosen = parser.parse_args()
    counted = count(chosen.program, chosen.prefix, chosen.dumps)
    compiler = compiler_name()
    counted_with, allowed = read(THRESHOLDS) if THRESHOLDS.exists() else (compiler, {})
    if chosen.write:
        kept = {} if not chosen.prefix else allowed
        write(THRESHOLDS, compiler, {**kept, **counted})
        allowed, counted_with = counted, compiler
    if counted_with != compiler:
        report(counted, counted)
        print(f"not compared: the thresholds were counted with {counted_with}, these with {compiler}")
        return 0
    gone = sorted(name for name in allowed if name.startswith(chosen.prefix) and name not in counted)
    for name in gone:
        print(f'GONE: "{name}" has a threshold and is no body any more')
    return 0 if report(allowed, counted) and not gone else 1


if __name__ == "__main__":
    sys.exit(main())
