"""What a group of figures hands on: rows with their bars, plots, further tables, numbers for the arithmetic."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any, Callable, Mapping, Sequence


@dataclass
class Row:
    """One thing measured, and what it is held against.

    - `met`: whether the bar is reached; None where there is no bar.
    """

    what: str
    figure: str
    against: str = ""
    other: str = ""
    ratio: str = ""
    bar: str = ""
    met: bool | None = None


@dataclass
class Plot:
    """Lines over a logarithmic x axis.

    - `name`: of the file, without its ending.
    - `series`: name and points (x, y) of each line. A point whose y is 0 or less is left out.
    - `is_log`: whether the y axis is logarithmic, too; else it begins at 0.
    """

    name: str
    title: str
    x: str
    y: str
    series: list[tuple[str, list[tuple[float, float]]]]
    is_log: bool = True


@dataclass
class Findings:
    """All that one group has found.

    - `tables`: Markdown, each with the sentence before it.
    - `numbers`: by name, what the arithmetic about fleets needs.
    """

    rows: list[Row] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    numbers: dict[str, float] = field(default_factory=dict)

    def saved(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @classmethod
    def restored(cls, saved: Mapping[str, Any]) -> Findings:
        """From what `saved` gave."""
        return cls(
            [Row(**row) for row in saved["rows"]],
            [Plot(**plot) for plot in saved["plots"]],
            list(saved["tables"]),
            dict(saved["numbers"]),
        )


def alternate(rounds: int, runs: Mapping[str, Callable[[], Any]]) -> dict[str, list[Any]]:
    """Runs all in turns, round by round, so that what the machine does meanwhile meets each of them alike."""
    results: dict[str, list[Any]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            results[name].append(run())
    return results


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of each round."""
    return median(own / other for own, other in zip(ours, theirs))


def at_least(bar: float) -> tuple[str, Callable[[float], bool]]:
    """A bar for ratios: how it reads, and whether it is reached."""
    return f"≥ {bar:g} ×", lambda value: value >= bar


def at_most(bar: float) -> tuple[str, Callable[[float], bool]]:
    """The same for costs."""
    return f"≤ {bar:g} ×", lambda value: value <= bar


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; all columns but the first are numbers."""
    rule = f"|---|{'---:|' * (len(head) - 1)}"
    first, *rest = (f"| {' | '.join(line)} |" for line in (head, *rows))
    return "\n".join([first, rule, *rest])


def counted(number: float) -> str:
    """A number for people: 1,234,567."""
    return f"{number:,.0f}"


def micros(number: float) -> str:
    """Microseconds for people."""
    return f"{number:,.0f} µs" if number < 10_000 else f"{number / 1000:,.1f} ms"


def short_time(seconds: float) -> str:
    """The time of a call for people, in microseconds."""
    number = seconds * 1e6
    return f"{number:.2f} µs" if number < 10 else f"{number:.1f} µs" if number < 1_000 else micros(number)
