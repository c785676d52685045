"""Plots as SVG, small and the same for the same figures. Colours follow the reader's light or dark theme."""

from __future__ import annotations

import math
from html import escape
from typing import Callable, Sequence

from .findings import Plot

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 24, 92, 58
#: How far labels of the x axis are apart, at least.
LABEL_DISTANCE = 36
LINE_COLOURS = (
    ("#0969da", "#58a6ff"),
    ("#bc4c00", "#f0883e"),
    ("#1a7f37", "#3fb950"),
    ("#8250df", "#bc8cff"),
)
#: What a series of the same server in other circumstances is called: it has the server's colour, dashed.
VARIANT = ", RESP"

Scale = Callable[[float], float]


def draw(plot: Plot) -> str:
    """The whole file."""
    points = [point for _, series in plot.series for point in series if point[1] > 0]
    xs = sorted({x for x, _ in points})
    across = logarithmic(xs[0], xs[-1], LEFT + 12, WIDTH - RIGHT - 12)
    up, marks = vertical([y for _, y in points], plot.is_log)
    parts = [head(plot), *legend(plot), *vertical_axis(up, marks), *horizontal_axis(across, xs)]
    parts += [text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, plot.x, "middle", "axis")]
    parts += [text(16, TOP - 16, plot.y, "start", "axis")]
    for index, (name, series) in enumerate(plot.series):
        parts += line(style_of(plot, index), series, across, up)
    return "\n".join([*parts, "</svg>\n"])


def head(plot: Plot) -> str:
    light, dark = (
        "".join(f".c{number}{{--c:{pair[theme]}}}" for number, pair in enumerate(LINE_COLOURS))
        for theme in (0, 1)
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">
<title>{escape(plot.title)}</title>
<style>
svg{{--text:#1f2328;--soft:#59636e;--grid:#d1d9e0}}
{light}
@media (prefers-color-scheme: dark){{
svg{{--text:#f0f6fc;--soft:#9198a1;--grid:#3d444d}}
{dark}
}}
text{{font:12px system-ui,sans-serif;fill:var(--soft)}}
.title{{font-size:15px;font-weight:600;fill:var(--text)}}
.name{{fill:var(--text)}}
.grid{{stroke:var(--grid);stroke-width:1}}
.line{{stroke:var(--c);stroke-width:2;fill:none;stroke-linejoin:round}}
.dashed{{stroke-dasharray:5 4}}
circle{{fill:var(--c)}}
</style>
{text(16, 26, plot.title, "start", "title")}"""


def legend(plot: Plot) -> list[str]:
    """One row of names, each behind a piece of its line."""
    parts, left = [], 16.0
    for index, (name, _) in enumerate(plot.series):
        parts.append(f'<path class="line {style_of(plot, index)}" d="M{left:.0f} 46h24"/>')
        parts.append(text(left + 30, 50, name, "start", "name"))
        left += 30 + 6.6 * len(name) + 22
    return parts


def style_of(plot: Plot, index: int) -> str:
    """The classes of a series."""
    names = [name for name, _ in plot.series]
    bases = [name for name in names if not name.endswith(VARIANT)]
    base = names[index].removesuffix(VARIANT)
    dashed = " dashed" if base != names[index] else ""
    return f"c{bases.index(base) % len(LINE_COLOURS)}{dashed}"


def line(style: str, series: Sequence[tuple[float, float]], across: Scale, up: Scale) -> list[str]:
    """A line and its points."""
    places = [(across(x), up(y)) for x, y in series if y > 0]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    circles = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in places)
    return [f'<g class="{style.split()[0]}"><path class="line {style}" d="M{path}"/>{circles}</g>']


def logarithmic(least: float, most: float, start: float, end: float) -> Scale:
    low, high = math.log10(least), math.log10(max(most, least * 1.001))
    return lambda value: start + (math.log10(value) - low) / (high - low) * (end - start)


def vertical(ys: Sequence[float], is_log: bool) -> tuple[Scale, list[float]]:
    """The scale of the y axis, and where it has marks."""
    bottom, top = HEIGHT - BOTTOM, TOP
    if not is_log:
        step = nice(max(ys) / 5)
        marks = [step * number for number in range(math.ceil(max(ys) / step) + 1)]
        return (lambda value: bottom + value / marks[-1] * (top - bottom)), marks
    decades = range(math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys))) + 1)
    factors = (1, 2, 5) if len(decades) <= 4 else (1,)
    marks = [factor * 10.0**decade for decade in decades for factor in factors]
    low = max(mark for mark in marks if mark <= min(ys))
    high = min(mark for mark in marks if mark >= max(ys))
    return logarithmic(low, high, bottom, top), [mark for mark in marks if low <= mark <= high]


def nice(number: float) -> float:
    """The next 1, 2 or 5 of a power of ten."""
    unit = 10.0 ** math.floor(math.log10(number))
    return next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= number)


def vertical_axis(up: Scale, marks: Sequence[float]) -> list[str]:
    return [
        f'<path class="grid" d="M{LEFT} {up(mark):.1f}H{WIDTH - RIGHT}"/>'
        + text(LEFT - 8, up(mark) + 4, short(mark), "end")
        for mark in marks
    ]


def horizontal_axis(across: Scale, measured: Sequence[float]) -> list[str]:
    """A mark wherever something was measured, and a label where there is room for one."""
    parts, last = [], -math.inf
    for tick in measured:
        place = across(tick)
        parts.append(f'<path class="grid" d="M{place:.1f} {HEIGHT - BOTTOM}v5"/>')
        if place - last >= LABEL_DISTANCE:
            parts.append(text(place, HEIGHT - BOTTOM + 20, short(tick), "middle"))
            last = place
    return parts


def text(x: float, y: float, words: str, anchor: str, style: str = "") -> str:
    named = f' class="{style}"' if style else ""
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}"{named}>{escape(words)}</text>'


def short(number: float) -> str:
    """1,500,000 as 1.5M."""
    for unit, letter in ((1e6, "M"), (1e3, "k")):
        if number >= unit:
            return f"{number / unit:g}{letter}"
    return f"{number:g}"
