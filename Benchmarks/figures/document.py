"""Writes what was found into docs/performance.md, and the plots beside it."""

from __future__ import annotations

import os
import platform
import textwrap
from pathlib import Path
from typing import Mapping, Sequence

from support.process import run

from . import CHECKOUT, fleet, svg
from .findings import Findings, Row, table
from .redis_server import RedisServer

REPORT = CHECKOUT / "docs" / "performance.md"
PLOTS = CHECKOUT / "docs" / "performance"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
HEAD = ["what", "breakerd", "against", "its figure", "ratio", "bar", "met"]
WIDTH = 110


def environment(daemon_binary: Path, how: str) -> list[str]:
    """What the figures depend on, as a list."""
    swift = run("swift", "--version").text.splitlines()[0].strip()
    with RedisServer() as redis:
        version = redis.version
    return [
        f"- machine: {processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        f"- versions: {run(daemon_binary, '--version').output.strip()}; {swift}; Redis {version}",
        f"- {how}",
        f"- load average of the machine before it began: {os.getloadavg()[0]:.2f}",
        '- Redis: its defaults but `--save "" --appendonly no`, so that it writes nothing to disk; breakerd: its '
        "defaults, its database a file",
    ]


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def section(about: Sequence[str], groups: Mapping[str, Findings]) -> str:
    """All that stands between the markers."""
    rows = [row for findings in groups.values() for row in findings.rows]
    plots = [plot for findings in groups.values() for plot in findings.plots]
    tables = [each for findings in groups.values() for each in findings.tables]
    numbers = {name: value for findings in groups.values() for name, value in findings.numbers.items()}
    images = [f"![{plot.title}](performance/{plot.name}.svg)" for plot in plots]
    judged, further = ([row for row in rows if bool(row.bar) is has_bar] for has_bar in (True, False))
    parts = [
        "\n".join(map(wrapped_item, about)),
        table(HEAD, [cells(row) for row in judged]),
        verdict(judged),
        "### Plots",
        *images,
        "### Further figures",
        *([table(HEAD[:5], [cells(row)[:5] for row in further])] if further else []),
        *tables,
        "### How far one daemon carries a fleet",
        fleet.section(numbers),
    ]
    return "\n\n".join(wrapped(block) for part in parts for block in part.split("\n\n"))


def cells(row: Row) -> list[str]:
    met = {None: "", True: "yes", False: "**no**"}[row.met]
    return [row.what, row.figure, row.against, row.other, row.ratio, row.bar, met]


def wrapped(block: str) -> str:
    """A paragraph in lines of the house's width; what is no paragraph stays as it is."""
    if block.startswith(("|", "#", "!", "-")):
        return block
    return textwrap.fill(block, WIDTH, break_long_words=False, break_on_hyphens=False)


def wrapped_item(item: str) -> str:
    return textwrap.fill(item, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def verdict(judged: Sequence[Row]) -> str:
    """Which bars are missed."""
    missed = [row for row in judged if not row.met]
    if not judged:
        return "Nothing that has a bar was measured in this run."
    if not missed:
        return f"All {len(judged)} bars are met."
    names = "; ".join(f"{row.what}{f' (against {row.against})' if row.against else ''}" for row in missed)
    return f"Of {len(judged)} bars {len(missed)} {'is' if len(missed) == 1 else 'are'} missed: {names}."


def write(text: str, groups: Mapping[str, Findings]) -> None:
    """Puts the section and the plots in place of the former ones."""
    whole = REPORT.read_text("utf-8")
    before, rest = whole.split(BEGIN)
    _, after = rest.split(END)
    REPORT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", "utf-8")
    PLOTS.mkdir(exist_ok=True)
    for former in PLOTS.glob("*.svg"):
        former.unlink()
    for findings in groups.values():
        for plot in findings.plots:
            (PLOTS / f"{plot.name}.svg").write_text(svg.draw(plot), "utf-8")
