"""A figure as SVG in a millisecond: what an interactive page redraws at every change.

`drawing` makes the figures of a report, in a third of a second and with a library's care. Both draw
the same `FigureData`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import escape

from overspec.evidence import worth_of_number
from overspec.figure import FigureData, Series
from overspec.reports.printing.drawing import COLOURS

WIDTH, HEIGHT, SQUARE = 420, 270, 330  # of the plot with its axes, in units of the drawing
LEFT, RIGHT, TOP, BOTTOM = 60, 10, 8, 40
LINE, LETTER = 18, 7.3  # height of a line of the legend, width of a letter of the widest font
SPECKS = 150  # points of a series that get a tooltip of their own
DASHES = {"limit": "6 4", "guide": "2 4"}


@dataclass(frozen=True)
class Axis:
    """A scale: data to drawing, and its ticks."""

    low: float
    high: float
    start: float
    end: float
    log: bool

    def at(self, value: float) -> float:
        """Where a value is drawn, clipped a little outside of the frame."""
        a, b = (math.log10(self.low), math.log10(self.high)) if self.log else (self.low, self.high)
        v = (math.log10(value) if value > 0 else a - (b - a)) if self.log else value
        share = min(max((v - a) / (b - a), -0.02), 1.02)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Round numbers, five or so."""
        if self.log:
            first, last = (
                math.ceil(math.log10(self.low) - 1e-9),
                math.floor(math.log10(self.high) + 1e-9),
            )
            stride = max(1, -(-(last - first) // 5))
            return [10.0**e for e in range(first, last + 1, stride)]
        step = nice((self.high - self.low) / 5)
        first = math.ceil(self.low / step - 1e-9)
        count = math.floor(self.high / step + 1e-9) - first
        return [round((first + n) * step, 12) for n in range(count + 1)]


def nice(step: float) -> float:
    """The next of 1, 2, 5 times a power of ten.

    >>> nice(0.3), nice(7)
    (0.5, 10.0)
    """
    power = 10.0 ** math.floor(math.log10(step))
    return next(f * power for f in (1.0, 2.0, 5.0, 10.0) if f * power >= step * (1 - 1e-9))


def svg(figure: FigureData) -> str:
    """The figure as an element of a page or, as it is, a file of its own.

    One panel; text takes the colour of the page.

    >>> from overspec.evidence import Provenance
    >>> from overspec.figure import Panel
    >>> line = Series("a < b", "line", ("0", "1"), ("0", "1"))
    >>> made = svg(FigureData("f", "t", "c", "x", "y", "linear", "linear", False,
    ...                       (Panel("", (line,)),), Provenance("", "")))
    >>> made.startswith("<svg "), "a &lt; b" in made
    (True, True)
    """
    series = figure.panels[0].series
    height, legend, total = _sizes(figure)
    x, y = _axes(figure, series, height)
    parts = [_frame(figure, x, y, height)]
    for number, one in enumerate(series):
        parts.append(_series(one, _colour(series, number), x, y))
    for number, left, row in legend:
        parts.append(_key(series[number], _colour(series, number), left, height + LINE * row + 6))
    name = f"{figure.id}-title"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" role="img" '
        f'aria-labelledby="{escape(name)}" font-family="sans-serif" font-size="12" '
        f'fill="currentColor" style="width:100%;height:auto">'
        f'<title id="{escape(name)}">{escape(figure.title)}. {escape(figure.caption)}</title>'
        + "".join(parts)
        + "</svg>"
    )


def frame(figure: FigureData) -> dict[str, float | str]:
    """Where `svg` draws a square figure: its view box, the ends of its axes, and their upper end.

    Both axes go from 0, at (left, bottom), to ``high``, at right and at top.
    """
    height, _, total = _sizes(figure)
    x, y = _axes(figure, figure.panels[0].series, height)
    ends = {"left": x.start, "right": x.end, "bottom": y.start, "top": y.end, "high": x.high}
    return {"box": f"0 0 {WIDTH} {total}", **ends}


def _sizes(figure: FigureData) -> tuple[int, list[tuple[int, float, int]], int]:
    """Height of the plot with its axes, the legend, and the whole height."""
    height = SQUARE if figure.equal else HEIGHT
    legend = _legend(figure.panels[0].series)
    return height, legend, height + LINE * (1 + max((row for *_, row in legend), default=-1))


def _axes(figure: FigureData, series: Sequence[Series], height: int) -> tuple[Axis, Axis]:
    xs = [float(v) for one in series for v in one.x]
    ys = [float(v) for one in series for v in one.y]
    right, bottom = WIDTH - RIGHT, height - BOTTOM
    if figure.equal:
        low = min(0.0, *xs, *ys)
        high = max(1.0 if low < 0 else 0.0, *xs, *ys) * 1.06
        low = low * 1.06
        side = bottom - TOP
        left = LEFT + (right - LEFT - side) / 2
        return Axis(low, high, left, left + side, False), Axis(low, high, bottom, TOP, False)
    x = Axis(*_range(xs, figure.x_scale == "log", False), LEFT, right, figure.x_scale == "log")
    y = Axis(*_range(ys, figure.y_scale == "log", True), bottom, TOP, figure.y_scale == "log")
    return x, y


def _range(values: list[float], log: bool, room: bool) -> tuple[float, float]:
    if log:
        positive = [v for v in values if v > 0]
        low, high = min(positive), max(positive)
        return (low / 1.25, high * 1.25) if high > low else (low / 10, high * 10)
    low, high = min(0.0, *values), max(values)
    high = high if high > low else low + 1
    return low, high + (0.05 * (high - low) if room else 0.0)


def _frame(figure: FigureData, x: Axis, y: Axis, height: int) -> str:
    parts = []
    for tick in x.ticks():
        at = x.at(tick)
        parts.append(_line(at, y.start, at, y.end, "currentColor", 0.5, 0.18))
        parts.append(_text(at, y.start + 15, number(tick), "middle"))
    for tick in y.ticks():
        at = y.at(tick)
        parts.append(_line(x.start, at, x.end, at, "currentColor", 0.5, 0.18))
        parts.append(_text(x.start - 5, at + 4, number(tick), "end"))
    parts.append(_line(x.start, y.start, x.end, y.start, "currentColor", 1, 0.8))
    parts.append(_line(x.start, y.start, x.start, y.end, "currentColor", 1, 0.8))
    parts.append(_text((x.start + x.end) / 2, height - 8, figure.x_label, "middle"))
    middle = (y.start + y.end) / 2
    left = 14 if not figure.equal else x.start - 40
    parts.append(
        f'<text x="{left:.1f}" y="{middle:.1f}" text-anchor="middle" '
        f'transform="rotate(-90 {left:.1f} {middle:.1f})">{escape(figure.y_label)}</text>'
    )
    return "".join(parts)


def number(value: float) -> str:
    """A tick's number: plain, or a power of ten.

    >>> number(0.5), number(1e6), number(1e-12), number(0.0)
    ('0.5', '10⁶', '10⁻¹²', '0')
    """
    if value and not 1e-3 <= abs(value) < 1e4:
        exponent = round(math.log10(abs(value)))
        if math.isclose(abs(value), 10.0**exponent, rel_tol=1e-9):
            return ("−" if value < 0 else "") + "10" + str(exponent).translate(RAISED)
    return f"{value:g}".replace("-", "−")


RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def _colour(series: Sequence[Series], index: int) -> str:
    if series[index].style == "guide":
        return "currentColor"
    if series[index].style == "path":
        return COLOURS[0]
    drawn = [n for n, s in enumerate(series) if s.style not in ("guide", "path")]
    offset = 1 if any(s.style == "path" for s in series) else 0
    return COLOURS[(drawn.index(index) + offset) % len(COLOURS)]


def _series(one: Series, colour: str, x: Axis, y: Axis) -> str:
    points = [(x.at(float(a)), y.at(float(b))) for a, b in zip(one.x, one.y, strict=True)]
    parts = []
    if one.style not in ("points", "mark"):
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        dash = f' stroke-dasharray="{DASHES[one.style]}"' if one.style in DASHES else ""
        width, opacity = (1, 0.55) if one.style == "path" else (1.8, 1)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}" '
            f'stroke-opacity="{opacity}"{dash}/>'
        )
    if one.style in MARKERS:
        labels = zip(points, one.x, one.y, strict=True)
        parts += [
            MARKERS[one.style](
                a, b, colour, f"{one.label} ({u}, {v}) {worth_of_number(one.evidence)}"
            )
            for (a, b), u, v in list(labels)[:SPECKS]
        ]
    return "".join(parts)


def _dot(size: float) -> Callable[[float, float, str, str], str]:
    return lambda x, y, colour, words: (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{colour}">'
        f"<title>{escape(words)}</title></circle>"
    )


def _cross(x: float, y: float, colour: str, words: str) -> str:
    return (
        f'<path d="M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10" stroke="{colour}" '
        f'stroke-width="2.4" fill="none"><title>{escape(words)}</title></path>'
    )


def _triangle(x: float, y: float, colour: str, words: str) -> str:
    return (
        f'<path d="M{x - 4:.1f} {y + 3:.1f}h8l-4 -7z" fill="{colour}">'
        f"<title>{escape(words)}</title></path>"
    )


MARKERS: dict[str, Callable[[float, float, str, str], str]] = {
    "points": _dot(4),
    "path": _dot(1.6),
    "mark": _cross,
    "bound": _triangle,
}


def _legend(series: Sequence[Series]) -> list[tuple[int, float, int]]:
    """Index, left end and row of each entry that has a label."""
    found: list[tuple[int, float, int]] = []
    left, row = float(LEFT), 0
    for number_, one in enumerate(series):
        if not one.label:
            continue
        width = 30 + LETTER * len(one.label) + 12
        if left + width > WIDTH and left > LEFT:
            left, row = float(LEFT), row + 1
        found.append((number_, left, row))
        left += width
    return found


def _key(one: Series, colour: str, left: float, top: float) -> str:
    x, y = (("0.5",), ("0",)) if one.style in ("points", "mark") else (("0", "1"), ("0", "0"))
    sample = Series("", one.style, x, y, one.evidence)
    line = _series(sample, colour, Axis(0, 1, left, left + 22, False), Axis(0, 1, top, top, False))
    return line + _text(left + 28, top + 4, one.label, "start")


def _line(x: float, y: float, u: float, v: float, colour: str, width: float, alpha: float) -> str:
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{u:.1f}" y2="{v:.1f}" stroke="{colour}" '
        f'stroke-width="{width}" stroke-opacity="{alpha}"/>'
    )


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
