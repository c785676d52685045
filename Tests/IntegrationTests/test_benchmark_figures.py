"""The figures of scripts/bench: every group can be measured, and what it finds becomes rows, plots and a document.

Runs are far too short for the figures to mean anything; none is compared with another.
"""

from __future__ import annotations

import re
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import ModuleType

import pytest
from support.daemon import default_binary

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "Benchmarks"))

from figures import (  # noqa: E402
    batches,
    breakers,
    connections,
    document,
    fleet,
    latency,
    scrapes,
    store,
    svg,
    throughput,
    viewers,
    watching,
)
from figures.findings import Findings, Plot, Row  # noqa: E402
from figures.programs import Programs, build  # noqa: E402
from figures.targets import Bench  # noqa: E402


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("programs")
    build(folder)
    daemon = default_binary()
    return Bench(daemon, daemon.with_name("microbench"), Programs(folder), rounds=2, scale=0.02)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds where figures have thousands and millions."""
    monkeypatch.setattr(breakers, "GROWTH", (100, 2_000))
    monkeypatch.setattr(breakers, "MANY", 2_000)
    monkeypatch.setattr(connections, "IDLE", 1_000)
    monkeypatch.setattr(connections, "GROWTH", (1, 200))
    monkeypatch.setattr(latency, "SWEEP", (1_000, 5_000))
    monkeypatch.setattr(throughput, "FURTHER_DEPTHS", (2,))
    monkeypatch.setattr(viewers, "VIEWERS", 50)


#: Group, its rows with a bar, its plots.
GROUPS = [
    (throughput, 6, 1),
    (latency, 1, 1),
    (batches, 2, 0),
    (watching, 1, 2),
    (connections, 2, 1),
    (breakers, 4, 2),
    (store, 3, 0),
    (scrapes, 1, 0),
    (viewers, 3, 0),
]


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server")
@pytest.mark.parametrize("group, bars, plots", GROUPS)
def test_a_group_finds_all_that_it_is_for(
    bench: Bench, small: None, group: ModuleType, bars: int, plots: int
) -> None:
    findings = group.measure(bench)
    judged = [row for row in findings.rows if row.bar]
    assert len(judged) == bars and all(row.met in (True, False) for row in judged)
    for row in findings.rows:
        assert float(re.match(r"[\d,.]+", row.figure).group().replace(",", "")) > 0, row
        assert not row.ratio or float(row.ratio) > 0, row
    assert len(findings.plots) == plots
    for plot in findings.plots:
        assert all(len(points) >= 2 for _, points in plot.series), plot
        ElementTree.fromstring(svg.draw(plot))
    assert all(value > 0 for name, value in findings.numbers.items() if not name.endswith("_us")), findings
    assert Findings.restored(findings.saved()) == findings


def test_the_document_says_which_bars_are_missed() -> None:
    met = Row("speed", "10", "Redis", "5", "2.00", "≥ 1.5 ×", True)
    missed = Row("memory", "21 MB", bar="≤ 20 MB", met=False)
    plain = Row("more", "1 s")
    text = document.section(["- a machine"], {"one": Findings([met, missed]), "two": Findings([plain])})
    assert "| speed | 10 | Redis | 5 | 2.00 | ≥ 1.5 × | yes |" in text
    assert "| memory | 21 MB |  |  |  | ≤ 20 MB | **no** |" in text
    assert "| more | 1 s |  |  |  |" in text
    assert "Of 2 bars 1 is missed: memory." in text


def test_writing_replaces_what_is_between_the_marks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    report, plots = tmp_path / "performance.md", tmp_path / "performance"
    monkeypatch.setattr(document, "REPORT", report)
    monkeypatch.setattr(document, "PLOTS", plots)
    report.write_text(f"before\n{document.BEGIN}\nold\n{document.END}\nafter\n")
    plots.mkdir()
    (plots / "gone.svg").write_text("")
    plot = Plot("speed", "Speed", "depth", "a second", [("breakerd", [(1, 10.0), (16, 100.0)])])
    document.write("new", {"one": Findings(plots=[plot])})
    assert report.read_text() == f"before\n{document.BEGIN}\nnew\n{document.END}\nafter\n"
    assert [each.name for each in plots.iterdir()] == ["speed.svg"]


def test_the_fleet_is_what_the_figures_give() -> None:
    numbers = {
        "offered_us": 5.0,
        "offered_batch_us": 20.0,
        "guarded_ns": 150.0,
        "connection_bytes": 4096.0,
        "told_us": 8_000.0,
    }
    text = fleet.section(numbers)
    # Half of two cores: a million microseconds a second.
    assert "**100,000 guarded calls a second**" in text and "**1,000 instances**" in text
    assert "**5,000 instances**" in text and "**500,000 guarded calls a second**" in text
    assert "told_us" in fleet.section({name: numbers[name] for name in numbers if name != "told_us"})


@pytest.mark.parametrize("is_log", [True, False])
def test_a_plot_has_every_point_inside(is_log: bool) -> None:
    series = [("breakerd", [(1.0, 3.0), (10.0, 40_000.0)]), ("none", [(1.0, 0.0), (10.0, 5.0)])]
    drawn = svg.draw(Plot("name", "Title & more", "x", "y", series, is_log))
    tree = ElementTree.fromstring(drawn)
    circles = tree.findall(".//{http://www.w3.org/2000/svg}circle")
    assert len(circles) == 3, "nothing is drawn where nothing was measured"
    for circle in circles:
        assert svg.LEFT <= float(circle.get("cx")) <= svg.WIDTH - svg.RIGHT
        assert svg.TOP <= float(circle.get("cy")) <= svg.HEIGHT - svg.BOTTOM
